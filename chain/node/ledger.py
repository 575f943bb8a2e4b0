"""The chain as the node holds it: the newest state in memory, everything durable before it is told."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from chain.block import Block, Header, encode_slot
from chain.epoch import compute as compute_epoch
from chain.node.errors import StoreCorrupt, UnknownBlock
from chain.node.genesis import Genesis, build_genesis_block, jump_to
from chain.node.state import HeadState, HistoricState, StateView
from chain.node.store import ChainStore, Changes, Location
from chain.runtime.errors import InvalidTransaction
from chain.runtime.executive import BlockEnv, Proven, build_block
from chain.state.overlay import MemoryState
from chain.state.trie import Trie, compute_ordered_root

_log = logging.getLogger(__name__)
_KEPT_TRIES: Final = 256
_KEPT_CHANGES: Final = 50_000
"""How many changed keys the kept tries may differ by in all: each costs about 700 bytes."""


@dataclass(frozen=True)
class SealedBlock:
    """A block with what it changed, and the candidates that it would not take."""

    block: Block
    changes: Changes = field(repr=False)
    trie: Trie = field(repr=False)
    rejected: Mapping[int, InvalidTransaction] = field(default_factory=dict)


class Ledger:
    """Reads at any block, and new blocks on top of the newest."""

    def __init__(self, store: ChainStore, state: HeadState, head: Block) -> None:
        self._store = store
        self._state = state
        self._tries: OrderedDict[int, tuple[Trie, int]] = OrderedDict({head.number: (state.trie, 0)})
        self._kept_changes = 0
        self._oldest_trie = (head.number, state.trie)
        self.head = head
        self.finalized = head
        self.genesis_hash = store.block(0).hash

    @classmethod
    def open(cls, path: Path, genesis: Genesis, history_length: int | None = None) -> Ledger:
        """Chain in ``path``, begun with ``genesis`` where there is none yet; keeps that many old states, or all.

        Raises:
            NodeError: one of its kinds, with the fix in the message.
        """
        store = ChainStore.open(path, genesis.identity, history_length)
        try:
            head = store.head() or _begin(store, genesis)
            return cls(store, _load(store, head, path), head)
        except Exception:
            store.close()
            raise

    def close(self) -> None:
        """Let go of the directory."""
        self._store.close()

    @property
    def state(self) -> HeadState:
        """State after the newest block."""
        return self._state

    @property
    def oldest_state(self) -> int:
        """Number of the first block whose state can be read."""
        return self._store.history.oldest

    def number_of(self, block_hash: bytes) -> int:
        """Number of a block.

        Raises:
            UnknownBlock: there is none of that hash.
        """
        return self.head.number if block_hash == self.head.hash else self._store.number_of(block_hash)

    def block(self, number: int) -> Block:
        """Block of that number.

        Raises:
            UnknownBlock: there is none.
        """
        return self.head if number == self.head.number else self._store.block(number)

    def state_at(self, number: int) -> StateView:
        """State after block ``number``.

        Raises:
            UnknownBlock: there is none yet.
            StateDiscarded: its state is no longer kept.
        """
        if number == self.head.number:
            return self._state
        if number > self.head.number:
            raise UnknownBlock(f"block {number}")
        if (kept := self._tries.get(number)) is not None:
            return kept[0]
        self._store.history.ensure_kept(number)
        return HistoricState(self._store.history, number)

    def trie_at(self, number: int) -> Trie:
        """Trie of block ``number``; an older one is made from a newer one, which takes its time.

        Raises:
            UnknownBlock: there is none yet.
            StateDiscarded: its state is no longer kept.
            StoreCorrupt: what is stored does not lead to it.
        """
        if number > self.head.number:
            raise UnknownBlock(f"block {number}")
        if (kept := self._tries.get(number)) is not None:
            return kept[0]
        newer, trie = self._oldest_trie
        made = trie.update(self._store.history.find_changes(number + 1, newer))
        if made.root != self.block(number).header.state_root:
            raise StoreCorrupt(f"the history of block {number} is damaged; restore a backup")
        return made

    def locate(self, extrinsic_hash: bytes) -> Location | None:
        """Where an extrinsic is in the chain."""
        return self._store.locate(extrinsic_hash)

    def seal(self, candidates: Iterable[bytes | Proven], timestamp_ms: int, slot: int) -> SealedBlock:
        """Make the next block and put it on disk. The ledger shows it only after :meth:`adopt`.

        Safe beside readers in another thread, but only one at a time.
        """
        parent = self.head
        number = parent.number + 1
        logs = (encode_slot(slot),)
        env = BlockEnv(number, parent.hash, timestamp_ms, self.genesis_hash, logs, compute_epoch)
        result = build_block(self._state, env, candidates)
        changes = compute_changes(self._state, result.changes)
        trie = self._state.trie.update(changes)
        header = Header(parent.hash, number, trie.root, compute_ordered_root(result.extrinsics), logs)
        sealed = SealedBlock(Block(header, result.extrinsics), changes, trie, result.rejected)
        self._store.append(sealed.block, changes, self._state.get)
        return sealed

    def adopt(self, sealed: SealedBlock) -> None:
        """Show a block that is on disk."""
        self._state.advance(sealed.changes, sealed.trie)
        self.head = sealed.block
        self._tries[sealed.block.number] = (sealed.trie, len(sealed.changes))
        self._kept_changes += len(sealed.changes)
        while len(self._tries) > _KEPT_TRIES or (self._kept_changes > _KEPT_CHANGES and len(self._tries) > 1):
            self._kept_changes -= self._tries.popitem(last=False)[1][1]
        oldest = next(iter(self._tries))
        self._oldest_trie = (oldest, self._tries[oldest][0])


def compute_changes(before: StateView, written: Changes) -> dict[bytes, bytes | None]:
    """What of ``written`` differs from ``before``, in order of keys: so trie and store take it soonest."""
    return {key: value for key in sorted(written) if (value := written[key]) != before.get(key)}


def _begin(store: ChainStore, genesis: Genesis) -> Block:
    items = genesis.build()
    first = build_genesis_block(items)
    if genesis.at_block == 0:
        store.append(first, items, MemoryState().get)
        return first
    head, state = jump_to(items, genesis.at_block)
    store.begin_at(first, head, state)
    return head


def _load(store: ChainStore, head: Block, path: Path) -> HeadState:
    started = time.monotonic()
    state = HeadState(dict(store.history.iter_state()))
    if state.trie.root != head.header.state_root:
        raise StoreCorrupt(f"the state in {path} does not match block {head.number}; restore a backup")
    _log.info("state of block %d: checked in %.1f s", head.number, time.monotonic() - started)
    return state

"""Reads what the pages show from a node: blocks, extrinsics, events, one block after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chain.block import Block
from chain.node.core import Node
from chain.node.errors import StateDiscarded, UnknownBlock
from chain.node.explorer.decode import (
    Happened,
    describe_events,
    describe_extrinsic,
    describe_extrinsics,
    describe_row,
    read_slot,
)
from chain.node.explorer.errors import NothingThere
from chain.node.explorer.shown import format_amount
from chain.node.explorer.views import BlockRow, BlockView, ExtrinsicView, Overview
from chain.node.genesis import ChainIdentity
from chain.node.state import StateView
from chain.runtime import system
from chain.runtime.balances import TOTAL_ISSUANCE
from chain.runtime.subtensor.storage import TOTAL_STAKE
from chain.runtime.subtensor.subnets import get_netuids
from chain.runtime.version import RUNTIME_VERSION

PAGE: Final = 100
"""How many extrinsics and events of one block are shown at once."""


class Reader:
    """Answers from one node; safe in any thread beside the one that makes blocks."""

    def __init__(self, node: Node, identity: ChainIdentity) -> None:
        self._node = node
        self._ledger = node.ledger
        self._identity = identity

    @property
    def head(self) -> int:
        """Number of the newest block."""
        return self._ledger.head.number

    def overview(self) -> Overview:
        """The chain at a glance."""
        head = self._ledger.head
        state = self.state(head.number)
        return Overview(
            chain=self._identity.name,
            spec=f"{RUNTIME_VERSION.spec_name} {RUNTIME_VERSION.spec_version}",
            genesis="0x" + self._ledger.genesis_hash.hex(),
            head=self.row(head),
            finalized=self._ledger.finalized.number,
            issuance=format_amount(TOTAL_ISSUANCE.get(state)),
            stake=format_amount(TOTAL_STAKE.get(state)),
            subnets=len(get_netuids(state)),
            pending=len(self._node.pool),
            oldest_state=self._ledger.oldest_state,
        )

    def rows(self, before: int, count: int) -> tuple[BlockRow, ...]:
        """The ``count`` newest blocks below ``before``."""
        top = min(self.head, before - 1)
        return tuple(self.row(block) for block in self.blocks(top, max(0, top - count + 1)))

    def row(self, block: Block) -> BlockRow:
        """A block in a list."""
        try:
            events = system.EVENT_COUNT.get(self.state(block.number))
        except StateDiscarded:
            events = None
        return describe_row(block, events, final=self._is_final(block.number))

    def view(self, number: int, first: int) -> BlockView:
        """All about a block, its extrinsics and events from ``first`` on.

        Raises:
            NothingThere: there is no such block.
        """
        block = self.block(number)
        happened, missing = self.happened(number)
        indices = range(first, min(first + PAGE, len(block.extrinsics)))
        records = list(enumerate(happened.events or ()))[first : first + PAGE]
        count = None if happened.events is None else len(happened.events)
        return BlockView(
            row=describe_row(block, count, final=self._is_final(number)),
            parent="0x" + block.header.parent_hash.hex(),
            state_root="0x" + block.header.state_root.hex(),
            extrinsics_root="0x" + block.header.extrinsics_root.hex(),
            slot=read_slot(block),
            newer=number < self.head,
            first=first,
            extrinsics=describe_extrinsics(block, happened, indices),
            events=describe_events(number, records),
            missing=missing,
        )

    def extrinsic(self, number: int, index: int) -> ExtrinsicView:
        """All about an extrinsic.

        Raises:
            NothingThere: there is no such extrinsic.
        """
        block = self.block(number)
        if not 0 <= index < len(block.extrinsics):
            raise NothingThere(f"block {number:,} has {len(block.extrinsics)} extrinsics; there is no number {index}")
        happened, missing = self.happened(number)
        return describe_extrinsic(block, index, happened, final=self._is_final(number), missing=missing)

    def block(self, number: int) -> Block:
        """A block.

        Raises:
            NothingThere: there is no such block.
        """
        try:
            return self._ledger.block(number)
        except UnknownBlock:
            raise NothingThere(self._say_unknown(number)) from None

    def blocks(self, newest: int, oldest: int) -> Iterator[Block]:
        """Blocks downwards; those that the directory does not hold are left out."""
        for number in range(newest, oldest - 1, -1):
            try:
                yield self._ledger.block(number)
            except UnknownBlock:
                continue

    def happened(self, number: int) -> tuple[Happened, str | None]:
        """What became of a block, and where that is no longer known why."""
        try:
            return Happened(tuple(system.EVENTS.get(self.state(number)))), None
        except StateDiscarded:
            return Happened(None), (
                f"This node no longer keeps the state of block {number:,}, so its events, results and fees are not "
                f"known here. It keeps those from block {self._ledger.oldest_state:,} on; a node started with "
                "--history archive keeps all."
            )

    def state(self, number: int) -> StateView:
        """The state after a block, which stays as it is while new blocks come.

        Raises:
            StateDiscarded: it is no longer kept.
        """
        is_newest = number == self._ledger.head.number
        return self._ledger.trie_at(number) if is_newest else self._ledger.state_at(number)

    def _is_final(self, number: int) -> bool:
        return number <= self._ledger.finalized.number

    def _say_unknown(self, number: int) -> str:
        if number > self.head:
            return f"There is no block {number:,} yet; the newest is {self.head:,}."
        return f"This node does not have block {number:,}: its chain was not begun at the first one."

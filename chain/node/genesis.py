"""How a chain begins, and as what it presents itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from chain.block import Block, Header
from chain.runtime import system
from chain.state.node import EMPTY_ROOT, Value
from chain.state.overlay import MemoryState, State
from chain.state.trie import Trie

_NO_PARENT: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class ChainIdentity:
    """Name, kind and units of a chain."""

    name: str = "Hivegate Development"
    kind: str = "Development"
    ss58_format: int = 42
    token_decimals: int = 9
    token_symbol: str = "TAO"


@dataclass(frozen=True)
class Genesis:
    """How a chain begins: its state, and an identity by which its directory is known again.

    With ``at_block`` it goes on from there, as if that many blocks had passed without events: for tests.
    """

    identity: bytes
    build: Callable[[], dict[bytes, bytes]] = field(repr=False)
    chain: ChainIdentity = field(default_factory=ChainIdentity)
    at_block: int = 0


def build_genesis_block(items: Mapping[bytes, Value]) -> Block:
    """Block 0 of a chain whose first state is ``items``; of large values their hashes are enough."""
    return Block(Header(_NO_PARENT, 0, Trie().update(items).root, EMPTY_ROOT))


def jump_to(items: Mapping[bytes, bytes], number: int) -> tuple[Block, dict[bytes, bytes]]:
    """Block ``number`` right upon the genesis of ``items``, and the state after it."""
    genesis = build_genesis_block(items)
    state = State(MemoryState(items))
    system.NUMBER.put(state, number)
    system.PARENT_HASH.put(state, genesis.hash)
    system.BLOCK_HASH.put(state, 0, genesis.hash)
    changed = {key: value for key, value in state.changes.items() if value is not None}
    after = {**items, **changed}
    return Block(Header(genesis.hash, number, Trie().update(after).root, EMPTY_ROOT)), after

"""How a chain begins, and as what it presents itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from chain.block import Block, Header
from chain.state.node import EMPTY_ROOT, Value
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
    """How a chain begins: its state, and an identity by which its directory is known again."""

    identity: bytes
    build: Callable[[], dict[bytes, bytes]] = field(repr=False)
    chain: ChainIdentity = field(default_factory=ChainIdentity)


def build_genesis_block(items: Mapping[bytes, Value]) -> Block:
    """Block 0 of a chain whose first state is ``items``; of large values their hashes are enough."""
    return Block(Header(_NO_PARENT, 0, Trie().update(items).root, EMPTY_ROOT))

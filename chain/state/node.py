"""Nodes of the trie, immutable, and their encoding with blake2b-256.

Source: Polkadot specification, "Modified Merkle-Patricia trie", storage state versions 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from chain.crypto import blake2_256
from chain.scale.compact import encode_bytes
from chain.state.nibbles import pack

HASH_SIZE: Final = 32
FANOUT: Final = 16
EMPTY_ROOT: Final = blake2_256(b"\0")
_BYTES: Final = [bytes((byte,)) for byte in range(256)]


class Layout(IntEnum):
    """State version; version 1 keeps large values out of the nodes."""

    V0 = 0
    V1 = 1


@dataclass(frozen=True, slots=True)
class ValueHash:
    """Stands for a large value of which only the hash is at hand."""

    digest: bytes


Value = bytes | ValueHash


class Node:
    """A leaf or branch. Never changed once built; the link to it is computed once and kept."""

    __slots__ = ("children", "link", "partial", "value")

    def __init__(self, partial: bytes, value: Value | None, children: tuple[Node | None, ...] | None) -> None:
        self.partial = partial
        self.value = value
        self.children = children
        self.link: bytes | None = None


def is_hashed(value: Value | None, layout: Layout) -> bool:
    """Whether the node holds the hash of ``value`` in its place."""
    if isinstance(value, bytes):
        return len(value) > HASH_SIZE and layout is Layout.V1
    return value is not None


def compute_link(node: Node, layout: Layout) -> bytes:
    """How a parent names ``node``: its Merkle value (its encoding, or the hash of a longer one) behind the length."""
    if node.link is None:
        encoded = encode_node(node, layout)
        node.link = encode_bytes(encoded if len(encoded) < HASH_SIZE else blake2_256(encoded))
    return node.link


def encode_node(node: Node, layout: Layout) -> bytes:
    """Bytes of ``node``, its children by their links."""
    children, value = node.children, node.value
    hashed = is_hashed(value, layout)
    head = _encode_header(node, hashed=hashed) + pack(node.partial)
    encoded_value = b"" if value is None else _encode_value(value, hashed=hashed)
    if children is None:
        return head + encoded_value
    bitmap, bit = 0, 1
    links: list[bytes] = []
    for child in children:
        if child is not None:
            bitmap |= bit
            links.append(child.link or compute_link(child, layout))
        bit <<= 1
    return b"".join((head, bitmap.to_bytes(2, "little"), encoded_value, *links))


def _encode_header(node: Node, *, hashed: bool) -> bytes:
    """Kind of the node in the high bits, number of nibbles in the rest and as many bytes as that takes."""
    if hashed:
        variant, limit = (0x20, 0x1F) if node.children is None else (0x10, 0x0F)
    elif node.children is None:
        variant, limit = 0x40, 0x3F
    else:
        variant, limit = (0x80, 0x3F) if node.value is None else (0xC0, 0x3F)
    count = len(node.partial)
    if count < limit:
        return _BYTES[variant | count]
    full, rest = divmod(count - limit, 255)
    return _BYTES[variant | limit] + b"\xff" * full + _BYTES[rest]


def _encode_value(value: Value, *, hashed: bool) -> bytes:
    if isinstance(value, ValueHash):
        return value.digest
    return blake2_256(value) if hashed else encode_bytes(value)

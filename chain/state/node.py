"""Nodes of the trie, immutable, and their encoding with blake2b-256.

Source: Polkadot specification, "Modified Merkle-Patricia trie", storage state versions 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from chain.crypto import blake2_256
from chain.scale.compact import encode_compact
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
    """A leaf or branch. Never changed once built; the Merkle value is computed once and kept."""

    __slots__ = ("children", "merkle", "partial", "value")

    def __init__(self, partial: bytes, value: Value | None, children: tuple[Node | None, ...] | None) -> None:
        self.partial = partial
        self.value = value
        self.children = children
        self.merkle: bytes | None = None


def is_hashed(value: Value | None, layout: Layout) -> bool:
    """Whether the node holds the hash of ``value`` in its place."""
    if isinstance(value, ValueHash):
        return True
    return layout is Layout.V1 and value is not None and len(value) > HASH_SIZE


def compute_merkle_value(node: Node, layout: Layout) -> bytes:
    """The encoding of ``node`` where it is shorter than a hash, else its hash."""
    if node.merkle is None:
        encoded = encode_node(node, layout)
        node.merkle = encoded if len(encoded) < HASH_SIZE else blake2_256(encoded)
    return node.merkle


def encode_node(node: Node, layout: Layout) -> bytes:
    """Bytes of ``node``, its children by their Merkle values."""
    children, value = node.children, node.value
    hashed = is_hashed(value, layout)
    parts = [_encode_header(node, hashed=hashed), pack(node.partial)]
    if children is None:
        assert value is not None, "a leaf holds a value"
        parts.append(_encode_value(value, hashed=hashed))
        return b"".join(parts)
    bitmap = 0
    tail: list[bytes] = []
    for nibble, child in enumerate(children):
        if child is not None:
            bitmap |= 1 << nibble
            merkle = child.merkle or compute_merkle_value(child, layout)
            tail += (encode_compact(len(merkle)), merkle)
    parts.append(bitmap.to_bytes(2, "little"))
    if value is not None:
        parts.append(_encode_value(value, hashed=hashed))
    return b"".join(parts + tail)


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
    return blake2_256(value) if hashed else encode_compact(len(value)) + value

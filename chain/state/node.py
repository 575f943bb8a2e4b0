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
    parts = [_encode_header(node, layout), pack(node.partial)]
    if node.children is not None:
        parts.append(_encode_bitmap(node.children))
    if node.value is not None:
        parts.append(_encode_value(node.value, layout))
    for child in node.children or ():
        if child is not None:
            merkle = child.merkle or compute_merkle_value(child, layout)
            parts += (encode_compact(len(merkle)), merkle)
    return b"".join(parts)


def _encode_header(node: Node, layout: Layout) -> bytes:
    """Kind of the node in the high bits, number of nibbles in the rest and as many bytes as that takes."""
    if is_hashed(node.value, layout):
        variant, bits = (0x20, 5) if node.children is None else (0x10, 4)
    elif node.children is None:
        variant, bits = 0x40, 6
    else:
        variant, bits = (0x80, 6) if node.value is None else (0xC0, 6)
    limit = (1 << bits) - 1
    count = len(node.partial)
    if count < limit:
        return bytes((variant | count,))
    full, rest = divmod(count - limit, 255)
    return bytes((variant | limit,)) + b"\xff" * full + bytes((rest,))


def _encode_bitmap(children: tuple[Node | None, ...]) -> bytes:
    bitmap = sum(1 << nibble for nibble, child in enumerate(children) if child is not None)
    return bitmap.to_bytes(2, "little")


def _encode_value(value: Value, layout: Layout) -> bytes:
    if isinstance(value, ValueHash):
        return value.digest
    if is_hashed(value, layout):
        return blake2_256(value)
    return encode_compact(len(value)) + value

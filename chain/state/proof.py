"""Read proofs, checked by one who holds nothing but the root."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from chain.crypto import blake2_256
from chain.scale.compact import decode_compact
from chain.scale.errors import ScaleError
from chain.state.nibbles import unpack
from chain.state.node import EMPTY_ROOT, FANOUT, HASH_SIZE, ValueHash

_EMPTY_NODE: Final = b"\0"


class InvalidProof(ValueError):
    """The proof is malformed, or says nothing about the key."""


@dataclass(frozen=True, slots=True)
class _Variant:
    mask: int
    tag: int
    branch: bool
    holds: type[bytes] | type[ValueHash] | None


_VARIANTS: Final = (
    _Variant(0xC0, 0x40, branch=False, holds=bytes),
    _Variant(0xC0, 0x80, branch=True, holds=None),
    _Variant(0xC0, 0xC0, branch=True, holds=bytes),
    _Variant(0xE0, 0x20, branch=False, holds=ValueHash),
    _Variant(0xF0, 0x10, branch=True, holds=ValueHash),
)


@dataclass(frozen=True, slots=True)
class DecodedNode:
    """A node read back from its bytes; ``children`` maps nibbles to Merkle values."""

    partial: bytes
    value: bytes | ValueHash | None
    children: Mapping[int, bytes]


def verify_proof(root: bytes, proof: Iterable[bytes], key: bytes) -> bytes | None:
    """Value at ``key`` under ``root``; None where the proof shows that there is none.

    Raises:
        InvalidProof: the proof does not lead from ``root`` to an answer.
    """
    known = {blake2_256(item): item for item in proof}
    if root == EMPTY_ROOT:
        return None
    encoded, rest = _find(known, root), unpack(key)
    while True:
        node = decode_node(encoded)
        size = len(node.partial)
        if rest[:size] != node.partial:
            return None
        if len(rest) == size:
            return _find(known, node.value.digest) if isinstance(node.value, ValueHash) else node.value
        merkle = node.children.get(rest[size])
        if merkle is None:
            return None
        encoded, rest = _find(known, merkle) if len(merkle) == HASH_SIZE else merkle, rest[size + 1 :]


def decode_node(encoded: bytes) -> DecodedNode:
    """Node of these bytes.

    Raises:
        InvalidProof: they are not the encoding of a node.
    """
    if encoded == _EMPTY_NODE:
        return DecodedNode(b"", None, {})
    try:
        return _decode(encoded)
    except ScaleError as error:
        raise InvalidProof(f"node is cut short: {error}") from error


def _find(known: Mapping[bytes, bytes], digest: bytes) -> bytes:
    try:
        return known[digest]
    except KeyError:
        raise InvalidProof(f"the proof lacks what hashes to {digest.hex()}") from None


def _decode(encoded: bytes) -> DecodedNode:
    reader = _Reader(encoded)
    head = reader.take(1)[0]
    variant = next((v for v in _VARIANTS if head & v.mask == v.tag), None)
    if variant is None:
        raise InvalidProof(f"{head:#04x} begins no node")
    partial = reader.take_partial(head, 0xFF ^ variant.mask)
    bitmap = int.from_bytes(reader.take(2), "little") if variant.branch else 0
    value: bytes | ValueHash | None = None
    if variant.holds is ValueHash:
        value = ValueHash(reader.take(HASH_SIZE))
    elif variant.holds is bytes:
        value = reader.take_sized()
    children = {nibble: reader.take_sized() for nibble in range(FANOUT) if bitmap >> nibble & 1}
    if reader.offset != len(encoded) or (variant.branch and not bitmap):
        raise InvalidProof("node has the wrong length or no children")
    return DecodedNode(partial, value, children)


class _Reader:
    """Takes bytes from the front, never more than there are."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0

    def take(self, count: int) -> bytes:
        end = self.offset + count
        if end > len(self.data):
            raise InvalidProof("node is cut short")
        taken, self.offset = self.data[self.offset : end], end
        return taken

    def take_sized(self) -> bytes:
        size, self.offset = decode_compact(self.data, self.offset)
        return self.take(size)

    def take_partial(self, head: int, limit: int) -> bytes:
        count = head & limit
        if count == limit:
            while (more := self.take(1)[0]) == 0xFF:
                count += more
            count += more
        nibbles = unpack(self.take((count + 1) // 2))
        if count % 2 and nibbles[0]:
            raise InvalidProof("the padding of a partial key is not zero")
        return nibbles[count % 2 :]

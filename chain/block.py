"""Headers and blocks, and their encoding."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from chain.crypto import blake2_256
from chain.scale.compact import decode_compact, encode_compact
from chain.scale.errors import ScaleError

_PRE_RUNTIME: Final = 6
_ENGINE: Final = b"aura"
_SLOT_SIZE: Final = 8


@dataclass(frozen=True)
class Header:
    """Header of a block; ``logs`` are digest items, each encoded."""

    parent_hash: bytes
    number: int
    state_root: bytes
    extrinsics_root: bytes
    logs: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        """SCALE bytes, of which the block hash is made."""
        roots = self.state_root + self.extrinsics_root
        return b"".join(
            (self.parent_hash, encode_compact(self.number), roots, encode_compact(len(self.logs)), *self.logs)
        )

    @cached_property
    def hash(self) -> bytes:
        """blake2b-256 of the encoded header."""
        return blake2_256(self.encode())


@dataclass(frozen=True)
class Block:
    """A header and the extrinsics below its root, each with its length prefix."""

    header: Header
    extrinsics: tuple[bytes, ...] = ()

    @property
    def number(self) -> int:
        return self.header.number

    @property
    def hash(self) -> bytes:
        return self.header.hash

    def encode(self) -> bytes:
        """SCALE bytes: header, then extrinsics."""
        return b"".join((self.header.encode(), encode_compact(len(self.extrinsics)), *self.extrinsics))


def encode_slot(slot: int) -> bytes:
    """Digest item that tells in which slot the block was made."""
    return bytes((_PRE_RUNTIME,)) + _ENGINE + encode_compact(_SLOT_SIZE) + slot.to_bytes(_SLOT_SIZE, "little")


def decode_block(data: bytes) -> Block:
    """Block of these bytes.

    Raises:
        ScaleError: they are not an encoded block.
    """
    number, offset = decode_compact(data, 32)
    log_count, body = decode_compact(data, offset + 64)
    logs, position = _take_logs(data, body, log_count)
    header = Header(data[:32], number, data[offset : offset + 32], data[offset + 32 : offset + 64], logs)
    count, position = decode_compact(data, position)
    extrinsics: list[bytes] = []
    for _ in range(count):
        size, start = decode_compact(data, position)
        extrinsics.append(data[position : start + size])
        position = start + size
    if position != len(data):
        raise ScaleError(f"block of {len(data)} bytes ends at {position}")
    return Block(header, tuple(extrinsics))


def _take_logs(data: bytes, position: int, count: int) -> tuple[tuple[bytes, ...], int]:
    """Digest items of an engine: a kind, four letters, a length and as many bytes."""
    logs = []
    for _ in range(count):
        size, start = decode_compact(data, position + 5)
        logs.append(data[position : start + size])
        position = start + size
    return tuple(logs), position

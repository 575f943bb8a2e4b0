"""Blocks, the current state and its history on disk, one synced batch a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chain.block import Block, decode_block
from chain.crypto import blake2_256
from chain.node.database import Database, Write
from chain.node.errors import OtherGenesis, StoreCorrupt, UnknownBlock
from chain.scale.errors import ScaleError

_META: Final = "meta"
_STATE: Final = "state"
_HISTORY: Final = "history"
_BLOCKS: Final = "blocks"
_HASHES: Final = "hashes"
_EXTRINSICS: Final = "extrinsics"
_FAMILIES: Final = (_META, _STATE, _HISTORY, _BLOCKS, _HASHES, _EXTRINSICS)

_FORMAT: Final = b"1"
_NUMBER_SIZE: Final = 4
_PRESENT: Final = b"\1"
_ABSENT: Final = b"\0"
_END_OF_KEY: Final = b"\0\0"
_AFTER_VERSIONS: Final = b"\0\1"

Changes = Mapping[bytes, bytes | None]


@dataclass(frozen=True, slots=True)
class Location:
    """Where an extrinsic stands in the chain."""

    number: int
    index: int


class ChainStore:
    """A chain in a directory. What :meth:`append` has written survives any crash."""

    def __init__(self, database: Database, path: Path) -> None:
        self._database = database
        self._path = path

    @classmethod
    def open(cls, path: Path, identity: bytes) -> ChainStore:
        """Chain at ``path``, empty where there was none; ``identity`` tells with which genesis it must have begun.

        Raises:
            StoreLocked: another process has it open.
            StoreCorrupt: it is no chain of ours.
            OtherGenesis: it began with another ``identity``.
        """
        store = cls(Database.open(path, _FAMILIES), path)
        try:
            store._check(identity)
        except Exception:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Let go of the directory."""
        self._database.close()

    def head(self) -> Block | None:
        """Last block, None in an empty store."""
        number = self._database.get(_META, b"head")
        return None if number is None else self.block(int.from_bytes(number, "big"))

    def append(self, block: Block, changes: Changes) -> None:
        """Write ``block`` and what it changed; when this returns both are on disk."""
        self._database.write(_list_writes(block, changes))

    def block(self, number: int) -> Block:
        """Block of that number.

        Raises:
            UnknownBlock: there is none.
            StoreCorrupt: it cannot be read.
        """
        data = self._database.get(_BLOCKS, _encode_number(number)) if 0 <= number < 1 << 32 else None
        if data is None:
            raise UnknownBlock(f"block {number}")
        try:
            return decode_block(data)
        except ScaleError as error:
            raise StoreCorrupt(f"block {number} in {self._path} is damaged; restore a backup") from error

    def number_of(self, block_hash: bytes) -> int:
        """Number of the block of that hash.

        Raises:
            UnknownBlock: there is none.
        """
        number = self._database.get(_HASHES, block_hash)
        if number is None:
            raise UnknownBlock(f"0x{block_hash.hex()}")
        return int.from_bytes(number, "big")

    def locate(self, extrinsic_hash: bytes) -> Location | None:
        """Where the extrinsic is, None where it never came into a block."""
        data = self._database.get(_EXTRINSICS, extrinsic_hash)
        if data is None:
            return None
        return Location(int.from_bytes(data[:_NUMBER_SIZE], "big"), int.from_bytes(data[_NUMBER_SIZE:], "big"))

    def iter_state(self) -> Iterator[tuple[bytes, bytes]]:
        """All items of the current state, in order of keys."""
        return self._database.iterate(_STATE)

    def get_at(self, key: bytes, number: int) -> bytes | None:
        """Value of ``key`` after block ``number``."""
        stem = _escape(key)
        found = self._database.find_at_or_before(_HISTORY, stem + _encode_number(number))
        if found is None or found[0][:-_NUMBER_SIZE] != stem or found[1][:1] == _ABSENT:
            return None
        return found[1][1:]

    def iter_keys_ever(self, start: bytes) -> Iterator[bytes]:
        """Keys from ``start`` on that any block wrote, in order."""
        position = start.replace(b"\0", b"\0\xff")
        while (item := next(self._database.iterate(_HISTORY, position), None)) is not None:
            stem = item[0][:-_NUMBER_SIZE]
            yield _unescape(stem)
            position = stem[: -len(_END_OF_KEY)] + _AFTER_VERSIONS

    def _check(self, identity: bytes) -> None:
        found = self._database.get(_META, b"format")
        if found is None:
            self._database.write([(_META, b"format", _FORMAT), (_META, b"identity", identity)])
        elif found != _FORMAT:
            raise StoreCorrupt(f"{self._path} was written by another version; choose an empty --data-dir")
        elif self._database.get(_META, b"identity") != identity:
            raise OtherGenesis(
                f"{self._path} holds a chain with another genesis; start with the flags it was made with "
                "or choose an empty --data-dir"
            )


def _list_writes(block: Block, changes: Changes) -> Iterator[Write]:
    number = _encode_number(block.number)
    for key, value in changes.items():
        yield _STATE, key, value
        yield _HISTORY, _escape(key) + number, _ABSENT if value is None else _PRESENT + value
    for index, extrinsic in enumerate(block.extrinsics):
        yield _EXTRINSICS, blake2_256(extrinsic), number + _encode_number(index)
    yield _BLOCKS, number, block.encode()
    yield _HASHES, block.hash, number
    yield _META, b"head", number


def _encode_number(number: int) -> bytes:
    return number.to_bytes(_NUMBER_SIZE, "big")


def _escape(key: bytes) -> bytes:
    """``key`` with an end that no key contains, such that order stays: version numbers may follow."""
    return key.replace(b"\0", b"\0\xff") + _END_OF_KEY


def _unescape(stem: bytes) -> bytes:
    return stem[: -len(_END_OF_KEY)].replace(b"\0\xff", b"\0")

"""Blocks, the newest state and its history on disk, one synced batch a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chain.block import Block, decode_block
from chain.crypto import blake2_256
from chain.node.database import Database, Write
from chain.node.errors import OtherGenesis, StoreCorrupt, UnknownBlock
from chain.node.history import (
    HISTORY,
    JOURNAL,
    NUMBER_SIZE,
    STATE,
    ReadOld,
    StateHistory,
    decode_number,
    encode_number,
)
from chain.scale.errors import ScaleError

_META: Final = "meta"
_BLOCKS: Final = "blocks"
_HASHES: Final = "hashes"
_EXTRINSICS: Final = "extrinsics"
_FAMILIES: Final = (_META, STATE, HISTORY, JOURNAL, _BLOCKS, _HASHES, _EXTRINSICS)

_FORMAT: Final = b"2"

IMPORTED: Final = b"imported"
"""Identity of a chain that began with a snapshot, whatever its genesis was."""

Changes = Mapping[bytes, bytes | None]


@dataclass(frozen=True, slots=True)
class Location:
    """Where an extrinsic stands in the chain."""

    number: int
    index: int


class ChainStore:
    """A chain in a directory. What :meth:`append` has written survives any crash."""

    def __init__(self, database: Database, path: Path, history_length: int | None) -> None:
        self._database = database
        self._path = path
        self.history = StateHistory(database, history_length)

    @classmethod
    def open(cls, path: Path, identity: bytes, history_length: int | None = None) -> ChainStore:
        """Chain at ``path``, empty where there was none; ``identity`` tells with which genesis it must have begun.

        Of older states the last ``history_length`` are kept, all where it is None; blocks are always kept.

        Raises:
            StoreLocked: another process has it open.
            StoreCorrupt: it is no chain of ours.
            OtherGenesis: it began with another ``identity``.
        """
        store = cls(Database.open(path, _FAMILIES), path, history_length)
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
        return None if number is None else self.block(decode_number(number))

    def append(self, block: Block, changes: Changes, read_old: ReadOld) -> None:
        """Write ``block`` and what it changed in the state that ``read_old`` reads; on return both are on disk."""
        history, number = self.history, block.number
        writes = [
            *history.list_writes(number, changes.items(), read_old),
            *history.list_discards(number),
            *_list_block_writes(block),
        ]
        history.note_discarded(number)
        self._database.write(writes)

    def begin_at(self, genesis: Block, head: Block, state: Mapping[bytes, bytes]) -> None:
        """Write a chain of which only the first block and ``head``, with the ``state`` after it, are known."""
        items = ((STATE, key, value) for key, value in state.items())
        blocks = (*_list_block_writes(genesis), *_list_block_writes(head))
        self._database.write([*items, *blocks, *self.history.begin_at(head.number)])

    def block(self, number: int) -> Block:
        """Block of that number.

        Raises:
            UnknownBlock: there is none.
            StoreCorrupt: it cannot be read.
        """
        data = self._database.get(_BLOCKS, encode_number(number)) if 0 <= number < 1 << 32 else None
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
        return decode_number(number)

    def locate(self, extrinsic_hash: bytes) -> Location | None:
        """Where the extrinsic is, None where it never came into a block."""
        data = self._database.get(_EXTRINSICS, extrinsic_hash)
        if data is None:
            return None
        return Location(decode_number(data[:NUMBER_SIZE]), decode_number(data[NUMBER_SIZE:]))

    def _check(self, identity: bytes) -> None:
        found = self._database.get(_META, b"format")
        if found is None:
            self._database.write([(_META, b"format", _FORMAT), (_META, b"identity", identity)])
        elif found != _FORMAT:
            raise StoreCorrupt(f"{self._path} was written by another version; choose an empty --data-dir")
        elif self._database.get(_META, b"identity") not in (identity, IMPORTED):
            raise OtherGenesis(
                f"{self._path} holds a chain with another genesis; start with the flags it was made with "
                "or choose an empty --data-dir"
            )


def _list_block_writes(block: Block) -> Iterator[Write]:
    number = encode_number(block.number)
    for index, extrinsic in enumerate(block.extrinsics):
        yield _EXTRINSICS, blake2_256(extrinsic), number + encode_number(index)
    yield _BLOCKS, number, block.encode()
    yield _HASHES, block.hash, number
    yield _META, b"head", number

"""Rows of u16 pairs as they lie in storage, so that large networks need not be taken apart to be computed."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

U16Row = Sequence[tuple[int, int]]

_PAIR = struct.Struct("<HH")


@dataclass(frozen=True, eq=False, repr=False)
class PackedRow(Sequence[tuple[int, int]]):
    """Pairs (uid, u16) in stored order; ``data`` holds four little-endian bytes for each."""

    data: bytes

    @classmethod
    def of(cls, pairs: U16Row) -> "PackedRow":
        """The same pairs, packed."""
        if isinstance(pairs, cls):
            return pairs
        return cls(b"".join(_PAIR.pack(uid, value) for uid, value in pairs))

    def __len__(self) -> int:
        return len(self.data) // _PAIR.size

    def __iter__(self) -> Iterator[tuple[int, int]]:
        pairs: Iterator[tuple[int, int]] = _PAIR.iter_unpack(self.data)
        yield from pairs

    @overload
    def __getitem__(self, index: int) -> tuple[int, int]: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[tuple[int, int], ...]: ...
    def __getitem__(self, index: int | slice) -> tuple[int, int] | tuple[tuple[int, int], ...]:
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        """Whether ``other`` is a row of the same pairs, packed or not."""
        if isinstance(other, PackedRow):
            return self.data == other.data
        return tuple(self) == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"PackedRow({list(self)})"

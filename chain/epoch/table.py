"""Matrices of the epoch as arrays: only the rows that anybody wrote, with room for every uid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chain.epoch.arithmetic import Array, Mask, Stored, to_u16
from chain.runtime.yuma.packed import PackedRow, U16Row
from chain.runtime.yuma.rows import Matrix

Uids = NDArray[np.int64]
Order = tuple[Uids, ...]
"""Each row's uids as they were stored, the absent ones included."""
_PAIR_BYTES = 4


class RepeatedUid(ValueError):
    """A row names a uid twice, which no call of the chain can store."""


@dataclass(frozen=True)
class StoredTable:
    """Rows of a sparse matrix as stored: ``values`` and ``present`` are (rows, uids).

    Absent entries have the value zero; an entry may be present and zero. Without ``order`` all rows are ascending.
    """

    values: Stored
    present: Mask
    order: Order | None = None

    def keeping(self, mask: Mask) -> "StoredTable":
        """Without the entries outside the mask."""
        if mask.all():
            return self
        present = self.present & mask
        return StoredTable(self.values * present, present, self.order)

    def part(self, columns: slice) -> "StoredTable":
        """Some columns; rows out of order have to stay whole."""
        return StoredTable(self.values[:, columns], self.present[:, columns], self.order)


@dataclass(frozen=True)
class Table:
    """Proportions in some columns of the same rows, column by column: ``values`` and ``present`` are (uids, rows)."""

    values: Array
    present: Mask
    order: Order | None = None

    def ordered(self, row: int) -> Uids:
        """Uids of the entries of a row, in stored order."""
        present = self.present[:, row]
        if self.order is None:
            return np.flatnonzero(present)
        uids: Uids = self.order[row]
        ordered: Uids = uids[present[uids]]
        return ordered

    def keeping(self, mask: Mask) -> "Table":
        """Without the entries outside the mask."""
        present = self.present & mask
        return Table(self.values * present, present, self.order)

    def with_values(self, values: Array) -> "Table":
        """The same entries with other values."""
        return Table(values, self.present, self.order)

    def copied(self) -> "Table":
        """The same, with values of its own."""
        return self.with_values(self.values.copy())

    def unpacked(self, rows: Uids, size: int) -> Matrix:
        """All rows of the matrix as lists of pairs, the empty ones included."""
        matrix: Matrix = [[] for _ in range(size)]
        for index, uid in enumerate(rows.tolist()):
            uids = self.ordered(index)
            matrix[uid] = list(zip(uids.tolist(), self.values[uids, index].tolist(), strict=True))
        return matrix


@dataclass
class Pairs:
    """Rows about to be stored: uid and number of every pair, (rows, uids, 2), and which of them there are."""

    numbers: Stored
    present: Mask
    order: Order | None = None

    @classmethod
    def empty(cls, rows: int, size: int) -> "Pairs":
        """Nothing put yet."""
        numbers = np.empty((rows, size, 2), dtype="<u2")
        numbers[:, :, 0] = np.arange(size, dtype="<u2")
        return cls(numbers, np.empty((rows, size), dtype=np.bool_))

    def put(self, columns: slice, table: Table) -> None:
        """The entries of some columns, proportions as fractions of 65535."""
        self.numbers[:, columns, 1] = to_u16(table.values).T
        self.present[:, columns] = table.present.T
        self.order = table.order

    def packed(self, rows: Uids, permits: Sequence[bool]) -> tuple[U16Row, ...]:
        """All rows of the matrix as they lie in storage; those without a permit are empty."""
        pairs = self._in_order()
        ends = np.cumsum(np.count_nonzero(self.present, axis=1)).tolist()
        packed: list[U16Row] = [()] * len(permits)
        for uid, start, end in zip(rows.tolist(), [0, *ends], ends, strict=False):
            if permits[uid]:
                packed[uid] = PackedRow(pairs[start:end].tobytes())
        return tuple(packed)

    def _in_order(self) -> Stored:
        """All pairs, row by row, those of a row in stored order."""
        flat = self.numbers.reshape(-1, 2)
        return flat if self.order is None and self.present.all() else flat[self._places()]

    def _places(self) -> Uids:
        """Where the pairs lie among those of all uids, row by row, those of a row in stored order."""
        if self.order is None:
            return np.flatnonzero(self.present)
        size = self.present.shape[1]
        lines = zip(self.order, self.present, strict=True)
        return np.concatenate([uids[here[uids]] + line * size for line, (uids, here) in enumerate(lines)])


def build_table(matrix: Sequence[U16Row], rows: Uids, size: int) -> StoredTable:
    """The given rows of the matrix, without entries beyond ``size``.

    Raises:
        RepeatedUid: a row names a uid twice.
    """
    packed = [PackedRow.of(matrix[row]).data for row in rows.tolist()]
    pairs = np.frombuffer(b"".join(packed), dtype="<u2").reshape(-1, 2)
    counts = [len(data) // _PAIR_BYTES for data in packed]
    shape = (len(rows), size)
    if counts == [size] * len(counts) and np.all(pairs[:, 0].reshape(shape) == np.arange(size, dtype="<u2")):
        return StoredTable(pairs[:, 1].reshape(shape), np.broadcast_to(np.True_, shape))
    lines = np.repeat(np.arange(len(packed)), counts)
    uids, numbers = pairs[:, 0].astype(np.int64), pairs[:, 1]
    inside = uids < size
    if not inside.all():
        lines, uids, numbers = lines[inside], uids[inside], numbers[inside]
    values, present = np.zeros(len(rows) * size, dtype=np.uint16), np.zeros(len(rows) * size, dtype=np.bool_)
    places = lines * size + uids
    values[places] = numbers
    present[places] = True
    if np.count_nonzero(present) != len(uids):
        raise RepeatedUid("a row names a uid twice")
    ascending = bool(np.all(places[1:] > places[:-1]))
    order = None if ascending else tuple(_split(uids, lines, len(packed)))
    return StoredTable(values.reshape(shape), present.reshape(shape), order)


def _split(uids: Uids, lines: Uids, count: int) -> list[Uids]:
    """The uids of each line; ``lines`` is ascending."""
    return np.split(uids, np.searchsorted(lines, np.arange(1, count)))

"""Matrices of the epoch as arrays: only the rows that anybody wrote, with room for every uid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chain.epoch.arithmetic import Array, Mask, to_u16
from chain.runtime.yuma.packed import PackedRow, U16Row
from chain.runtime.yuma.rows import Matrix

Uids = NDArray[np.int64]
_PAIR_BYTES = 4
_ZERO = np.uint64(0)


class RepeatedUid(ValueError):
    """A row names a uid twice, which no call of the chain can store."""


@dataclass(frozen=True)
class Table:
    """Rows of a sparse matrix: ``values`` and ``present`` are (rows, uids).

    Absent entries have the value zero; an entry may be present and zero. ``order`` has each row's uids as they were
    stored, the absent ones included; without it all rows are ascending.
    """

    values: Array
    present: Mask
    order: tuple[Uids, ...] | None = None

    def ordered(self, row: int) -> Uids:
        """Uids of the entries of a row, in stored order."""
        if self.order is None:
            return np.flatnonzero(self.present[row])
        uids: Uids = self.order[row]
        ordered: Uids = uids[self.present[row, uids]]
        return ordered

    def keeping(self, mask: Mask) -> "Table":
        """Without the entries outside the mask."""
        present = self.present & mask
        return Table(np.where(present, self.values, _ZERO), present, self.order)

    def with_values(self, values: Array) -> "Table":
        """The same entries with other values."""
        return Table(values, self.present, self.order)

    def unpacked(self, rows: Uids, size: int) -> Matrix:
        """All rows of the matrix as lists of pairs, the empty ones included."""
        matrix: Matrix = [[] for _ in range(size)]
        for index, uid in enumerate(rows.tolist()):
            uids = self.ordered(index)
            matrix[uid] = list(zip(uids.tolist(), self.values[index][uids].tolist(), strict=True))
        return matrix

    def packed_u16(self, rows: Uids, permits: Sequence[bool]) -> tuple[U16Row, ...]:
        """All rows with their proportions as u16; those without a permit are empty."""
        data = self._pairs().tobytes()
        ends = np.cumsum(np.count_nonzero(self.present, axis=1)) * _PAIR_BYTES
        packed: list[U16Row] = [()] * len(permits)
        for uid, start, end in zip(rows.tolist(), [0, *ends.tolist()], ends.tolist(), strict=False):
            if permits[uid]:
                packed[uid] = PackedRow(data[start:end])
        return tuple(packed)

    def _pairs(self) -> NDArray[np.uint16]:
        """Uid and proportion of all entries, row by row, those of a row in stored order."""
        count, size = self.values.shape
        if self.order is None and self.present.all():
            pairs = np.empty((count, size, 2), dtype="<u2")
            pairs[:, :, 0] = np.arange(size)
            pairs[:, :, 1] = to_u16(self.values)
            return pairs
        places = self._places()
        pairs = np.empty((len(places), 2), dtype="<u2")
        pairs[:, 0] = places % size
        pairs[:, 1] = to_u16(self.values.reshape(-1)[places])
        return pairs

    def _places(self) -> Uids:
        """Places of all entries in the table laid out row by row, those of a row in stored order."""
        if self.order is None:
            return np.flatnonzero(self.present)
        size = self.values.shape[1]
        return np.concatenate([self.ordered(line) + line * size for line in range(len(self.order))])


def build_table(matrix: Sequence[U16Row], rows: Uids, size: int) -> Table:
    """The given rows of the matrix as stored integers, without entries beyond ``size``.

    Raises:
        RepeatedUid: a row names a uid twice.
    """
    packed = [PackedRow.of(matrix[row]).data for row in rows.tolist()]
    pairs = np.frombuffer(b"".join(packed), dtype="<u2").reshape(-1, 2)
    counts = [len(data) // _PAIR_BYTES for data in packed]
    shape = (len(rows), size)
    if all(count == size for count in counts) and np.all(pairs[:, 0].reshape(shape) == np.arange(size)):
        return Table(pairs[:, 1].reshape(shape).astype(np.uint64), np.ones(shape, dtype=np.bool_))
    lines = np.repeat(np.arange(len(packed)), counts)
    uids, numbers = pairs[:, 0].astype(np.int64), pairs[:, 1]
    inside = uids < size
    if not inside.all():
        lines, uids, numbers = lines[inside], uids[inside], numbers[inside]
    values, present = np.zeros(len(rows) * size, dtype=np.uint64), np.zeros(len(rows) * size, dtype=np.bool_)
    places = lines * size + uids
    values[places] = numbers
    present[places] = True
    if np.count_nonzero(present) != len(uids):
        raise RepeatedUid("a row names a uid twice")
    ascending = bool(np.all(places[1:] > places[:-1]))
    order = None if ascending else tuple(_split(uids, lines, len(packed)))
    return Table(values.reshape(shape), present.reshape(shape), order)


def _split(uids: Uids, lines: Uids, count: int) -> list[Uids]:
    """The uids of each line; ``lines`` is ascending."""
    return np.split(uids, np.searchsorted(lines, np.arange(1, count)))

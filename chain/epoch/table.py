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
        return Table(np.where(present, self.values, 0).astype(np.uint64), present, self.order)

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
        lines, uids = self._entries()
        proportions = to_u16(self.values[lines, uids])
        data = np.stack([uids.astype("<u2"), proportions.astype("<u2")], axis=1).tobytes()
        ends = np.cumsum(np.count_nonzero(self.present, axis=1)) * _PAIR_BYTES
        packed: list[U16Row] = [()] * len(permits)
        for uid, start, end in zip(rows.tolist(), [0, *ends.tolist()], ends.tolist(), strict=False):
            if permits[uid]:
                packed[uid] = PackedRow(data[start:end])
        return tuple(packed)

    def _entries(self) -> tuple[Uids, Uids]:
        """Positions and uids of all entries, row by row in stored order."""
        if self.order is None:
            lines, uids = np.nonzero(self.present)
            return lines.astype(np.int64), uids.astype(np.int64)
        rows = [self.ordered(line) for line in range(len(self.order))]
        return np.repeat(np.arange(len(rows)), [len(row) for row in rows]), np.concatenate(rows)


def build_table(matrix: Sequence[U16Row], rows: Uids, size: int) -> Table:
    """The given rows of the matrix as stored integers, without entries beyond ``size``.

    Raises:
        RepeatedUid: a row names a uid twice.
    """
    packed = [PackedRow.of(matrix[row]) for row in rows.tolist()]
    pairs = np.frombuffer(b"".join(row.data for row in packed), dtype="<u2").reshape(-1, 2).astype(np.int64)
    lines = np.repeat(np.arange(len(packed)), [len(row.data) // _PAIR_BYTES for row in packed])
    inside = pairs[:, 0] < size
    lines, uids, numbers = lines[inside], pairs[inside, 0], pairs[inside, 1]
    values, present = np.zeros((len(rows), size), dtype=np.uint64), np.zeros((len(rows), size), dtype=np.bool_)
    values[lines, uids] = numbers
    present[lines, uids] = True
    if np.count_nonzero(present) != len(uids):
        raise RepeatedUid("a row names a uid twice")
    ascending = bool(np.all((uids[1:] > uids[:-1]) | (lines[1:] != lines[:-1])))
    return Table(values, present, None if ascending else tuple(_split(uids, lines, len(packed))))


def _split(uids: Uids, lines: Uids, count: int) -> list[Uids]:
    """The uids of each line; ``lines`` is ascending."""
    return np.split(uids, np.searchsorted(lines, np.arange(1, count)))

"""A bank of discounted ridge regressions, one per hotkey, updated one observation at a time."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Arrays = dict[str, NDArray[np.generic]]
T = TypeVar("T", bound=np.generic)

_REFRESH_EVERY = 64


class RidgeBank:
    """Predicts a value from a feature vector, and how unsure it is, for each hotkey.

    ``target = features . theta`` with old observations fading by ``discount`` per new one. The inverse
    of each design matrix follows by Sherman and Morrison's formula, in single precision; now and then
    it is inverted afresh, which also gives back the ridge that discounting wears away.
    """

    def __init__(self, dimension: int, ridge: float, discount: float) -> None:
        self.dimension = dimension
        self._ridge = ridge
        self._discount = discount
        self._rows: dict[str, int] = {}
        self._asked: tuple[tuple[str, ...], NDArray[np.int64]] | None = None
        self._inverse = np.zeros((0, dimension, dimension), dtype=np.float32)
        self._moment = np.zeros((0, dimension))
        self._theta = np.zeros((0, dimension))
        self._counts = np.zeros(0, dtype=np.int64)

    def __contains__(self, hotkey: str) -> bool:
        return hotkey in self._rows

    @property
    def hotkeys(self) -> tuple[str, ...]:
        return tuple(sorted(self._rows, key=self._rows.__getitem__))

    def count(self, hotkey: str) -> int:
        """Number of observations of a hotkey."""
        return int(self._counts[self._rows[hotkey]]) if hotkey in self._rows else 0

    def counts(self, hotkeys: Sequence[str]) -> NDArray[np.int64]:
        """Number of observations of each hotkey."""
        rows = self._find(hotkeys)
        return np.where(rows >= 0, self._counts[rows], 0) if self._rows else np.zeros(len(rows), dtype=np.int64)

    def predict(self, hotkeys: Sequence[str], features: Vector) -> Vector:
        """Expected value for each hotkey; zero for an unknown one."""
        rows = self._find(hotkeys)
        if not self._rows:
            return np.zeros(len(rows))
        result: Vector = np.where(rows >= 0, self._theta[rows] @ features, 0.0)
        return result

    def deviation(self, hotkeys: Sequence[str], features: Vector) -> Vector:
        """How unsure each prediction is, in units of the noise of one observation."""
        rows, direction = self._find(hotkeys), features.astype(np.float32)
        variance = np.full(len(rows), float(features @ features) / self._ridge)
        known = np.flatnonzero(rows >= 0)
        variance[known] = (self._inverse[rows[known]] @ direction) @ direction
        result: Vector = np.sqrt(np.maximum(variance, 0.0))
        return result

    def largest_deviation(self, features: Vector) -> float:
        """What no deviation exceeds, whatever was observed."""
        weakest = self._ridge * self._discount**_REFRESH_EVERY
        return 1.01 * float(np.sqrt(features @ features / weakest))

    def learn(self, hotkey: str, features: Vector, value: float, weight: float = 1.0) -> None:
        """Take in one observation that counts ``weight`` times."""
        row = self._require(hotkey)
        inverse, direction = self._inverse[row], features.astype(np.float32)
        inverse /= self._discount
        reach = inverse @ direction
        inverse -= np.outer(reach, reach) * np.float32(weight / (1.0 + weight * float(direction @ reach)))
        self._moment[row] = self._discount * self._moment[row] + weight * value * features
        self._counts[row] += 1
        if self._counts[row] % _REFRESH_EVERY == 0:
            self._reshape(row, 1.0, self._ridge * (1.0 - self._discount**_REFRESH_EVERY))
        self._solve(row)

    def weaken(self, hotkey: str, kept: float) -> None:
        """Keep a share of the confidence; predictions shrink towards zero only where little was known."""
        if hotkey in self._rows:
            row = self._rows[hotkey]
            self._reshape(row, kept, self._ridge * (1.0 - kept))
            self._moment[row] *= kept
            self._solve(row)

    def forget(self, hotkey: str) -> None:
        """Drop a hotkey; the last row takes its place."""
        if hotkey not in self._rows:
            return
        row, last = self._rows.pop(hotkey), len(self._rows)
        if row != last:
            self._rows[next(key for key, place in self._rows.items() if place == last)] = row
            for array in (self._inverse, self._moment, self._theta, self._counts):
                array[row] = array[last]
        self._asked = None

    def state(self) -> Arrays:
        """Everything that ``restore`` needs, rows in the order of ``hotkeys``."""
        used = len(self._rows)
        return {"inverse": self._inverse[:used], "moment": self._moment[:used], "counts": self._counts[:used]}

    def restore(self, hotkeys: Sequence[str], state: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over a saved state.

        Raises: ValueError when it does not fit the dimension or the hotkeys.
        """
        rows, dimension = len(hotkeys), self.dimension
        if state["inverse"].shape != (rows, dimension, dimension) or state["moment"].shape != (rows, dimension):
            raise ValueError(f"a state of shape {state['inverse'].shape} for {rows} hotkeys, dimension {dimension}")
        self._rows = {hotkey: row for row, hotkey in enumerate(hotkeys)}
        self._asked = None
        self._inverse = state["inverse"].astype(np.float32)
        self._moment = state["moment"].astype(np.float64)
        self._counts = state["counts"].astype(np.int64)
        self._theta = np.zeros((rows, dimension))
        for row in range(rows):
            self._solve(row)

    def _find(self, hotkeys: Sequence[str]) -> NDArray[np.int64]:
        """Row of each hotkey, -1 for an unknown one; the last answer is kept, candidates seldom change."""
        asked = tuple(hotkeys)
        if self._asked is None or self._asked[0] != asked:
            rows = [self._rows.get(hotkey, -1) for hotkey in asked]
            self._asked = asked, np.array(rows, dtype=np.int64)
        return self._asked[1]

    def _require(self, hotkey: str) -> int:
        """Row of a hotkey; a new one gets a blank row."""
        if hotkey not in self._rows:
            self._add(hotkey)
            self._asked = None
        return self._rows[hotkey]

    def _add(self, hotkey: str) -> None:
        row = len(self._rows)
        if row == len(self._counts):
            self._inverse, self._moment = _longer(self._inverse), _longer(self._moment)
            self._theta, self._counts = _longer(self._theta), _longer(self._counts)
        self._rows[hotkey] = row
        self._inverse[row] = np.eye(self.dimension, dtype=np.float32) / self._ridge
        self._moment[row] = self._theta[row] = 0
        self._counts[row] = 0

    def _reshape(self, row: int, kept: float, ridge: float) -> None:
        """Scale the design matrix of a row and add to its ridge."""
        design = np.linalg.inv(self._inverse[row].astype(np.float64)) * kept + ridge * np.eye(self.dimension)
        inverse = np.linalg.inv((design + design.T) / 2)
        self._inverse[row] = ((inverse + inverse.T) / 2).astype(np.float32)

    def _solve(self, row: int) -> None:
        self._theta[row] = self._inverse[row] @ self._moment[row]


def _longer(array: NDArray[T]) -> NDArray[T]:
    """The array with room for twice the rows."""
    return np.concatenate([array, np.zeros((max(8, len(array)), *array.shape[1:]), dtype=array.dtype)])

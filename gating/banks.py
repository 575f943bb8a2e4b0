"""Other ways to foretell gains, behind the same router: nearest neighbours, factors, a dense gate, chance.

They exist to be compared with the ridge regressions. None knows its own doubt, so a router over them explores by its
warm start and at random only.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gating.router import BuildBank, RouterSettings

Vector = NDArray[np.float64]
Arrays = dict[str, NDArray[np.generic]]

_MEMORY = 256
_SHARPNESS = 12.0
_FACTORS = 8
_STEP = 0.3


class PlainBank:
    """What all of these share: one array of numbers and a count of observations for each hotkey."""

    def __init__(self, dimension: int, width: int) -> None:
        self.dimension = dimension
        self._width = width
        self._numbers: dict[str, Vector] = {}
        self._counts: dict[str, int] = {}

    @property
    def hotkeys(self) -> tuple[str, ...]:
        return tuple(self._numbers)

    def count(self, hotkey: str) -> int:
        """Number of observations of a hotkey."""
        return self._counts.get(hotkey, 0)

    def counts(self, hotkeys: Sequence[str]) -> NDArray[np.int64]:
        """Number of observations of each hotkey."""
        return np.array([self.count(hotkey) for hotkey in hotkeys], dtype=np.int64)

    def deviation(self, hotkeys: Sequence[str], features: Vector) -> Vector:
        """Nothing is known of doubt."""
        return np.zeros(len(hotkeys))

    def largest_deviation(self, features: Vector) -> float:
        """Nothing is known of doubt."""
        return 0.0

    def weaken(self, hotkey: str, kept: float) -> None:
        """Confidence is not kept, so there is none to lose."""

    def forget(self, hotkey: str) -> None:
        """Drop a hotkey."""
        self._numbers.pop(hotkey, None)
        self._counts.pop(hotkey, None)

    def state(self) -> Arrays:
        """Everything that ``restore`` needs, rows in the order of ``hotkeys``."""
        numbers = np.array([self._numbers[key] for key in self.hotkeys]).reshape(len(self._numbers), self._width)
        return {"numbers": numbers, "counts": self.counts(self.hotkeys)}

    def restore(self, hotkeys: Sequence[str], state: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over a saved state.

        Raises: ValueError when it does not fit.
        """
        if state["numbers"].shape != (len(hotkeys), self._width):
            raise ValueError(f"a state of shape {state['numbers'].shape} for {len(hotkeys)} hotkeys")
        self._numbers = {key: row.astype(np.float64) for key, row in zip(hotkeys, state["numbers"], strict=True)}
        self._counts = dict(zip(hotkeys, state["counts"].astype(np.int64).tolist(), strict=True))

    def _of(self, hotkey: str) -> Vector:
        """Numbers of a hotkey; a new one gets blank ones and is counted."""
        self._counts[hotkey] = self._counts.get(hotkey, 0) + 1
        return self._numbers.setdefault(hotkey, self._blank(len(self._numbers)))

    def _blank(self, place: int) -> Vector:
        return np.zeros(self._width)


class ChanceBank(PlainBank):
    """Foretells anything: the floor that every router must beat."""

    def __init__(self, settings: RouterSettings) -> None:
        super().__init__(settings.dimension, 1)
        self._random = np.random.default_rng(settings.seed)

    def predict(self, hotkeys: Sequence[str], features: Vector) -> Vector:
        """Random numbers."""
        return self._random.random(len(hotkeys))

    def learn(self, hotkey: str, features: Vector, value: float, weight: float = 1.0) -> None:
        """Only count."""
        self._of(hotkey)


class GradientBank(PlainBank):
    """A dense gate: one linear layer over the features, trained by gradient steps on what was observed."""

    def __init__(self, settings: RouterSettings) -> None:
        super().__init__(settings.dimension, settings.dimension)

    def predict(self, hotkeys: Sequence[str], features: Vector) -> Vector:
        """Output of the layer; zero for unknown hotkeys."""
        blank = np.zeros(self._width)
        return np.array([self._numbers.get(hotkey, blank) @ features for hotkey in hotkeys])

    def learn(self, hotkey: str, features: Vector, value: float, weight: float = 1.0) -> None:
        """One step."""
        layer = self._of(hotkey)
        layer += _STEP * min(weight, 1.0 / _STEP) * (value - float(layer @ features)) * features


class NearestBank(PlainBank):
    """Mean of the newest observations, near texts counting most."""

    def __init__(self, settings: RouterSettings) -> None:
        super().__init__(settings.dimension, _MEMORY * (settings.dimension + 1))

    def predict(self, hotkeys: Sequence[str], features: Vector) -> Vector:
        """Weighted mean of what was observed near by; zero for unknown hotkeys."""
        return np.array([self._mean(hotkey, features) for hotkey in hotkeys])

    def _mean(self, hotkey: str, features: Vector) -> float:
        if hotkey not in self._numbers:
            return 0.0
        seen = self._numbers[hotkey].reshape(_MEMORY, -1)[: self.count(hotkey)]
        nearness = np.exp(_SHARPNESS * (seen[:, :-1] @ features - 1.0))
        return float(nearness @ seen[:, -1] / nearness.sum())

    def learn(self, hotkey: str, features: Vector, value: float, weight: float = 1.0) -> None:
        """Remember; the oldest is forgotten."""
        place = self.count(hotkey) % _MEMORY
        self._of(hotkey).reshape(_MEMORY, -1)[place] = [*features, value]


class FactorBank(PlainBank):
    """Matrix factorisation: few factors of a hotkey times as many of a text, learnt together by gradient steps."""

    def __init__(self, settings: RouterSettings) -> None:
        super().__init__(settings.dimension, _FACTORS + 1)
        random = np.random.default_rng(settings.seed)
        self._text = random.normal(0.0, 1.0, (_FACTORS, settings.dimension))
        self._random = random

    def predict(self, hotkeys: Sequence[str], features: Vector) -> Vector:
        """Product of factors and the hotkey's bias; zero for unknown hotkeys."""
        factors, blank = np.append(self._text @ features, 1.0), np.zeros(self._width)
        return np.array([self._numbers.get(hotkey, blank) @ factors for hotkey in hotkeys])

    def learn(self, hotkey: str, features: Vector, value: float, weight: float = 1.0) -> None:
        """One step for both sides."""
        own, factors = self._of(hotkey), np.append(self._text @ features, 1.0)
        error = _STEP / 3.0 * min(weight, 1.0) * float(np.clip(value - own @ factors, -2.0, 2.0))
        self._text += error * np.outer(own[:-1], features)
        own += error * factors

    def state(self) -> Arrays:
        """Both sides."""
        return {**super().state(), "text": self._text}

    def restore(self, hotkeys: Sequence[str], state: Mapping[str, NDArray[np.generic]]) -> None:
        """Both sides. Raises: ValueError when they do not fit."""
        super().restore(hotkeys, state)
        self._text = state["text"].astype(np.float64)

    def _blank(self, place: int) -> Vector:
        return self._random.normal(0.0, 0.1, self._width)


RIVALS: Mapping[str, BuildBank] = {
    "dense gate": GradientBank,
    "nearest neighbours": NearestBank,
    "matrix factorisation": FactorBank,
    "chance": ChanceBank,
}

"""Means over seeds with 95 % intervals."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
_NORMAL = 1.960


@dataclass(frozen=True)
class Figure:
    """A measured number: its mean over seeds and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float

    def encode(self) -> dict[str, float]:
        """As in the last line of a benchmark."""
        return {name: round(value, 6) for name, value in vars(self).items()}


def summarise(values: Sequence[float]) -> Figure:
    """Mean and Student's interval; a single value has an interval of its own width, zero."""
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return Figure(mean, mean, mean)
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    freedom = len(values) - 1
    quantile = _STUDENT[freedom - 1] if freedom <= len(_STUDENT) else _NORMAL
    half = quantile * math.sqrt(variance / len(values))
    return Figure(mean, mean - half, mean + half)


def summarise_all(trials: Iterable[Mapping[str, float]]) -> dict[str, Figure]:
    """A figure for each name that the trials share."""
    found = list(trials)
    return {name: summarise([trial[name] for trial in found]) for name in found[0]}

"""Evaluations over time; each point pools the last few, because windows differ in how hard they are."""

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

POOLED = 4
POINTS = 240

Json = dict[str, Any]


class Trend:
    """The newest points, each pooled over the evaluations before it."""

    def __init__(self, evaluations: Iterable[Json] = ()) -> None:
        self._recent: deque[Json] = deque(maxlen=POOLED)
        self._points: deque[Json] = deque(maxlen=POINTS)
        for evaluation in evaluations:
            self.add(evaluation)

    @property
    def points(self) -> list[Json]:
        """Block, epoch, time and the three figures of each point, oldest first."""
        return list(self._points)

    @property
    def newest(self) -> Json | None:
        """The three figures of the last point."""
        names = ("mixture", "best_single", "anchor")
        return {name: self._points[-1][name] for name in names} if self._points else None

    def add(self, evaluation: Json) -> None:
        """Take in one evaluation: its figures, those of each miner, and its bytes."""
        self._recent.append(evaluation)
        place = {name: evaluation.get(name) for name in ("block", "epoch", "time")}
        self._points.append({**place, **pool(list(self._recent))})


def pool(evaluations: Sequence[Mapping[str, Any]]) -> Json:
    """Bits per byte over several evaluations; the best single miner is one that answered in all of them."""
    miners = set.intersection(*(set(evaluation["per_miner"]) for evaluation in evaluations))
    singles = [_mean(evaluations, [evaluation["per_miner"][miner] for evaluation in evaluations]) for miner in miners]
    return {
        "mixture": _mean(evaluations, [evaluation["mixture"] for evaluation in evaluations]),
        "best_single": min(singles, default=None),
        "anchor": _mean(evaluations, [evaluation["anchor"] for evaluation in evaluations]),
    }


def _mean(evaluations: Sequence[Mapping[str, Any]], values: Sequence[float]) -> float:
    sizes = [evaluation["bytes"] for evaluation in evaluations]
    return math.fsum(size * value for size, value in zip(sizes, values, strict=True)) / math.fsum(sizes)

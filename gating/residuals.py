"""Miners that do well with one validator only: the difference between what it saw of them and what all others saw.

Gains are compared within strata (a domain in an epoch, say), so that validators may care for different things and
miners may learn. Texts of a stratum may come from one document and resemble each other, so the error is that of the
strata among each other wherever it is larger. A validator whose texts are easier for everybody is compared after that
is taken off; and where all differ more than their texts explain, the measure widens for all (Efron 2004).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from statistics import NormalDist, median

FEWEST_TEXTS, FEWEST_STRATA = 12, 4
"""What each side needs, over all strata that both know."""
FALSE_ALARMS = 0.01
"""Chance of any false alarm at one look over all pairs, were every difference normal."""
LEAST_GAIN = 0.1
"""Differences below this, in nats per token, are not worth an alarm."""
_MAD_TO_DEVIATION = 1.4826
_NORMAL = NormalDist()
_FAR = 3.0
"""Where quantiles are compared, in errors."""


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> "Moments":
        """With one more value. Source: Welford 1962."""
        count, step = self.count + 1, value - self.mean
        mean = self.mean + step / count
        return Moments(count, mean, self.squares + step * (value - mean))

    def join(self, other: "Moments") -> "Moments":
        """Of both together. Source: Chan 1979."""
        count = self.count + other.count
        if count == 0:
            return self
        step = other.mean - self.mean
        mean = self.mean + step * other.count / count
        return Moments(count, mean, self.squares + other.squares + step * step * self.count * other.count / count)


Strata = Mapping[str, Moments]
"""Gains over the anchor, nats per token, by what was asked and when."""
Table = Mapping[str, Mapping[str, Strata]]
"""What each validator saw of each miner."""


@dataclass(frozen=True)
class Residual:
    """How much better a miner does with a validator than with all others, nats per token, with its interval.

    The interval covers all pairs at once; ``z`` is in standard errors, widened like the interval.
    """

    validator: str
    miner: str
    difference: float
    low: float
    high: float
    z: float
    alarming: bool = field(default=False)


def find_residuals(table: Table) -> list[Residual]:
    """A residual for every validator and miner that can be compared, the most telling first."""
    raw = {pair: found for pair in _pairs(table) if (found := _compare(table, *pair)) is not None}
    if not raw:
        return []
    raw = _centre(raw)
    scale = _spread([difference / error for difference, error in raw.values()])
    reach = _NORMAL.inv_cdf(1.0 - FALSE_ALARMS / (2 * len(raw)))
    judged = [_judge(pair, difference, error * scale, reach) for pair, (difference, error) in raw.items()]
    return sorted(judged, key=lambda one: (-one.z, one.validator, one.miner))


def find_alarms(table: Table) -> list[Residual]:
    """The pairs that chance does not explain: miners that do well with one validator only."""
    return [residual for residual in find_residuals(table) if residual.alarming]


def _pairs(table: Table) -> Iterable[tuple[str, str]]:
    return ((validator, miner) for validator in sorted(table) for miner in sorted(table[validator]))


def _compare(table: Table, validator: str, miner: str) -> tuple[float, float] | None:
    """Difference and standard error over the strata that both sides know; None where these are too few."""
    others = [row[miner] for name, row in sorted(table.items()) if name != validator and miner in row]
    mine, theirs = [], []
    for stratum, own in sorted(table[validator][miner].items()):
        other = reduce(Moments.join, (one[stratum] for one in others if stratum in one), Moments())
        if own.count and other.count:
            mine.append(own)
            theirs.append(other)
    spreads = _variance(mine), _variance(theirs)
    if None in spreads or len(mine) < FEWEST_STRATA or min(_count(mine), _count(theirs)) < FEWEST_TEXTS:
        return None
    doubts = [
        math.fsum((spread or 0.0) / cell.count for spread, cell in zip(spreads, pair, strict=True))
        for pair in zip(mine, theirs, strict=True)
    ]
    if not min(doubts) > 0.0:
        return None
    return _weigh([own.mean - other.mean for own, other in zip(mine, theirs, strict=True)], doubts)


def _weigh(differences: Sequence[float], doubts: Sequence[float]) -> tuple[float, float]:
    """Mean of differences by their variances, and its error: what these say or what the differences show, if larger.

    The error is widened for few differences, as Student's quantiles beyond three errors are.
    """
    whole, count = math.fsum(1.0 / doubt for doubt in doubts), len(doubts)
    mean = math.fsum(one / doubt for one, doubt in zip(differences, doubts, strict=True)) / whole
    scatter = math.fsum(((one - mean) / doubt) ** 2 for one, doubt in zip(differences, doubts, strict=True))
    shown = math.sqrt(scatter * count / (count - 1)) / whole
    widened = 1.0 + (_FAR**2 + 1.0) / (4.0 * (count - 1))
    return mean, max(math.sqrt(1.0 / whole), shown * widened)


def _count(cells: Sequence[Moments]) -> int:
    return sum(cell.count for cell in cells)


def _variance(cells: Sequence[Moments]) -> float | None:
    """Variance of a text within its stratum; None where no stratum has two."""
    freedom = sum(cell.count - 1 for cell in cells)
    return math.fsum(cell.squares for cell in cells) / freedom if freedom > 0 else None


def _centre(raw: Mapping[tuple[str, str], tuple[float, float]]) -> dict[tuple[str, str], tuple[float, float]]:
    """Without what holds for all miners of a validator; two alone cannot tell who is the odd one."""
    rows: dict[str, list[float]] = {}
    for (validator, _), (difference, _) in raw.items():
        rows.setdefault(validator, []).append(difference)
    middle = {validator: median(row) if len(row) > 2 else 0.0 for validator, row in rows.items()}
    return {pair: (difference - middle[pair[0]], error) for pair, (difference, error) in raw.items()}


def _spread(scores: Sequence[float]) -> float:
    """How much wider than chance most differences are, at least one; a few odd ones do not move it."""
    middle = median(scores)
    return max(1.0, _MAD_TO_DEVIATION * median(abs(score - middle) for score in scores))


def _judge(pair: tuple[str, str], difference: float, error: float, reach: float) -> Residual:
    low, high = difference - reach * error, difference + reach * error
    return Residual(*pair, difference, low, high, difference / error, low > 0.0 and difference > LEAST_GAIN)

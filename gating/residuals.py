"""Miners that do well with one validator only: the difference between what it saw of them and what all others saw.

Gains are compared within a domain, so that validators may care for different things; a validator whose texts are
easier for everybody is compared after that is taken off; and where all differ more than their texts explain, the
measure widens for all (the empirical null of Efron 2004).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist, median

FEWEST_TEXTS = 4
FALSE_ALARMS = 0.01
"""Chance of any false alarm at one look over all pairs, were every difference normal."""
LEAST_GAIN = 0.1
"""Differences below this, in nats per token, are not worth an alarm."""
_MAD_TO_DEVIATION = 1.4826
_NORMAL = NormalDist()


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

    @property
    def doubt(self) -> float:
        """Variance of the mean."""
        return self.squares / max(1, self.count - 1) / max(1, self.count)


Domains = Mapping[str, Moments]
"""Gains over the anchor, nats per token, by domain."""
Table = Mapping[str, Mapping[str, Domains]]
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
    """Difference and standard error over the domains that both sides know; None where there are none."""
    others = [row[miner] for name, row in sorted(table.items()) if name != validator and miner in row]
    parts = []
    for domain, mine in sorted(table[validator][miner].items()):
        theirs = Moments()
        for other in others:
            theirs = theirs.join(other.get(domain, Moments()))
        if min(mine.count, theirs.count) >= FEWEST_TEXTS and (doubt := mine.doubt + theirs.doubt) > 0:
            parts.append((mine.mean - theirs.mean, doubt))
    if not parts:
        return None
    whole = math.fsum(1.0 / doubt for _, doubt in parts)
    return math.fsum(difference / doubt for difference, doubt in parts) / whole, math.sqrt(1.0 / whole)


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

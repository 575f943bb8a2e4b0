"""Several validators' estimates of what a miner is worth, so that no liar among them does harm.

What a validator has seen itself comes first: others move its estimate in proportion to their stake, and none further
than its own doubt reaches. Where it has seen nothing, it believes of a miner what more than half of all stake says at
least, so a liar with less than half cannot raise anybody.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REACH = 2.0
"""How far others may move an estimate, in its standard errors."""


@dataclass(frozen=True)
class Estimate:
    """What a miner is worth, nats per audited text, and the standard error of that."""

    mean: float
    error: float


@dataclass(frozen=True)
class Report:
    """What one validator found out about miners, by hotkey; ``stake`` in rao."""

    validator: str
    stake: int
    estimates: Mapping[str, Estimate]


@dataclass(frozen=True)
class Electorate:
    """Our own stake and that of all validators together, in rao."""

    own: int
    whole: int


def pool(own: Estimate | None, told: Sequence[tuple[int, Estimate]], electorate: Electorate) -> Estimate | None:
    """One estimate of a miner from our own and those of others, as (stake, estimate); None where nothing is known."""
    if own is None:
        return _believe(told, electorate.whole)
    return _adjust(own, told, electorate.own)


def pool_all(own: Mapping[str, Estimate], reports: Sequence[Report], electorate: Electorate) -> dict[str, Estimate]:
    """Estimates of all miners that anybody knows, in the order of their names."""
    ordered = sorted(reports, key=lambda report: report.validator)
    names = sorted({*own, *(name for report in ordered for name in report.estimates)})
    found = {
        name: pool(
            own.get(name), [(one.stake, one.estimates[name]) for one in ordered if name in one.estimates], electorate
        )
        for name in names
    }
    return {name: estimate for name, estimate in found.items() if estimate is not None}


def _adjust(own: Estimate, told: Sequence[tuple[int, Estimate]], stake: int) -> Estimate:
    """The mean by stake; who is less certain than we are counts less, who is far off counts as far as we doubt."""
    reach = REACH * own.error
    parts = [(float(stake), own.mean, own.error)]
    for other, claim in told:
        mean = min(own.mean + reach, max(own.mean - reach, claim.mean))
        error = max(own.error, claim.error)
        certainty = (own.error / error) ** 2 if error > 0 else 1.0
        parts.append((other * certainty, mean, error))
    whole = math.fsum(weight for weight, _, _ in parts)
    if not whole > 0:
        return own
    mean = math.fsum(weight * mean for weight, mean, _ in parts) / whole
    error = math.sqrt(math.fsum((weight * error) ** 2 for weight, _, error in parts)) / whole
    return Estimate(mean, min(own.error, error))


def _believe(told: Sequence[tuple[int, Estimate]], whole: int) -> Estimate | None:
    """The largest claim that more than half of all stake supports; silence supports nothing."""
    support = 0
    for stake, claim in sorted(told, key=lambda entry: (-entry[1].mean, -entry[1].error)):
        support += stake
        if 2 * support > whole:
            return claim
    return None

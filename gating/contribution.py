"""What each expert is paid for one audited text.

Recomputable to the bit from logged log-probabilities and gate weights, see ``coalitions``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gating.arithmetic import sum_rows
from gating.coalitions import Array, bounded, relative_probabilities
from gating.permutations import share_out
from gating.served import served_weights

Group = tuple[int, ...]

OWN_GAIN_SHARE = 0.25
_GAIN_BOUND = 6.0


@dataclass(frozen=True)
class Contribution:
    """What the experts of one text earned there, nats per token, in the order of the input rows.

    ``paid`` combines marginal value and own gain. ``value`` is the gain over the anchor of the mixture
    that is served on given text; the marginal values sum to it.
    """

    paid: tuple[float, ...]
    marginal: tuple[float, ...]
    own_gain: tuple[float, ...]
    value: float


def own_gains(logprobs: Array) -> tuple[float, ...]:
    """Each expert's mean log-score over the anchor's, bounded; tokens without an answer count as zero."""
    relative = np.where(np.isnan(logprobs[1:]), 0.0, bounded(logprobs[1:]) - bounded(logprobs[:1]))
    means = [math.fsum(row) / logprobs.shape[1] for row in relative.tolist()]
    return tuple(min(_GAIN_BOUND, max(-_GAIN_BOUND, mean)) for mean in means)


def contribution(
    logprobs: Array, prior: Array, groups: Sequence[Group] | None = None, own_share: float = OWN_GAIN_SHARE
) -> Contribution:
    """Marginal value and own gain of every expert on one text.

    ``logprobs`` is [n + 1, T] with the anchor first and NaN where an expert was absent; ``prior`` is [n + 1],
    the gate's weights. ``groups`` lists experts (0 is the first after the anchor) that count as one player,
    each group in order of priority. The own gain is weighed by the prior, which was fixed before the
    answers: it stays a proper score, and it judges a specialist where the gate would let it speak. Of a group only
    the first has one. ``own_share`` is the part of the pay that is for own gain.

    Raises: ValueError when shapes or groups do not fit, or the anchor is absent.
    """
    if prior.shape != logprobs.shape[:1]:
        raise ValueError(f"log-probabilities {logprobs.shape} and weights {prior.shape} do not fit together")
    groups = groups or tuple((expert,) for expert in range(len(logprobs) - 1))
    marginal, value = _priority_shapley(relative_probabilities(logprobs), prior.tolist(), groups)
    gains = own_gains(logprobs)
    paid = tuple(
        (1.0 - own_share) * added + own_share * share * gain
        for added, share, gain in zip(marginal, _leading_shares(prior.tolist(), groups), gains, strict=True)
    )
    return Contribution(paid, marginal, gains, value)


def _leading_shares(prior: Sequence[float], groups: Sequence[Group]) -> list[float]:
    """Share of the mixture that the first of each group would have if there were no others; zero for the others."""
    heaviest = [max(prior[member + 1] for member in group) for group in groups]
    total = math.fsum([prior[0], *heaviest])
    shares = [0.0] * (len(prior) - 1)
    for group, weight in zip(groups, heaviest, strict=True):
        shares[group[0]] = weight / total
    return shares


def _priority_shapley(
    relative: Array, prior: Sequence[float], groups: Sequence[Group]
) -> tuple[tuple[float, ...], float]:
    """Marginal value of every expert when groups are single players, and the value of all together.

    A group weighs as its heaviest member and answers with the mean of its members, so copies add
    nothing. Members enter their group in order of priority; what an entry adds to the group's Shapley
    value, the other groups being complete, is its own.
    """
    if sorted(member for group in groups for member in group) != list(range(len(relative) - 1)):
        raise ValueError(f"groups {groups} must hold each of {len(relative) - 1} experts once")
    rows = np.stack([relative[0], *(_answer(relative, prior, group) for group in groups)])
    heaviest = [prior[0], *(max(prior[member + 1] for member in group) for group in groups)]
    weights = served_weights(rows, heaviest)
    whole = share_out(rows, weights)
    earned = [0.0] * (len(relative) - 1)
    for place, group in enumerate(groups):
        before = 0.0
        for size in range(1, len(group) + 1):
            after = whole.parts[place]
            if size < len(group):
                part = rows.copy()
                part[place + 1] = _answer(relative, prior, group[:size])
                after = share_out(part, weights).parts[place]
            earned[group[size - 1]] = after - before
            before = after
    return tuple(earned), whole.value


def _answer(relative: Array, prior: Sequence[float], members: Group) -> Array:
    """What a group says of each token, [T]: the mean of those who answered, by their weights; NaN if nobody did."""
    rows: Array = relative[[member + 1 for member in members]]
    if len(rows) == 1:
        only: Array = rows[0]
        return only
    weights = np.array([[prior[member + 1]] for member in members])
    present = np.where(np.isnan(rows), 0.0, weights)
    total = sum_rows(present)
    said = sum_rows(present * np.where(np.isnan(rows), 0.0, rows))
    mean: Array = np.where(total > 0, said / np.where(total > 0, total, 1.0), np.nan)
    return mean


@dataclass(frozen=True)
class Identity:
    """What is publicly known of who stands behind a hotkey; ``first_block`` is when it registered."""

    coldkey: str
    commitment: str | None
    first_block: int


def group_identities(hotkeys: Sequence[str], identities: Mapping[str, Identity]) -> tuple[Group, ...]:
    """Positions of ``hotkeys`` joined where coldkey or model commitment agree; earliest block first in each group."""
    groups: list[list[int]] = []
    for position, hotkey in enumerate(hotkeys):
        joined = [group for group in groups if any(_same(hotkey, hotkeys[other], identities) for other in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([member for group in joined for member in group] + [position])

    def priority(position: int) -> tuple[int, str]:
        known = identities.get(hotkeys[position])
        return (known.first_block if known else 2**63, hotkeys[position])

    return tuple(sorted(tuple(sorted(group, key=priority)) for group in groups))


def _same(hotkey: str, other: str, identities: Mapping[str, Identity]) -> bool:
    one, two = identities.get(hotkey), identities.get(other)
    if one is None or two is None:
        return False
    return one.coldkey == two.coldkey or (one.commitment is not None and one.commitment == two.commitment)

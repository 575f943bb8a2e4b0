"""What each expert adds to the mixture on one audited text: the basis of all pay.

Everything is recomputable to the bit from logged log-probabilities and gate weights: fixed order, no
BLAS, no library logarithms. Shapes: n experts, n + 1 rows with the anchor as row 0, T tokens. NaN marks
a token for which an expert gave no answer: it is absent from the mixture of that token.
"""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gating.arithmetic import exact_exp, log_of_product, sum_rows

Array = NDArray[np.float64]
Group = tuple[int, ...]

MOST_EXPERTS = 10
OWN_GAIN_SHARE = 0.25
_GAIN_BOUND = 6.0
_LEAST_LOGPROB = -60.0


@dataclass(frozen=True)
class Contribution:
    """What the experts of one text earned there, nats per token, in the order of the input rows.

    ``paid`` combines marginal value and own gain. ``value`` is the mixture's gain over the anchor; the
    marginal values sum to it.
    """

    paid: tuple[float, ...]
    marginal: tuple[float, ...]
    own_gain: tuple[float, ...]
    value: float


def own_gains(logprobs: Array) -> tuple[float, ...]:
    """Each expert's mean log-score over the anchor's, bounded; tokens without an answer count as zero."""
    relative = np.where(np.isnan(logprobs[1:]), 0.0, _bounded(logprobs[1:]) - _bounded(logprobs[:1]))
    totals = sum_rows(np.ascontiguousarray(relative.T))
    return tuple(min(_GAIN_BOUND, max(-_GAIN_BOUND, float(total) / logprobs.shape[1])) for total in totals)


def coalition_values(logprobs: Array, weights: Array) -> Array:
    """Gain over the anchor of every coalition with the anchor, nats per token, [2**n] by bit mask.

    ``weights`` is [n + 1] or [n + 1, T] and is renormalised over each coalition.
    """
    shares = np.broadcast_to(weights.reshape(len(weights), -1), logprobs.shape)
    return _values(*_masses(logprobs, shares))


def shapley(logprobs: Array, weights: Array) -> tuple[float, ...]:
    """Exact Shapley value of each expert in the game of ``coalition_values``, nats per token.

    Raises: ValueError above ``MOST_EXPERTS`` experts.
    """
    return _shapley_of(coalition_values(logprobs, weights))


def contribution(logprobs: Array, weights: Array, groups: Sequence[Group] | None = None) -> Contribution:
    """Marginal value and own gain of every expert on one text.

    ``groups`` lists experts (0 is the first after the anchor) that count as one player, each group in
    order of priority: the first member earns what the group is worth with it alone, later ones what
    they add. The own gain is weighed by the gate's prior weight, which was fixed before the answers: it
    stays a proper score, and it judges a specialist where the gate would let it speak.
    """
    shares = np.broadcast_to(weights.reshape(len(weights), -1), logprobs.shape)
    groups = groups or tuple((expert,) for expert in range(len(logprobs) - 1))
    marginal, value = _priority_shapley(logprobs, shares, groups)
    gains = own_gains(logprobs)
    trust = [float(share) for share in (shares[:, 0] / math.fsum(shares[:, 0]))[1:]]
    paid = tuple(
        (1.0 - OWN_GAIN_SHARE) * added + OWN_GAIN_SHARE * share * gain
        for added, share, gain in zip(marginal, trust, gains, strict=True)
    )
    return Contribution(paid, marginal, gains, value)


def _bounded(logprobs: Array) -> Array:
    return np.clip(logprobs, _LEAST_LOGPROB, 0.0)


def _masses(logprobs: Array, shares: Array) -> tuple[Array, Array]:
    """Weight times probability, relative to the anchor's, and weight of each row where it answered.

    The second is [n + 1, 1] when it is the same for all tokens.
    """
    if logprobs.ndim != 2 or shares.shape != logprobs.shape:
        raise ValueError(f"log-probabilities {logprobs.shape} and weights {shares.shape} do not fit together")
    if np.isnan(logprobs[0]).any():
        raise ValueError("the anchor must answer every token")
    answered = ~np.isnan(logprobs)
    present = np.where(answered, shares, 0.0)
    relative = exact_exp(np.where(answered, _bounded(logprobs) - _bounded(logprobs[:1]), -np.inf))
    joint = present * relative
    return joint, present[:, :1] if np.array_equal(present, np.broadcast_to(present[:, :1], present.shape)) else present


def _values(joint: Array, present: Array) -> Array:
    players = len(joint) - 1
    if players > MOST_EXPERTS:
        raise ValueError(f"{players} experts on one text, at most {MOST_EXPERTS} can be valued exactly")
    result: Array = log_of_product(_subset_sums(joint) / _subset_sums(present)) / joint.shape[1]
    return result


def _subset_sums(rows: Array) -> Array:
    """Sum of the first row and each subset of the others, [T, 2**n]; bit i of the column is row i + 1."""
    tokens = rows.shape[1]
    sums = np.empty((tokens, 1 << (len(rows) - 1)))
    sums[:, 0] = rows[0]
    for player, row in enumerate(rows[1:]):
        half = 1 << player
        np.add(sums[:, :half], row[:, None], out=sums[:, half : 2 * half])
    return sums


def _shapley_of(values: Array) -> tuple[float, ...]:
    players = len(values).bit_length() - 1
    without, shares = _orderings(players)
    joined = without | (1 << np.arange(players))[:, None]
    gains = (values[joined] - values[without]) * shares
    return tuple(math.fsum(row) for row in gains.tolist())


@functools.cache
def _orderings(players: int) -> tuple[NDArray[np.int64], Array]:
    """For each player the coalitions without it, and the share of orderings in which it joins each; [n, 2**(n-1)]."""
    masks = np.arange(1 << players)
    without = np.array([masks[(masks >> player) & 1 == 0] for player in range(players)])
    sizes = [[int(mask).bit_count() for mask in row] for row in without]
    shares = [[1.0 / (players * math.comb(players - 1, size)) for size in row] for row in sizes]
    return without.reshape(players, -1), np.array(shares).reshape(players, -1)


def _priority_shapley(logprobs: Array, shares: Array, groups: Sequence[Group]) -> tuple[tuple[float, ...], float]:
    """Marginal value of every expert when groups are single players, and the value of all together.

    Each member enters its group in order of priority; what its entry adds to the group's Shapley value,
    the other groups being complete, is its own.
    """
    if sorted(member for group in groups for member in group) != list(range(len(logprobs) - 1)):
        raise ValueError(f"groups {groups} must hold each of {len(logprobs) - 1} experts once")
    joint, present = _masses(logprobs, shares)
    whole = [_player(joint, present, group) for group in groups]
    values = _values(*_game(joint, present, whole))
    complete = _shapley_of(values)
    earned = [0.0] * (len(logprobs) - 1)
    for place, group in enumerate(groups):
        before = 0.0
        for size in range(1, len(group) + 1):
            after = complete[place]
            if size < len(group):
                part = [*whole[:place], _player(joint, present, group[:size]), *whole[place + 1 :]]
                after = _shapley_of(_values(*_game(joint, present, part)))[place]
            earned[group[size - 1]] = after - before
            before = after
    return tuple(earned), float(values[-1])


def _player(joint: Array, present: Array, members: Group) -> tuple[Array, Array]:
    """A group as one expert: the mean of its answers with the largest of its weights, so that copies add nothing."""
    rows = [member + 1 for member in members]
    weight = present[rows].max(axis=0)
    total = sum_rows(present[rows])
    scale = np.where(total > 0, weight / np.where(total > 0, total, 1.0), 0.0)
    return sum_rows(joint[rows]) * scale, weight


def _game(joint: Array, present: Array, players: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    return np.stack([joint[0], *(p[0] for p in players)]), np.stack([present[0], *(p[1] for p in players)])


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

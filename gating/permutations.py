"""Fair shares for any number of experts: exact for few, sampled over orders of joining for many.

A round draws one order and takes all its rotations and their reverses: every expert joins at every place equally often
(strata), and early with late (antithetic). The shares of each order sum to the value of all, so do their means. The
draws follow from the answers themselves: whoever has the log arrives at the same bits.

Source: Castro, Gomez and Tejada 2009; stratified and antithetic as in Mitchell et al. 2022. Shapes: n experts, n + 1
rows with the anchor as row 0, T tokens.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gating.arithmetic import log_of_product
from gating.coalitions import MOST_EXPERTS, Array, coalition_values, shapley
from gating.objective import uniform_integers


@dataclass(frozen=True)
class Shares:
    """Each expert's part of the gain over the anchor, nats per token; ``errors`` are their standard errors.

    ``value`` is the gain of all together, to which the parts sum.
    """

    parts: tuple[float, ...]
    errors: tuple[float, ...]
    value: float


@dataclass(frozen=True)
class Effort:
    """Rounds of sampling: at least, at most, and the largest standard error, nats per token, that ends it earlier."""

    least: int = 8
    most: int = 64
    error: float = 0.001


def share_out(relative: Array, weights: Array, effort: Effort = Effort()) -> Shares:
    """Shapley values over the experts; exact up to ``MOST_EXPERTS``.

    ``relative`` is [n + 1, T], NaN where an expert is absent; ``weights`` is [n + 1, T], or [n + 1, 1] when they stay.
    """
    experts = len(relative) - 1
    if experts <= MOST_EXPERTS:
        values = coalition_values(relative, weights)
        return Shares(shapley(values), (0.0,) * experts, float(values[-1]))
    return sample_shares(relative, weights, effort)


def sample_shares(relative: Array, weights: Array, effort: Effort = Effort()) -> Shares:
    """Shapley values sampled until they are sure enough; shapes as in ``share_out``."""
    absent = np.isnan(relative)
    weights = np.where(absent, 0.0, np.broadcast_to(weights, relative.shape))
    mass = weights * np.where(absent, 0.0, relative)
    integers = uniform_integers(_seed(mass, weights))
    rounds: list[list[float]] = []
    while True:
        order = _shuffle(len(relative) - 1, integers)
        rounds.append(_join_in_turn(mass, weights, _turns(order)))
        parts, errors = _summarise(rounds)
        if len(rounds) >= effort.most or (len(rounds) >= effort.least and max(errors) <= effort.error):
            return Shares(parts, errors, math.fsum(parts))


def _seed(mass: Array, weights: Array) -> bytes:
    digest = hashlib.sha256(b"orders of joining")
    for rows in (mass, weights):
        digest.update(np.ascontiguousarray(rows, dtype="<f8").tobytes())
    return digest.digest()


def _shuffle(experts: int, integers: Iterator[int]) -> NDArray[np.int64]:
    """A uniform order. Source: Fisher and Yates."""
    order = list(range(experts))
    for place in range(experts - 1, 0, -1):
        other = next(integers) % (place + 1)
        order[place], order[other] = order[other], order[place]
    return np.array(order, dtype=np.int64)


def _turns(order: NDArray[np.int64]) -> NDArray[np.int64]:
    """All rotations of an order and their reverses, [2n, n]."""
    shifts = (np.arange(len(order))[:, None] + np.arange(len(order))) % len(order)
    forward = order[shifts]
    return np.concatenate([forward, forward[:, ::-1]])


def _join_in_turn(mass: Array, weights: Array, turns: NDArray[np.int64]) -> list[float]:
    """Mean over orders of what each expert adds when it joins."""
    count, experts = turns.shape
    masses = mass[0] + np.add.accumulate(mass[1:][turns], axis=1)
    totals = weights[0] + np.add.accumulate(weights[1:][turns], axis=1)
    ratios = (masses / totals).reshape(count * experts, -1)
    logarithms = log_of_product(ratios).reshape(count, experts) / mass.shape[1]
    gains = logarithms - np.concatenate([np.zeros((count, 1)), logarithms[:, :-1]], axis=1)
    by_expert = np.empty((experts, count))
    for row, (turn, added) in enumerate(zip(turns, gains, strict=True)):
        by_expert[turn, row] = added
    return [math.fsum(row) / count for row in by_expert.tolist()]


def _summarise(rounds: list[list[float]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard error of each expert over the rounds; infinite for a single round."""
    count = len(rounds)
    means = [math.fsum(column) / count for column in zip(*rounds, strict=True)]
    if count == 1:
        return tuple(means), (math.inf,) * len(means)
    squares = [
        math.fsum((value - mean) ** 2 for value in column)
        for column, mean in zip(zip(*rounds, strict=True), means, strict=True)
    ]
    return tuple(means), tuple(math.sqrt(total / (count - 1) / count) for total in squares)

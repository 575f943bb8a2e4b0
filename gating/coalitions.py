"""What every coalition of experts would have gained over the anchor, and each expert's fair share of it.

Everything is recomputable to the bit from logged log-probabilities and weights: fixed order, no BLAS,
no library logarithms. Shapes: n experts, n + 1 rows with the anchor as row 0, T tokens. NaN marks a
token for which an expert gave no answer: it is absent from the mixture of that token.
"""

import functools
import math
import operator
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gating.arithmetic import Product, exact_exp

Array = NDArray[np.float64]

MOST_EXPERTS = 10
SHARE_ALPHA = 0.02
_LEAST_LOGPROB = -60.0
_TOKENS_AT_ONCE = 64  # what fits a processor's cache


def bounded(logprobs: Array) -> Array:
    """Log-probabilities within what can be valued; NaN stays."""
    return np.clip(logprobs, _LEAST_LOGPROB, 0.0)


def relative_probabilities(logprobs: Array) -> Array:
    """Probability of each true token over the anchor's, [n + 1, T]; NaN where an expert is absent.

    Raises: ValueError when the anchor is absent anywhere.
    """
    if logprobs.ndim != 2 or np.isnan(logprobs[0]).any():
        raise ValueError("the anchor must answer every token")
    absent = np.isnan(logprobs)
    ratios = exact_exp(np.where(absent, 0.0, bounded(logprobs) - bounded(logprobs[:1])))
    return np.where(absent, np.nan, ratios)


def served_weights(relative: Array, prior: Sequence[float], alpha: float = SHARE_ALPHA) -> Array:
    """Weights of the mixture at each token of a given text, [n + 1, T]: fixed share from the gate's prior.

    The same rule as ``mixture.FixedShare``, in plain floating point so that anyone arrives at the same bits.
    """
    total = math.fsum(prior)
    weights = start = [weight / total for weight in prior]
    shared, kept = [alpha * weight for weight in start], 1.0 - alpha
    path = []
    whole = not np.isnan(relative).any()
    for ratios in relative.T.tolist():
        path.append(weights)
        if whole:
            masses = list(map(operator.mul, weights, ratios))
            scale = kept / math.fsum(masses)
            weights = [scale * mass + early for mass, early in zip(masses, shared, strict=True)]
        else:
            posterior = _posterior(weights, ratios)
            weights = [kept * late + early for late, early in zip(posterior, shared, strict=True)]
    return np.array(path).T


def _posterior(weights: Sequence[float], ratios: Sequence[float]) -> list[float]:
    """Weights after one token; an absent expert counts as the mixture of the others."""
    heard = [(weight, ratio) for weight, ratio in zip(weights, ratios, strict=True) if not math.isnan(ratio)]
    mixed = math.fsum([weight * ratio for weight, ratio in heard]) / math.fsum([weight for weight, _ in heard])
    masses = [
        weight if math.isnan(ratio) else weight * ratio / mixed for weight, ratio in zip(weights, ratios, strict=True)
    ]
    whole = math.fsum(masses)
    return [mass / whole for mass in masses]


def coalition_values(relative: Array, weights: Array) -> Array:
    """Gain over the anchor of every coalition with the anchor, nats per token, [2**n] by bit mask.

    ``weights`` is [n + 1, T], or [n + 1, 1] when they stay, and is renormalised over each coalition.

    Raises: ValueError above ``MOST_EXPERTS`` experts.
    """
    if len(relative) - 1 > MOST_EXPERTS:
        raise ValueError(f"{len(relative) - 1} experts on one text, at most {MOST_EXPERTS} can be valued exactly")
    absent = np.isnan(relative)
    if absent.any():
        weights = np.where(absent, 0.0, weights)
        relative = np.where(absent, 0.0, relative)
    weights = np.broadcast_to(weights, relative.shape)
    product = Product(1 << (len(relative) - 1))
    for first in range(0, relative.shape[1], _TOKENS_AT_ONCE):
        part = slice(first, first + _TOKENS_AT_ONCE)
        ratios = _subset_sums(weights[:, part] * relative[:, part])
        ratios /= _subset_sums(weights[:, part])
        product.take(ratios)
    values: Array = product.logarithm() / relative.shape[1]
    return values


def _subset_sums(rows: Array) -> Array:
    """Sum of the first row and each subset of the others, [2**n, T]; bit i of the place is row i + 1."""
    sums = np.empty((1 << (len(rows) - 1), rows.shape[1]))
    sums[0] = rows[0]
    for player, row in enumerate(rows[1:]):
        half = 1 << player
        np.add(sums[:half], row, out=sums[half : 2 * half])
    return sums


def shapley(values: Array) -> tuple[float, ...]:
    """Exact Shapley value of each player from the values of all coalitions, [2**n] by bit mask."""
    players = len(values).bit_length() - 1
    without, shares = _orderings(players)
    joined = without | (1 << np.arange(players))[:, None]
    gains = (values[joined] - values[without]) * shares
    return tuple(math.fsum(row) for row in gains.tolist())


@functools.cache
def _orderings(players: int) -> tuple[NDArray[np.int64], Array]:
    """For each player the coalitions without it, and the share of orderings in which it joins each; [n, 2**(n-1)]."""
    masks = np.arange(1 << players)
    without = np.array([masks[(masks >> player) & 1 == 0] for player in range(players)], dtype=np.int64)
    sizes = [[int(mask).bit_count() for mask in row] for row in without]
    shares = [[1.0 / (players * math.comb(players - 1, size)) for size in row] for row in sizes]
    return without.reshape(players, -1), np.array(shares, dtype=np.float64).reshape(players, -1)

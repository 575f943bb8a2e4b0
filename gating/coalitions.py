"""What every coalition of experts would have gained over the anchor, and each expert's fair share of it.

Everything is recomputable to the bit from logged log-probabilities and weights: fixed order, no BLAS,
no library logarithms. Shapes: n experts, n + 1 rows with the anchor as row 0, T tokens. NaN marks a
token for which an expert gave no answer: it is absent from the mixture of that token.
"""

import functools
import math

import numpy as np
from numpy.typing import NDArray

from gating.arithmetic import Product, exact_exp

Array = NDArray[np.float64]

MOST_EXPERTS = 10
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
    masses, weights = weights * relative, np.broadcast_to(weights, relative.shape)
    size, tokens = 1 << (len(relative) - 1), relative.shape[1]
    mixed, total = np.empty((2, size, min(tokens, _TOKENS_AT_ONCE)))
    product = Product(size)
    for first in range(0, tokens, _TOKENS_AT_ONCE):
        part = slice(first, first + _TOKENS_AT_ONCE)
        ratios = _sum_subsets(masses[:, part], mixed)
        ratios /= _sum_subsets(weights[:, part], total)
        product.take(ratios)
    values: Array = product.logarithm() / tokens
    return values


def _sum_subsets(rows: Array, room: Array) -> Array:
    """Sum of the first row and each subset of the others, [2**n, T], in ``room``; bit i of the place is row i + 1."""
    sums = room[:, : rows.shape[1]]
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

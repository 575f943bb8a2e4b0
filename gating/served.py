"""Weights of the mixture that is served on a given text, so that whoever has the log arrives at the same bits.

The same rule as ``mixture.FixedShare``, in plain floating point and a fixed order. A step of it is linear in weights
that are not normalised. So long texts are cut into blocks: what each block makes of any weights at its beginning is
found for all blocks at once, then the beginnings one after another, then what is between, for all at once again.

Shape suffixes: E experts with the anchor as number 0, T tokens, B blocks, L tokens of a block, S expert at the
beginning of a block.
"""

import functools
import math
import operator
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SHARE_ALPHA = 0.02
_BLOCK_TOKENS = 16
_SAFE_TOKENS = 8  # so many factors, with what is shared in between, cannot underflow
_LEAST_BLOCKS = 6


def served_weights(relative: Array, prior: Sequence[float], alpha: float = SHARE_ALPHA) -> Array:
    """Weights at each token of a given text, [n + 1, T]: fixed share from the gate's prior.

    ``relative`` are probabilities of the true tokens over the anchor's, NaN where an expert is absent.
    """
    total = math.fsum(prior)
    start = [weight / total for weight in prior]
    if relative.shape[1] >= _LEAST_BLOCKS * _BLOCK_TOKENS and not np.isnan(relative).any():
        return _follow_blocks(relative, start, alpha)
    return _follow_tokens(relative, start, alpha)


def _follow_tokens(relative_ET: Array, start: Sequence[float], alpha: float) -> Array:
    """One token after another."""
    weights, shared, kept = list(start), [alpha * weight for weight in start], 1.0 - alpha
    path: list[float] = []
    whole = not np.isnan(relative_ET).any()
    for ratios in relative_ET.T.tolist():
        path += weights
        if whole:
            masses = list(map(operator.mul, weights, ratios))
            scale = kept / math.fsum(masses)
            weights = [scale * mass + early for mass, early in zip(masses, shared, strict=True)]
        else:
            posterior = _posterior(weights, ratios)
            weights = [kept * late + early for late, early in zip(posterior, shared, strict=True)]
    return np.array(path).reshape(relative_ET.shape[::-1]).T


def _posterior(weights: Sequence[float], ratios: Sequence[float]) -> list[float]:
    """Weights after one token; an absent expert counts as the mixture of the others."""
    heard = [(weight, ratio) for weight, ratio in zip(weights, ratios, strict=True) if not math.isnan(ratio)]
    mixed = math.fsum([weight * ratio for weight, ratio in heard]) / math.fsum([weight for weight, _ in heard])
    masses = [
        weight if math.isnan(ratio) else weight * ratio / mixed for weight, ratio in zip(weights, ratios, strict=True)
    ]
    whole = math.fsum(masses)
    return [mass / whole for mass in masses]


def _follow_blocks(relative_ET: Array, start: Sequence[float], alpha: float) -> Array:
    """All blocks at once; the last is filled up with tokens of which all foretell the same."""
    experts, tokens = relative_ET.shape
    blocks, kept = -(-tokens // _BLOCK_TOKENS), 1.0 - alpha
    filled_ET = np.full((experts, blocks * _BLOCK_TOKENS), kept)
    filled_ET[:, :tokens] = relative_ET / relative_ET.max(axis=0) * kept
    kept_LEB = np.ascontiguousarray(filled_ET.reshape(experts, blocks, _BLOCK_TOKENS).transpose(2, 0, 1))
    begun_EB = np.array(_begin_blocks(_respond(kept_LEB, start, alpha / kept), start)).T
    shared_E1 = alpha * np.array(start)[:, None]
    path_EBL = np.empty((experts, blocks, _BLOCK_TOKENS))
    for place, kept_EB in enumerate(kept_LEB):
        path_EBL[:, :, place] = begun_EB
        begun_EB = begun_EB * kept_EB
        begun_EB *= kept / _total(begun_EB)
        begun_EB += shared_E1
    path: Array = path_EBL.reshape(experts, -1)[:, :tokens]
    return path


def _respond(kept_LEB: Array, start: Sequence[float], alpha: float) -> Array:
    """Weights at the end of each block, up to a factor, if all weight was one expert's at its beginning, [E, B, S]."""
    _, experts, blocks = kept_LEB.shape
    ends_EBS = np.zeros((experts, blocks, experts))
    ends_EBS[np.arange(experts), :, np.arange(experts)] = 1.0
    shared_E11 = alpha * np.array(start)[:, None, None]
    for place, kept_EB in enumerate(kept_LEB):
        ends_EBS *= kept_EB[:, :, None]
        ends_EBS += shared_E11 * _total(ends_EBS)
        if (place + 1) % _SAFE_TOKENS == 0:
            ends_EBS /= ends_EBS.max(axis=(0, 2))[:, None]
    return ends_EBS


def _begin_blocks(ends_EBS: Array, start: Sequence[float]) -> list[list[float]]:
    """Weights at the beginning of each block."""
    weights, begun = list(start), []
    for ends in ends_EBS.transpose(1, 0, 2).tolist():
        begun.append(weights)
        masses = [math.fsum(map(operator.mul, row, weights)) for row in ends]
        total = math.fsum(masses)
        weights = [mass / total for mass in masses]
    return begun


def _total(rows: Array) -> Array:
    """Sum over the first axis, from the first row to the last."""
    total: Array = functools.reduce(operator.add, rows)
    return total

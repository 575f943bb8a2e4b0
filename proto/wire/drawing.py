"""Drawing tokens from distributions as they travel, the same at both ends.

The caller hands out the random numbers, so that whoever draws has no choice: from a distribution and a number
follows one token, and the caller can check it. Shapes: B sequences, K listed tokens.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wire.distribution import Distribution, Float64

Tokens = NDArray[np.uint32]


@dataclass(frozen=True)
class Drawing:
    """How tokens are drawn; temperature zero takes the likeliest listed one."""

    temperature: float = 1.0
    top_p: float = 1.0


def draw(distribution: Distribution, uniforms: Float64, drawing: Drawing) -> Tokens:
    """[B] tokens that follow from ``uniforms``, [B] in [0, 1).

    Listed tokens come first, the likeliest first; then the others by rising id, each with its share of the tail.
    """
    if drawing.temperature == 0:
        best = distribution.topk_logprobs.argmax(axis=1)
        likeliest: Tokens = np.take_along_axis(distribution.topk_ids, best[:, None], axis=1)[:, 0]
        return likeliest
    order = np.argsort(-distribution.topk_logprobs, axis=1, kind="stable")
    ids = np.take_along_axis(distribution.topk_ids, order, axis=1)
    listed, share = _sharpened(distribution, order, drawing.temperature)
    others = distribution.vocab_size - ids.shape[1]
    below = listed.cumsum(axis=1)
    allowed = drawing.top_p * (below[:, -1] + share * others)
    kept = np.where(below - listed < allowed[:, None], listed, 0.0)
    kept[:, 0] = listed[:, 0]
    tail = _kept_of_tail(allowed - below[:, -1], share, others)
    below = kept.cumsum(axis=1)
    aim = uniforms * (below[:, -1] + share * tail)
    place = np.minimum((below <= aim[:, None]).sum(axis=1), (kept > 0).sum(axis=1) - 1)
    token: Tokens = np.take_along_axis(ids, place[:, None], axis=1)[:, 0]
    beyond = (aim >= below[:, -1]) & (tail > 0)
    if beyond.any():
        with np.errstate(over="ignore"):  # a share may be as small as a number can be
            step = (aim[beyond] - below[beyond, -1]) / share[beyond]
        token[beyond] = _unlisted(ids[beyond], np.minimum(step, tail[beyond] - 1).astype(np.int64))
    return token


def _sharpened(distribution: Distribution, order: NDArray[np.int64], temperature: float) -> tuple[Float64, Float64]:
    """Weights of the listed tokens in ``order``, [B, K], and of each other token, [B]."""
    logprobs = np.take_along_axis(distribution.topk_logprobs, order, axis=1).astype(np.float64) / temperature
    share = distribution.share_of_unlisted() / temperature
    top = np.maximum(logprobs[:, 0], share)
    return np.exp(logprobs - top[:, None]), np.exp(share - top)


def _kept_of_tail(room: Float64, share: Float64, others: int) -> NDArray[np.int64]:
    """How many unlisted tokens it takes to fill ``room``, [B]."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        needed = np.where(share > 0, np.ceil(room / share - 1e-9), 0.0)
    return np.asarray(np.clip(needed, 0, others).astype(np.int64))


def _unlisted(ids: Tokens, number: NDArray[np.int64]) -> Tokens:
    """The ``number``-th token, from zero, that is not among ``ids``, [B]."""
    gaps = np.sort(ids.astype(np.int64), axis=1) - np.arange(ids.shape[1])
    found: Tokens = (number + (gaps <= number[:, None]).sum(axis=1)).astype(np.uint32)
    return found

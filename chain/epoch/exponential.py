"""The chain's exponential series on arrays: products of 94 bits, put together from 64."""

import numpy as np

from chain.epoch.arithmetic import BITS_32, LOW_32, Array, Signed, reciprocal
from chain.runtime.fixed import ONE, E

_BOUND = 20 * ONE
_TERMS = 32
_BLOCK = 1 << 13
"""Elements in work at a time, so that the series stays in the processor's cache."""


def exponential(values: Signed) -> Array:
    """e**value by the 31-term series; arguments are first clamped to [-20, 20]."""
    flat = values.reshape(-1)
    result = np.empty(flat.shape, dtype=np.uint64)
    for start in range(0, flat.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        result[block] = _exponential(flat[block])
    return result.reshape(values.shape)


def _exponential(values: Signed) -> Array:
    clamped = np.clip(values, -_BOUND, _BOUND)
    grown = _series(np.abs(clamped).astype(np.uint64))
    below = clamped < 0
    grown[below] = reciprocal(grown[below])
    grown[clamped == ONE] = E
    return grown


def _series(magnitude: Array) -> Array:
    """Sum of the terms; at 20 the largest is below 2**58 and the sum below 2**61, so nothing saturates."""
    whole, fraction = magnitude >> BITS_32, magnitude & LOW_32
    sums, term = magnitude + np.uint64(ONE), magnitude.copy()
    low, part = np.empty_like(term), np.empty_like(term)
    for index in range(2, _TERMS):
        # term = ((term * magnitude) >> 32) // index, in halves of 32 bits
        np.bitwise_and(term, LOW_32, out=low)
        term >>= BITS_32
        term *= magnitude
        term += np.multiply(low, whole, out=part)
        low *= fraction
        low >>= BITS_32
        term += low
        term //= np.uint64(index)
        sums += term
    return sums

"""Fixed-point arithmetic of ``chain.runtime.fixed`` on arrays of integers, exact to the bit.

``Array`` holds I32F32 bits of numbers that are not negative, as uint64. A product of two proportions takes up to 65
bits: one more than there are, and only where both are one.
"""

import numpy as np
from numpy.typing import NDArray

from chain.runtime.fixed import ONE, U16_MAX, Fixed

Array = NDArray[np.uint64]
Stored = NDArray[np.uint16]
Signed = NDArray[np.int64]
Mask = NDArray[np.bool_]

BITS_16 = np.uint64(16)
BITS_32 = np.uint64(32)
LOW_16 = np.uint64((1 << 16) - 1)
LOW_32 = np.uint64((1 << 32) - 1)
U16_LIMIT = np.uint64(U16_MAX)

_LAST_U64 = np.uint64((1 << 64) - 1)


def multiply(left: Array, right: Array | Fixed, out: Array | None = None) -> Array:
    """Product of proportions up to one, rounded down; ``out`` may be ``left``."""
    factor = np.asarray(right, dtype=np.uint64)
    if _stays_below_one(factor) or _stays_below_one(left):
        product: Array = np.multiply(left, factor, out=out)
        product >>= BITS_32
        return product
    low = ((left & LOW_16) * factor) >> BITS_16
    product = np.right_shift(left, BITS_16, out=out)
    product *= factor
    product += low
    product >>= BITS_16
    return product


def multiply_signed(left: Signed, right: Signed | Fixed) -> Signed:
    """Product, rounded towards minus infinity; ``left`` and ``right`` together must have less than 79 bits."""
    bits, low = np.int64(16), np.int64((1 << 16) - 1)
    factor = np.asarray(right, dtype=np.int64)
    return ((left >> bits) * factor + (((left & low) * factor) >> bits)) >> bits


def divide(left: Array, right: Array, out: Array | None = None) -> Array:
    """Quotient, rounded down, of numbers below 2**47; ``left`` is at most ``right``; zero where both are zero.

    ``out`` may be ``left``.
    """
    divisor = np.maximum(right, np.uint64(1))
    if _stays_below_one(right) or _stays_below_one(left):
        quotient: Array = np.left_shift(left, BITS_32, out=out)
        quotient //= divisor
        return quotient
    rest: Array = np.left_shift(left, BITS_16)
    quotient = np.floor_divide(rest, divisor, out=out)
    rest -= quotient * divisor
    rest <<= BITS_16
    rest //= divisor
    quotient <<= BITS_16
    quotient += rest
    return quotient


def divide_stored(stored: Stored, divisor: Array | np.uint64) -> Array:
    """Quotient of stored integers, rounded down; ``divisor`` is at least the largest of them, below 2**32.

    Exact though it is a float: a numerator of 16 bits, 32 places up, is below 2**53, so the next integer above the
    quotient is further away than one rounding to nearest reaches.
    """
    scaled = np.maximum(divisor, np.uint64(1)) * 2.0**-32
    quotient = np.empty(stored.shape, dtype=np.int64)
    np.divide(stored, scaled, out=quotient, casting="unsafe")
    return quotient.view(np.uint64)


def normalised(vector: Array) -> Array:
    """Each element divided by the sum, rounded down; zeros stay."""
    return divide(vector, total(vector))


def normalise_lines(matrix: Array) -> None:
    """Divide each line by its sum, in place, rounded down; lines of zeros stay."""
    divide(matrix, matrix.sum(axis=1, dtype=np.uint64)[:, None], out=matrix)


def total(vector: Array) -> Array:
    """Sum of the vector, as an array without dimensions."""
    return np.asarray(vector.sum(dtype=np.uint64))


def to_u16(proportions: Array) -> Array:
    """``floor(proportion * 65535)``, clamped to u16."""
    floored: Array = proportions * U16_LIMIT
    floored >>= BITS_32
    return np.minimum(floored, U16_LIMIT, out=floored)


def scale(proportions: Array, amount: int) -> Array:
    """``floor(proportion * amount)`` of a u64 amount and proportions up to one."""
    high, low = np.uint64(amount >> 32), np.uint64(amount) & LOW_32
    product: Array = proportions * high + ((proportions * low) >> BITS_32)
    return product


def reciprocal(denominator: Array) -> Array:
    """``floor(2**64 / denominator)``: one divided by a number of at least one; ``denominator`` is at least two."""
    quotient: Array = _LAST_U64 // denominator
    remainder: Array = _LAST_U64 - quotient * denominator
    quotient += remainder + np.uint64(1) == denominator
    return quotient


def _stays_below_one(values: Array) -> bool:
    return int(values.max(initial=0)) < ONE

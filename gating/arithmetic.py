"""Logarithm and exponential that give the same bits on every machine.

Libraries and processors round the last bit of ``log`` and ``exp`` each in their own way. Whoever checks
a score must arrive at the same number, so scoring uses only operations that IEEE 754 defines to the
bit: sums, products, quotients and scalings by powers of two, element by element, in a fixed order.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_LN2_HIGH = 6.93147180369123816490e-01  # its product with a small integer is exact
_LN2_LOW = 1.90821492927058770002e-10
_SQRT_HALF = 0.7071067811865476
_LOG_TERMS = 11
_EXP_TERMS = 14
_HALVINGS = 3  # the product of eight factors cannot overflow
_SAFE_HALVINGS = 8  # nor that of 256 mantissas underflow


def exact_log(values: Array) -> Array:
    """Natural logarithm within a few last bits; minus infinity at zero."""
    mantissa, exponent = np.frexp(values)
    low = mantissa < _SQRT_HALF
    mantissa = np.where(low, 2.0 * mantissa, mantissa)
    power = exponent - low.astype(np.float64)
    ratio = (mantissa - 1.0) / (mantissa + 1.0)
    square = ratio * ratio
    series = np.full_like(square, 1.0 / (2 * _LOG_TERMS - 1))
    for term in range(_LOG_TERMS - 2, -1, -1):
        series *= square
        series += 1.0 / (2 * term + 1)
    result: Array = power * _LN2_HIGH + (power * _LN2_LOW + 2.0 * ratio * series)
    return np.where(values == 0, -np.inf, result)


def exact_exp(values: Array) -> Array:
    """Exponential of values that are not above 700, within a few last bits; zero below -700."""
    bounded = np.maximum(values, -700.0)
    power = np.rint(bounded * (1.0 / (_LN2_HIGH + _LN2_LOW)))
    rest = (bounded - power * _LN2_HIGH) - power * _LN2_LOW
    series = np.ones_like(rest)
    for term in range(_EXP_TERMS, 0, -1):
        series *= rest / term
        series += 1.0
    result: Array = np.ldexp(series, power.astype(np.int64))
    return np.where(values < -700.0, 0.0, result)


class Product:
    """Running products of positive values, one for each row; exponents are kept apart, so nothing overflows."""

    def __init__(self, rows: int) -> None:
        self._parts = [np.ones((rows, 1))]

    def take(self, factors: Array) -> None:
        """Multiply each row by its factors within 1e-30 and 1e30, [rows, count]; their number fixes the order."""
        for _ in range(_HALVINGS):
            factors = _halve(factors)
        self._parts.append(factors.copy())

    def logarithm(self) -> Array:
        """Natural logarithm of each product, [rows]."""
        mantissas, exponents = np.frexp(np.concatenate(self._parts, axis=1))
        power = exponents.sum(axis=1)
        while mantissas.shape[1] > 1:
            for _ in range(_SAFE_HALVINGS):
                mantissas = _halve(mantissas)
            mantissas, exponents = np.frexp(mantissas)
            power += exponents.sum(axis=1)
        result: Array = power * _LN2_HIGH + (power * _LN2_LOW + exact_log(mantissas[:, 0]))
        return result


def _halve(factors: Array) -> Array:
    """Products of the first half of each row's factors with the second; an odd one stays, last."""
    half = factors.shape[1] // 2
    if half == 0:
        return factors
    products: Array = factors[:, :half] * factors[:, -half:]
    return np.concatenate([products, factors[:, half:-half]], axis=1) if factors.shape[1] % 2 else products


def log_of_product(factors: Array) -> Array:
    """Logarithm of the product of each row's values within 1e-30 and 1e30; one logarithm in place of one per value."""
    product = Product(len(factors))
    product.take(factors)
    return product.logarithm()


def sum_rows(rows: Array) -> Array:
    """Sum over the first axis, from the first row to the last."""
    if len(rows) == 0:
        return np.zeros(rows.shape[1:])
    result: Array = np.add.accumulate(rows, axis=0)[-1]
    return result

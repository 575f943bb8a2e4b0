"""Scoring arithmetic is right, and the same to the bit wherever it runs."""

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gating.arithmetic import Product, exact_exp, exact_log, log_of_product, sum_rows

POSITIVE = st.floats(1e-300, 1e300)


@given(hnp.arrays(np.float64, st.integers(1, 40), elements=POSITIVE))
def test_logarithm_agrees_with_the_library_to_the_last_bits(values: np.ndarray) -> None:
    np.testing.assert_allclose(exact_log(values), np.log(values), rtol=1e-15, atol=1e-16)


@given(hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(-690, 690)))
def test_exponential_agrees_with_the_library_to_the_last_bits(values: np.ndarray) -> None:
    np.testing.assert_allclose(exact_exp(values), np.exp(values), rtol=1e-15)


@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 70), st.integers(1, 5)), elements=st.floats(1e-26, 1e26)))
def test_logarithm_of_a_product_is_the_sum_of_logarithms(rows: np.ndarray) -> None:
    np.testing.assert_allclose(log_of_product(rows.T), np.log(rows).sum(axis=0), rtol=1e-12, atol=1e-10)


def test_a_product_may_be_taken_in_parts_and_never_overflows() -> None:
    factors = np.tile([[1e26], [1e-26]], (1, 20_000))
    whole = Product(2)
    for first in range(0, 20_000, 640):
        whole.take(factors[:, first : first + 640])
    np.testing.assert_allclose(whole.logarithm(), [20_000 * np.log(1e26), 20_000 * np.log(1e-26)], rtol=1e-12)
    np.testing.assert_allclose(log_of_product(factors), whole.logarithm(), rtol=1e-12)


def test_edges() -> None:
    assert exact_log(np.array([0.0, 1.0])).tolist() == [-np.inf, 0.0]
    assert exact_exp(np.array([-np.inf, -1e9, 0.0])).tolist() == [0.0, 0.0, 1.0]
    assert sum_rows(np.zeros((0, 3))).tolist() == [0.0, 0.0, 0.0]


def test_results_are_the_recorded_bits() -> None:
    values = (np.arange(1, 2_000, dtype=np.float64) * 0.37) ** 3
    found = np.concatenate([exact_log(values), exact_exp(-values / 1e6)])
    assert hashlib.sha256(found.astype("<f8").tobytes()).hexdigest() == RECORDED


RECORDED = "73c20acd1d7589cb5a135e29067f9ba838c51fd40847ab8718afe0e960553a46"

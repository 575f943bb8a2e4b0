"""Mixtures are distributions, and their weights move only as the evidence allows."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gating.mixture import ANCHOR_SHARE, FixedShare, Generation, gate_weights, mix

GAINS = hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(0, 6)), elements=st.floats(-6, 6))


def any_logprobs(seed: int, steps: int, experts: int) -> np.ndarray:
    """[T, E] from adversaries that foresee everything, nothing, or now one and now the other."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random((steps, experts)) < 0.5, 0.0, -rng.exponential(8.0, (steps, experts)))


@given(GAINS)
def test_gate_weights_sum_to_one_and_the_anchor_keeps_its_share(gains: np.ndarray) -> None:
    weights = gate_weights(gains)
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-12)
    assert (weights >= 0).all()
    assert (weights[..., 0] >= ANCHOR_SHARE - 1e-12).all()


def test_a_better_gain_never_gets_a_smaller_weight() -> None:
    weights = gate_weights(np.array([[0.6, 0.1, -3.0]]))[0]
    assert weights[1] > weights[2] > weights[3]
    assert weights[3] < 1e-4


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 5))
def test_fixed_share_loses_to_the_anchor_by_no_more_than_its_bound(seed: int, steps: int, experts: int) -> None:
    alpha, logprobs = 0.02, any_logprobs(seed, steps, experts + 1)
    prior = gate_weights(np.random.default_rng(seed).normal(0, 2, (1, experts)))
    share = FixedShare(prior, alpha)
    total = sum(float(share.update(row[None])[0]) for row in logprobs)
    bound = math.log(1 / prior[0, 0]) - steps * math.log(1 - alpha)
    assert total >= logprobs[:, 0].sum() - bound - 1e-9


@given(st.integers(0, 10_000))
def test_sequences_of_a_batch_do_not_touch_each_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    prior, rows = gate_weights(rng.normal(0, 1, (3, 2))), -rng.exponential(2.0, (20, 3, 3))
    together, alone = FixedShare(prior), [FixedShare(prior[b : b + 1]) for b in range(3)]
    for row in rows:
        mixed = together.update(row)
        np.testing.assert_allclose(mixed, [share.update(row[b : b + 1])[0] for b, share in enumerate(alone)])
        np.testing.assert_allclose(together.weights.sum(axis=-1), 1.0, atol=1e-12)


def test_an_absent_expert_neither_gains_nor_loses() -> None:
    share = FixedShare(np.array([[0.5, 0.25, 0.25]]), alpha=0.0)
    mixed = share.update(np.array([[-1.0, np.nan, -3.0]]))
    assert mixed[0] == pytest.approx(math.log((0.5 * math.exp(-1) + 0.25 * math.exp(-3)) / 0.75))
    assert share.weights[0, 1] == pytest.approx(0.25)
    with pytest.raises(ValueError, match="anchor"):
        share.update(np.array([[np.nan, -1.0, -1.0]]))


def test_impossible_tokens_do_not_break_the_weights() -> None:
    share = FixedShare(np.array([[0.5, 0.5]]))
    share.update(np.array([[-2.0, -np.inf]]))
    assert np.isfinite(share.weights).all()
    assert share.weights[0, 1] > 0


@given(st.integers(0, 10_000), st.integers(1, 40))
def test_while_generating_no_expert_ever_rises(seed: int, steps: int) -> None:
    rng = np.random.default_rng(seed)
    generation = Generation(gate_weights(rng.normal(0, 1, (2, 3))))
    for _ in range(steps):
        before = generation.weights[..., 1:].copy()
        generation.update(np.where(rng.random((2, 4)) < 0.3, -20.0, -rng.exponential(2.0, (2, 4))))
        assert (generation.weights[..., 1:] <= before + 1e-15).all()
        np.testing.assert_allclose(generation.weights.sum(axis=-1), 1.0, atol=1e-12)


def test_a_drafter_of_junk_does_not_capture_the_answer() -> None:
    generation = Generation(np.array([0.3, 0.35, 0.35]))
    for _ in range(50):  # it drafts a token that nobody else expects, and is certain of it
        generation.update(np.array([-9.0, 0.0, -9.0]))
    assert generation.weights[1] <= 0.35 + 1e-12
    for _ in range(5):  # a token of the others' that it holds for impossible
        generation.update(np.array([-1.0, -30.0, -1.0]))
    assert generation.weights[2] == pytest.approx(0.35)


def test_an_expert_that_falls_silent_is_out_of_the_answer() -> None:
    generation = Generation(np.array([0.2, 0.8]))
    generation.update(np.array([-1.0, np.nan]))
    generation.update(np.array([-1.0, -0.1]))
    assert generation.weights.tolist() == [1.0, 0.0]


def test_mixing_distributions_gives_a_distribution() -> None:
    dense = np.random.default_rng(0).dirichlet(np.ones(7), size=(4, 3))
    mixed = mix(dense, gate_weights(np.zeros((4, 2))))
    assert mixed.shape == (4, 7)
    np.testing.assert_allclose(mixed.sum(axis=-1), 1.0)


def test_members_that_stay_keep_their_standing_when_others_are_replaced() -> None:
    share = FixedShare(np.array([[0.4, 0.3, 0.3]]))
    for _ in range(5):
        share.update(np.log(np.array([[0.1, 0.6, 0.1]])))
    before = share.weights.copy()
    share.replace(np.array([[0.2, 0.2, 0.6]]), np.array([[0, -1, 1]]))
    assert share.weights.sum() == pytest.approx(1.0)
    assert share.weights[0, 2] / share.weights[0, 0] == pytest.approx(before[0, 1] / before[0, 0])
    assert share.weights[0, 1] < share.weights[0, 2]

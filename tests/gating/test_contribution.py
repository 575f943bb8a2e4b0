"""Pay follows what an expert adds, and adds up."""

import hashlib
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating import coalitions
from gating.coalitions import MOST_EXPERTS, relative_probabilities
from gating.contribution import Identity, contribution, group_identities, own_gains
from gating.mixture import FixedShare, gate_weights
from gating.served import served_weights


def coalition_values(logprobs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return coalitions.coalition_values(relative_probabilities(logprobs), weights[:, None])


def shapley(logprobs: np.ndarray, weights: np.ndarray) -> tuple[float, ...]:
    return coalitions.shapley(coalition_values(logprobs, weights))


def make_text(seed: int, experts: int, steps: int = 24) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return -rng.exponential(2.0, (experts + 1, steps)), gate_weights(rng.normal(0, 0.5, experts))


def value_of(coalition: tuple[int, ...], logprobs: np.ndarray, weights: np.ndarray) -> float:
    rows = [0, *(member + 1 for member in coalition)]
    mixed = (weights[rows, None] * np.exp(logprobs[rows])).sum(axis=0) / weights[rows].sum()
    return float((np.log(mixed) - logprobs[0]).mean())


@given(st.integers(0, 10_000), st.integers(1, 5))
def test_values_of_all_coalitions_follow_the_definition(seed: int, experts: int) -> None:
    logprobs, weights = make_text(seed, experts)
    values = coalition_values(logprobs, weights)
    for mask in range(1 << experts):
        members = tuple(member for member in range(experts) if mask >> member & 1)
        assert values[mask] == pytest.approx(value_of(members, logprobs, weights), abs=1e-12)


@given(st.integers(0, 10_000), st.integers(1, 5))
def test_shapley_values_are_the_mean_over_all_orders_of_joining(seed: int, experts: int) -> None:
    logprobs, weights = make_text(seed, experts)
    expected = np.zeros(experts)
    for order in itertools.permutations(range(experts)):
        for place, member in enumerate(order):
            expected[member] += value_of(order[: place + 1], logprobs, weights)
            expected[member] -= value_of(order[:place], logprobs, weights)
    found = shapley(logprobs, weights)
    np.testing.assert_allclose(found, expected / math.factorial(experts), atol=1e-12)


@given(st.integers(0, 10_000), st.integers(1, 8))
def test_shares_add_up_to_the_mixtures_gain(seed: int, experts: int) -> None:
    logprobs, weights = make_text(seed, experts)
    assert math.fsum(shapley(logprobs, weights)) == pytest.approx(coalition_values(logprobs, weights)[-1], abs=1e-12)


@given(st.integers(0, 10_000))
def test_equal_experts_earn_the_same_and_one_like_the_anchor_takes_from_nobody(seed: int) -> None:
    logprobs, weights = make_text(seed, 3)
    logprobs[2], weights[2] = logprobs[1], weights[1]
    found = shapley(logprobs, weights)
    assert found[0] == pytest.approx(found[1], abs=1e-12)


@given(st.integers(0, 10_000))
def test_an_expert_without_weight_earns_nothing(seed: int) -> None:
    logprobs, weights = make_text(seed, 3)
    weights[2] = 0.0
    assert shapley(logprobs, weights)[1] == 0.0


@given(st.integers(0, 10_000))
def test_the_order_of_the_experts_does_not_matter(seed: int) -> None:
    logprobs, weights = make_text(seed, 4)
    order = [2, 0, 3, 1]
    rows = [0, *(member + 1 for member in order)]
    np.testing.assert_allclose(
        shapley(logprobs[rows], weights[rows]), np.array(shapley(logprobs, weights))[order], atol=1e-12
    )


def test_absent_experts_are_valued_only_where_they_answered() -> None:
    logprobs, weights = make_text(1, 2)
    silent = logprobs.copy()
    silent[2] = np.nan
    found = contribution(silent, weights)
    assert found.marginal[1] == 0.0
    assert found.own_gain[1] == 0.0
    assert found.marginal[0] == pytest.approx(contribution(logprobs[:2], weights[:2]).marginal[0], abs=1e-12)


def test_a_late_answer_is_worth_less_than_a_whole_one() -> None:
    logprobs = np.full((2, 32), -2.0)
    logprobs[1] = -1.0
    late = logprobs.copy()
    late[1, 16:] = np.nan
    weights = np.array([0.5, 0.5])
    assert 0 < contribution(late, weights).paid[0] < 0.55 * contribution(logprobs, weights).paid[0]


@given(st.integers(0, 10_000), st.sampled_from([0.0, 1e-3, 0.05]))
def test_a_clone_in_one_group_gains_nothing_and_takes_nothing(seed: int, noise: float) -> None:
    logprobs, weights = make_text(seed, 2)
    before = contribution(logprobs, weights)
    copy = np.minimum(logprobs[2] + noise * np.random.default_rng(seed).normal(size=logprobs.shape[1]), 0.0)
    cloned = contribution(np.vstack([logprobs, copy]), np.append(weights, weights[2]), ((0,), (1, 2)))
    assert cloned.marginal[1] == pytest.approx(before.marginal[1], abs=2 * noise + 1e-12)
    assert cloned.marginal[2] == pytest.approx(0.0, abs=2 * noise + 1e-12)
    assert cloned.marginal[0] == pytest.approx(before.marginal[0], abs=2 * noise + 1e-12)


def test_a_clone_among_strangers_takes_half_which_is_why_groups_exist() -> None:
    logprobs, weights = np.full((2, 8), -3.0), np.array([0.5, 0.5])
    logprobs[1] = -1.0
    alone = contribution(logprobs, weights).marginal[0]
    pair = contribution(np.vstack([logprobs, logprobs[1]]), np.array([0.5, 0.5, 0.5])).marginal
    assert pair[0] < 0.6 * alone


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_value_is_the_gain_of_the_mixture_that_is_served(seed: int, experts: int) -> None:
    logprobs, weights = make_text(seed, experts)
    share = FixedShare(weights)
    served = [float(share.update(logprobs[:, step])) for step in range(logprobs.shape[1])]
    assert contribution(logprobs, weights).value == pytest.approx(np.mean(served - logprobs[0]), abs=1e-12)


def test_weights_follow_the_text_and_absent_experts_keep_theirs() -> None:
    logprobs = np.array([[-2.0] * 4, [-1.0] * 4, [np.nan, -3.0, np.nan, np.nan]])
    path, share = (
        served_weights(relative_probabilities(logprobs), [0.4, 0.3, 0.3]),
        FixedShare(np.array([0.4, 0.3, 0.3])),
    )
    for step in range(4):
        np.testing.assert_allclose(path[:, step], share.weights, atol=1e-12)
        share.update(logprobs[:, step])


@given(st.integers(0, 10_000))
def test_grouped_shares_still_add_up(seed: int) -> None:
    logprobs, weights = make_text(seed, 5)
    found = contribution(logprobs, weights, ((0, 3), (1,), (4, 2)))
    assert math.fsum(found.marginal) == pytest.approx(found.value, abs=1e-12)


def test_worse_than_the_anchor_earns_less_than_nothing() -> None:
    logprobs = np.full((3, 32), -2.0)
    logprobs[1], logprobs[2] = -1.0, -9.0
    found = contribution(logprobs, np.array([0.4, 0.3, 0.3]))
    assert found.paid[0] > 0 > found.paid[1]


def test_nonsense_cannot_reach_the_pay_of_others() -> None:
    logprobs, weights = make_text(3, 3)
    logprobs[1] = -np.inf
    found = contribution(logprobs, weights)
    assert all(map(math.isfinite, (*found.paid, *found.marginal, found.value)))
    assert found.own_gain[0] == -6.0


def test_no_small_constant_hides_small_differences() -> None:
    logprobs = np.full((3, 32), -2.0)
    logprobs[1] += 1e-6
    assert own_gains(logprobs)[0] == pytest.approx(1e-6)
    assert contribution(logprobs, np.ones(3) / 3).marginal[0] > 0


def test_bad_input_is_refused() -> None:
    logprobs, weights = make_text(0, 2)
    with pytest.raises(ValueError, match="at most"):
        shapley(np.zeros((MOST_EXPERTS + 2, 4)), np.ones(MOST_EXPERTS + 2))
    with pytest.raises(ValueError, match="once"):
        contribution(logprobs, weights, ((0,),))
    logprobs[0, 3] = np.nan
    with pytest.raises(ValueError, match="anchor"):
        contribution(logprobs, weights)


def test_scores_are_the_recorded_bits() -> None:
    steps = np.arange(9 * 32, dtype=np.float64).reshape(9, 32)
    logprobs = -(steps * 7919 % 257) / 32
    found = contribution(logprobs, np.arange(1.0, 10.0) / 45, ((0, 1), (2,), (3,), (4,), (5,), (6,), (7,)))
    recorded = np.array([*found.paid, *found.marginal, found.value]).astype("<f8").tobytes()
    assert hashlib.sha256(recorded).hexdigest() == RECORDED


RECORDED = "e07aacea89eb4d5ccd625fe2ad22c4ccbf06bf4f87710837e3e9f34eabaa734f"


def test_same_coldkey_or_same_model_is_one_player_and_the_earliest_leads() -> None:
    known = {
        "a": Identity("cold-1", "model-1", 50),
        "b": Identity("cold-2", "model-2", 10),
        "c": Identity("cold-1", "model-3", 20),
        "d": Identity("cold-3", "model-3", 30),
        "e": Identity("cold-4", None, 5),
        "f": Identity("cold-5", None, 6),
    }
    assert group_identities(list("abcdefg"), known) == ((1,), (2, 3, 0), (4,), (5,), (6,))


@given(st.integers(0, 10_000), st.integers(96, 150))
def test_weights_of_long_texts_are_those_of_the_mixture_that_is_served(seed: int, steps: int) -> None:
    logprobs, weights = make_text(seed, 4, steps)
    logprobs[1:] -= np.random.default_rng(seed).exponential(10.0, logprobs[1:].shape)
    path, share = served_weights(relative_probabilities(logprobs), weights.tolist()), FixedShare(weights)
    for step in range(steps):
        np.testing.assert_allclose(path[:, step], share.weights, atol=1e-12)
        share.update(logprobs[:, step])


def test_weights_of_long_texts_survive_the_largest_contrasts() -> None:
    logprobs = np.where(np.arange(5)[:, None] == np.arange(200) % 5, 0.0, -60.0)
    path = served_weights(relative_probabilities(logprobs), [0.1, 0.3, 0.3, 0.2, 0.1])
    np.testing.assert_allclose(path.sum(axis=0), 1.0)


def test_weights_of_long_texts_are_the_recorded_bits() -> None:
    steps = np.arange(5 * 200, dtype=np.float64).reshape(5, 200)
    path = served_weights(relative_probabilities(-(steps * 7919 % 257) / 32), [0.2, 0.3, 0.1, 0.2, 0.2])
    found = hashlib.sha256(np.ascontiguousarray(path, dtype="<f8").tobytes()).hexdigest()
    assert found == RECORDED_PATH


RECORDED_PATH = "030bf061db16ecc76b859e02c3e6f5d558eabf5ec9852536bf96e0e74210226b"

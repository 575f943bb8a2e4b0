"""Sampled shares agree with exact ones, within the error that they tell."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gating.coalitions import coalition_values, relative_probabilities, shapley
from gating.contribution import contribution
from gating.permutations import Effort, sample_shares, share_out
from gating.served import served_weights

TOKENS = 12


def game(seed: int, experts: int, absent: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Relative probabilities and served weights of a text on which experts differ by several nats."""
    random = np.random.default_rng(seed)
    logprobs = np.minimum(-2.0 + random.normal(0.0, 1.2, (experts + 1, TOKENS)), -0.01)
    logprobs[1:][random.random((experts, TOKENS)) < absent] = np.nan
    relative = relative_probabilities(logprobs)
    return relative, served_weights(relative, random.dirichlet(np.ones(experts + 1)).tolist())


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 10), st.sampled_from([0.0, 0.2]))
def test_sampled_shares_are_the_exact_ones_within_six_errors(seed: int, experts: int, absent: float) -> None:
    relative, weights = game(seed, experts, absent)
    exact, found = (
        shapley(coalition_values(relative, weights)),
        sample_shares(relative, weights, Effort(least=32, most=32)),
    )
    for part, error, truth in zip(found.parts, found.errors, exact, strict=True):
        assert abs(part - truth) <= 6 * error + 1e-9
    assert math.fsum(found.parts) == pytest.approx(coalition_values(relative, weights)[-1], abs=1e-12)


def test_up_to_ten_experts_shares_are_exact() -> None:
    relative, weights = game(1, 10)
    found = share_out(relative, weights)
    assert found.parts == shapley(coalition_values(relative, weights))
    assert set(found.errors) == {0.0}


def test_many_experts_are_sampled_until_the_error_is_small_and_the_bits_are_always_the_same() -> None:
    relative, weights = game(2, 16)
    found = share_out(relative, weights)
    assert max(found.errors) <= Effort().error
    assert found == share_out(relative.copy(), weights.copy())
    finer = sample_shares(relative, weights, Effort(most=256, error=0.0001))
    assert np.allclose(found.parts, finer.parts, atol=5 * max(found.errors))


def test_strata_and_reverses_need_fewer_orders_than_plain_draws() -> None:
    relative, weights = game(3, 8)
    exact = np.array(shapley(coalition_values(relative, weights)))
    values = coalition_values(relative, weights)
    orders = 4 * 2 * 8
    sampled = sample_shares(relative, weights, Effort(least=4, most=4))
    ours = np.abs(np.array(sampled.parts) - exact).mean()
    plain = []
    for seed in range(20):
        random, total = np.random.default_rng(seed), np.zeros(8)
        for _ in range(orders):
            mask = 0
            for expert in random.permutation(8):
                total[expert] += values[mask | 1 << expert] - values[mask]
                mask |= 1 << int(expert)
        plain.append(np.abs(total / orders - exact).mean())
    assert ours < 0.5 * np.mean(plain)


def test_twelve_experts_are_paid_like_any_others() -> None:
    random = np.random.default_rng(4)
    logprobs = np.minimum(-2.0 + random.normal(0.0, 1.0, (13, TOKENS)), -0.01)
    paid = contribution(logprobs, np.full(13, 1 / 13))
    assert math.fsum(paid.marginal) == pytest.approx(paid.value)
    assert contribution(logprobs, np.full(13, 1 / 13)) == paid

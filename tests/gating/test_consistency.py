"""Who serves apps worse than audits is paid less; who has learnt since is not."""

import json

import numpy as np
import pytest

from gating.consistency import Consistency


def watch(then: float, now: float, texts: int = 20) -> float:
    consistency = Consistency()
    rng = np.random.default_rng(0)
    for _ in range(texts):
        truth = -rng.exponential(1.0, (1, 32)) - 3.0
        consistency.observe(["miner"], truth + then, truth + now)
    return consistency.factor("miner")


def test_the_same_answers_cost_nothing() -> None:
    assert watch(0.0, 0.0) == 1.0
    assert Consistency().factor("stranger") == 1.0


def test_a_little_noise_and_learning_in_between_are_forgiven() -> None:
    assert watch(0.0, 0.1) == 1.0
    assert watch(0.0, -1.0) == 1.0


def test_a_cheap_model_for_apps_costs_nearly_all_pay() -> None:
    assert watch(-2.5, 0.0) < 0.05
    assert watch(-2.5, 0.0, texts=1) > 0.3


def test_who_answers_only_one_of_the_two_is_judged_elsewhere() -> None:
    consistency = Consistency()
    row = np.full((1, 8), -1.0)
    for _ in range(20):
        consistency.observe(["miner"], np.full((1, 8), np.nan), row)
    assert consistency.factor("miner") == 1.0


def test_what_was_seen_survives_a_restart_and_is_forgotten_on_demand() -> None:
    consistency, other = Consistency(), Consistency()
    for _ in range(5):
        consistency.observe(["a", "b"], np.array([[-4.0] * 4, [-1.0] * 4]), np.full((2, 4), -1.0))
    other.restore(json.loads(json.dumps(consistency.encode())))
    assert other.encode() == consistency.encode()
    assert other.factor("a") == consistency.factor("a") < 0.2
    assert other.factor("b") == 1.0
    other.forget("a")
    assert other.factor("a") == 1.0
    with pytest.raises((TypeError, ValueError)):
        other.restore({"a": ["x", 1, 2]})


def test_no_credit_is_saved_up_by_answering_audits_badly() -> None:
    saving, plain = Consistency(), Consistency()
    good, bad = np.full((1, 8), -1.0), np.full((1, 8), -6.0)
    for _ in range(20):
        saving.observe(["miner"], good, bad)
    for consistency in (saving, plain):
        for _ in range(12):
            consistency.observe(["miner"], bad, good)
    assert plain.factor("miner") < saving.factor("miner") < 0.05

"""The gate finds who is good at what, and remembers nobody who has gone."""

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.checkpoint import CorruptCheckpoint
from gating.ridge import RidgeBank
from gating.router import LinUCBRouter, RouterSettings

SETTINGS = RouterSettings(dimension=8)
DOMAINS = np.eye(8)[:4]


def text_of(domain: int, rng: np.random.Generator) -> np.ndarray:
    vector = DOMAINS[domain] + 0.2 * rng.normal(size=8)
    return np.asarray(vector / np.linalg.norm(vector))


def gain_of(hotkey: str, domain: int) -> float:
    return 0.6 if hotkey == f"expert-{domain}" else -3.0


def audit(router: LinUCBRouter, hotkeys: list[str], texts: int, k: int = 2, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    for turn in range(texts):
        features = text_of(turn % 4, rng)
        choice = router.choose(features, hotkeys, k, explore=True)
        for hotkey, propensity in zip(choice.hotkeys, choice.propensities, strict=True):
            router.update(hotkey, features, gain_of(hotkey, turn % 4), propensity)


def hit_rate(router: LinUCBRouter, hotkeys: list[str], k: int) -> float:
    rng = np.random.default_rng(9)
    hits = [f"expert-{d % 4}" in router.choose(text_of(d % 4, rng), hotkeys, k).hotkeys for d in range(200)]
    return float(np.mean(hits))


def test_specialists_are_found_in_a_hostile_pool() -> None:
    hotkeys = [*(f"expert-{domain}" for domain in range(4)), *(f"bad-{index}" for index in range(6))]
    router = LinUCBRouter(SETTINGS)
    audit(router, hotkeys, 200 + 30 * len(hotkeys))
    assert hit_rate(router, hotkeys, 1) > 0.95


def test_every_newcomer_is_audited_soon_even_beside_known_experts() -> None:
    router = LinUCBRouter(SETTINGS)
    known = [f"expert-{domain}" for domain in range(4)]
    audit(router, known, 200)
    audit(router, [*known, "new"], 120)
    assert router.audits("new") >= SETTINGS.warm_audits


def test_the_unknown_is_expected_to_be_worse_than_the_anchor() -> None:
    choice = LinUCBRouter(SETTINGS).choose(DOMAINS[0], ["a", "b"], 2)
    assert choice.scores == (SETTINGS.prior_gain,) * 2


def test_serving_never_explores_and_asking_twice_gives_the_same() -> None:
    router = LinUCBRouter(SETTINGS)
    hotkeys = [f"expert-{domain}" for domain in range(4)]
    audit(router, hotkeys, 100)
    first = router.choose(DOMAINS[1], hotkeys, 2)
    assert first == router.choose(DOMAINS[1], hotkeys, 2)
    assert not first.explored
    assert first.propensities == (1.0, 1.0)


def test_logged_propensities_are_the_frequencies_of_being_asked() -> None:
    hotkeys = [f"expert-{domain}" for domain in range(4)] + ["bad"]
    router = LinUCBRouter(SETTINGS)
    audit(router, hotkeys, 300)
    asked: dict[str, list[float]] = {hotkey: [] for hotkey in hotkeys}
    for _ in range(4_000):
        choice = router.choose(DOMAINS[2], hotkeys, 2, explore=True)
        for hotkey, propensity in zip(choice.hotkeys, choice.propensities, strict=True):
            asked[hotkey].append(propensity)
    for logged in asked.values():
        assert len(set(logged)) == 1
        assert len(logged) / 4_000 == pytest.approx(logged[0], abs=0.015)


def test_a_new_owner_starts_from_nothing_and_the_others_keep_theirs() -> None:
    router = LinUCBRouter(SETTINGS)
    hotkeys = [f"expert-{domain}" for domain in range(4)]
    audit(router, hotkeys, 100)
    before = router.predict(DOMAINS[3], ["expert-3", "expert-1"])
    router.forget("expert-0")
    assert router.audits("expert-0") == 0
    np.testing.assert_array_equal(router.predict(DOMAINS[3], ["expert-3", "expert-1"]), before)
    assert router.predict(DOMAINS[0], ["expert-0"])[0] == SETTINGS.prior_gain


def test_a_new_commitment_weakens_confidence_but_does_not_whitewash() -> None:
    router = LinUCBRouter(SETTINGS)
    audit(router, ["bad"], 60, k=1)
    before = router.predict(DOMAINS[0], ["bad"])[0]
    router.weaken("bad")
    after = router.predict(DOMAINS[0], ["bad"])[0]
    assert after < 0.5 * before < 0
    assert router.audits("bad") == 60


@given(st.integers(0, 10_000))
def test_the_running_inverse_is_the_ridge_solution(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bank, design, moment = RidgeBank(5, 0.5, 1.0), 0.5 * np.eye(5), np.zeros(5)
    for _ in range(150):
        vector, value, weight = rng.normal(size=5), float(rng.normal()), float(rng.uniform(0.5, 3))
        bank.learn("a", vector, value, weight)
        design += weight * np.outer(vector, vector)
        moment += weight * value * vector
    probe = rng.normal(size=5)
    assert bank.predict(["a"], probe)[0] == pytest.approx(probe @ np.linalg.solve(design, moment), abs=1e-3)
    assert bank.deviation(["a"], probe)[0] == pytest.approx(np.sqrt(probe @ np.linalg.solve(design, probe)), rel=1e-2)


def test_long_silence_in_one_direction_does_not_blow_up() -> None:
    bank = RidgeBank(4, 0.3, 0.99)
    for _ in range(5_000):
        bank.learn("a", np.eye(4)[0], 1.0)
    assert 0.5 / 0.3 < bank.deviation(["a"], np.eye(4)[1])[0] ** 2 < 2 / 0.3


def test_a_saved_router_continues_where_it_stopped(tmp_path: Path) -> None:
    hotkeys = [f"expert-{domain}" for domain in range(4)]
    router, other = LinUCBRouter(SETTINGS), LinUCBRouter(SETTINGS)
    audit(router, hotkeys, 100)
    digest = router.save(tmp_path / "router")
    assert router.save(tmp_path / "again") == digest
    other.load(tmp_path / "router")
    for _ in range(20):
        mine, theirs = (each.choose(DOMAINS[1], hotkeys, 2, explore=True) for each in (router, other))
        assert mine.hotkeys == theirs.hotkeys
        np.testing.assert_allclose(mine.scores, theirs.scores, atol=1e-6)


def test_a_damaged_or_foreign_state_is_refused(tmp_path: Path) -> None:
    router = LinUCBRouter(SETTINGS)
    router.save(tmp_path / "router")
    with pytest.raises(FileNotFoundError):
        router.load(tmp_path / "nowhere")
    (tmp_path / "half").write_bytes((tmp_path / "router").read_bytes()[:100])
    with pytest.raises(CorruptCheckpoint, match="delete it"):
        router.load(tmp_path / "half")
    audit(router, ["a"], 3, k=1)
    router.save(tmp_path / "router")
    with pytest.raises(CorruptCheckpoint):
        LinUCBRouter(RouterSettings(dimension=9)).load(tmp_path / "router")


def test_bad_input_is_refused_and_few_candidates_are_all_asked() -> None:
    router = LinUCBRouter(SETTINGS)
    with pytest.raises(ValueError, match="not a number"):
        router.update("a", DOMAINS[0], float("nan"))
    with pytest.raises(ValueError, match="twice"):
        router.choose(DOMAINS[0], ["a", "a"], 1)
    assert router.choose(DOMAINS[0], [], 2, explore=True).hotkeys == ()
    assert sorted(router.choose(DOMAINS[0], ["a", "b"], 5, explore=True).hotkeys) == ["a", "b"]


def test_a_query_among_256_experts_takes_less_than_a_millisecond() -> None:
    router = LinUCBRouter()
    hotkeys = [f"expert-{index}" for index in range(256)]
    features = np.ones(256) / 16
    router.choose(features, hotkeys, 2)
    began = time.process_time()
    for _ in range(20):
        router.choose(features, hotkeys, 2)
    assert (time.process_time() - began) / 20 < 1e-3


@given(st.integers(0, 1_000), st.integers(1, 4))
def test_leaving_out_hopeless_candidates_changes_no_choice(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    router = LinUCBRouter(RouterSettings(dimension=4, warm_audits=1, exploration=0.0))
    hotkeys = [f"hotkey-{number}" for number in range(12)]
    for _ in range(60):
        router.update(str(rng.choice(hotkeys)), unit(rng), float(rng.normal(0, 2)))
    for hotkey in hotkeys:
        router.update(hotkey, unit(rng), 0.0)
    features = unit(rng)
    bounds = router.predict(features, hotkeys) + 0.3 * router._bank.deviation(hotkeys, features)
    best = [hotkeys[place] for place in np.argsort(-bounds, kind="stable")[:k]]
    assert list(router.choose(features, hotkeys, k, explore=True).hotkeys) == best


def unit(rng: np.random.Generator) -> np.ndarray:
    vector = rng.normal(size=4)
    return vector / np.linalg.norm(vector)

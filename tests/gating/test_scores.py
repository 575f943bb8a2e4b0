"""Scores become weights without surprises."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.checkpoint import CorruptCheckpoint
from gating.scores import Asked, Evidence, Scoreboard, ScoreSettings, to_weights

SCORES = st.dictionaries(st.integers(0, 4_095), st.floats(0, 1e6), max_size=30)


def play(board: Scoreboard, texts: int, means: dict[str, float], seed: int = 0, noise: float = 0.1) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(texts):
        board.record({hotkey: Asked(float(rng.normal(mean, noise))) for hotkey, mean in means.items()})


@given(SCORES)
def test_weights_are_sorted_and_the_best_has_the_largest(scores: dict[int, float]) -> None:
    weights = to_weights(scores)
    if max(scores.values(), default=0) > 0:
        assert [uid for uid, _ in weights] == sorted(scores)
        assert max(weight for _, weight in weights) == 65_535
        assert all(0 <= weight <= 65_535 for _, weight in weights)
    else:
        assert weights == []


@given(SCORES, st.integers(-20, 20))
def test_weights_do_not_depend_on_the_unit_of_the_scores(scores: dict[int, float], power: int) -> None:
    tame = {uid: score for uid, score in scores.items() if score == 0 or score > 1e-200}
    assert to_weights({uid: math.ldexp(score, power) for uid, score in tame.items()}) == to_weights(tame)


def test_nobody_gives_nothing_one_gives_everything_and_zeros_are_said() -> None:
    assert to_weights({}) == []
    assert to_weights({3: 0.0, 5: -1.0}) == []
    assert to_weights({3: 1e-9}) == [(3, 65_535)]
    assert to_weights({9: 2.0, 1: 0.0, 4: 1.0}) == [(1, 0), (4, 32_768), (9, 65_535)]


def test_nan_scores_never_become_weights() -> None:
    board = Scoreboard()
    board.track(["a"])
    with pytest.raises(ValueError, match="cannot be scored"):
        board.record({"a": Asked(math.nan)})
    with pytest.raises(KeyError, match="not tracked"):
        board.record({"stranger": Asked(1.0)})
    assert board.scores() == {"a": 0.0}


def test_a_newcomer_reaches_its_worth_within_ten_rounds() -> None:
    board = Scoreboard()
    board.track(["old", "new"])
    play(board, 2_000, {"old": 0.3})
    assert board.scores()["new"] == 0.0
    play(board, 16 * 10, {"old": 0.3, "new": 0.3})
    scores = board.scores()
    assert scores["new"] > 0.9 * scores["old"]


def test_one_lucky_text_pays_little() -> None:
    board = Scoreboard()
    board.track(["lucky", "steady"])
    play(board, 300, {"steady": 0.3})
    board.record({"lucky": Asked(3.0), "steady": Asked(0.3)})
    assert board.scores()["lucky"] < 0.3


def test_the_estimate_does_not_depend_on_how_often_one_was_asked() -> None:
    rng = np.random.default_rng(5)
    board = Scoreboard(ScoreSettings(discount=1.0))
    board.track(["rare", "often"])
    for _ in range(20_000):
        texts = {"rare": 0.1, "often": 0.8}
        board.record({key: Asked(0.4, chance) for key, chance in texts.items() if rng.random() < chance})
    assert board.evidence("rare").mean == pytest.approx(0.4, rel=0.1)
    assert board.evidence("often").mean == pytest.approx(0.4, rel=0.03)


def test_silence_counts_as_zero_and_harm_is_not_paid() -> None:
    board = Scoreboard()
    board.track(["silent", "harmful"])
    board.record({"silent": Asked(0.5), "harmful": Asked(-0.5)})
    play(board, 400, {"harmful": -0.2})
    assert board.evidence("silent").mean < 0.1
    assert board.scores()["harmful"] == 0.0


def test_who_leaves_is_soon_paid_next_to_nothing_and_who_returns_is_paid_again() -> None:
    board = Scoreboard()
    board.track(["gone", "stays"])
    play(board, 800, {"gone": 0.5, "stays": 0.5})
    before = board.scores()["gone"]
    for _ in range(110):
        board.record({"gone": Asked(0.0, answered=0.0), "stays": Asked(0.5)})
    assert board.scores()["gone"] < 0.05 * before
    assert board.scores()["stays"] > 0.95 * before
    play(board, 110, {"gone": 0.5, "stays": 0.5})
    assert board.scores()["gone"] > 0.6 * before


def test_being_asked_only_to_learn_pays_nothing_and_costs_nothing() -> None:
    board = Scoreboard()
    board.track(["new"])
    board.record({"new": Asked(-5.0, 0.5, routed=False)})
    assert board.evidence("new") == Evidence()


def test_the_next_owner_inherits_nothing_and_who_left_is_forgotten() -> None:
    board = Scoreboard()
    board.track(["a", "b"])
    play(board, 50, {"a": 0.5, "b": 0.5})
    board.forget("a")
    assert board.scores()["a"] == 0.0 < board.scores()["b"]
    board.track(["a"])
    board.track(["a", "b"])
    assert board.scores()["b"] == 0.0


@given(st.lists(st.floats(-6, 6), min_size=1, max_size=40))
def test_moments_in_one_pass_are_the_weighted_moments(values: list[float]) -> None:
    discount, evidence = 0.9, Evidence()
    for value in values:
        evidence = evidence.add(value, discount)
    weights = discount ** np.arange(len(values))[::-1]
    mean = np.average(values, weights=weights)
    assert evidence.mean == pytest.approx(mean, abs=1e-9)
    assert evidence.variance == pytest.approx(np.average((np.array(values) - mean) ** 2, weights=weights), abs=1e-9)


def test_a_saved_board_scores_the_same_and_its_hash_names_it(tmp_path: Path) -> None:
    board, other = Scoreboard(), Scoreboard()
    board.track(["a", "b"])
    play(board, 30, {"a": 0.2, "b": 0.1})
    first = board.save(tmp_path / "scores")
    assert board.save(tmp_path / "again") == first
    other.load(tmp_path / "scores")
    assert other.scores() == board.scores()
    data = bytearray((tmp_path / "scores").read_bytes())
    data[-40] ^= 1
    (tmp_path / "scores").write_bytes(data)
    with pytest.raises(CorruptCheckpoint, match="delete it"):
        other.load(tmp_path / "scores")


def test_text_says_nothing_of_miners_that_were_not_among_those_to_choose_from():
    board = Scoreboard()
    board.track("abc")
    board.record({key: Asked(1.0) for key in "abc"})
    board.record({"a": Asked(1.0)}, among={"a", "b"})
    assert [board.evidence(key).audits for key in "abc"] == [2, 2, 1]
    assert board.evidence("b").mean < board.evidence("c").mean == 1.0


def test_lower_bound_is_the_mean_less_some_errors():
    board = Scoreboard()
    board.track("a")
    assert board.evidence("a").estimate(board.settings) == (0.0, 0.0)
    for value in (0.5, 1.0, 2.0):
        board.record({"a": Asked(value)})
    mean, error = board.evidence("a").estimate(board.settings)
    assert board.evidence("a").lower_bound(board.settings) == mean - board.settings.doubt * error

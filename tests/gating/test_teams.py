"""Teams are formed by who helps whom, kind of text by kind of text."""

import numpy as np
import pytest

from gating.contexts import fit_contexts
from gating.teams import TeamBook

TOKENS = 16


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def answers(probabilities: dict[str, np.ndarray]) -> np.ndarray:
    """Log-probabilities of true tokens, half of them nouns and half verbs, the anchor a tenth each."""
    rows = [np.full(TOKENS, 0.1), *probabilities.values()]
    return np.asarray(np.log(np.clip(np.array(rows), 1e-6, 1.0)))


def nouns(at_home: float, elsewhere: float) -> np.ndarray:
    return np.where(np.arange(TOKENS) % 2 == 0, at_home, elsewhere)


def verbs(at_home: float, elsewhere: float) -> np.ndarray:
    return nouns(elsewhere, at_home)


def book_of(experts: dict[str, np.ndarray], texts: int = 20) -> TeamBook:
    book, random = TeamBook(2), np.random.default_rng(0)
    for _ in range(texts):
        noisy = {name: row * random.uniform(0.9, 1.1, TOKENS) for name, row in experts.items()}
        book.observe(1, tuple(experts), answers(noisy))
    return book


def test_an_expert_that_adds_to_the_team_joins_and_one_that_repeats_it_does_not() -> None:
    experts = {
        "nouns": nouns(0.6, 0.05),
        "again": nouns(0.58, 0.05),
        "verbs": verbs(0.5, 0.02),
        "worse": np.full(16, 0.05),
    }
    team = book_of(experts).form(1, experts)
    assert team.members == ("nouns", "verbs")
    assert team.gain > np.log(2.0)
    assert sum(team.weights) == pytest.approx(1.0)
    assert book_of(experts).form(0, experts).members == ()


def test_help_is_the_slope_of_the_log_score() -> None:
    experts = {"nouns": nouns(0.6, 0.05), "verbs": verbs(0.5, 0.02)}
    book = book_of(experts, texts=40)
    step, weights = 1e-4, book.form(1, ["nouns"]).weights
    text = [text.ratios for text in book._contexts[1].texts]
    team = np.concatenate([weights[0] + weights[1] * row["nouns"] for row in text])
    verbs_row = np.concatenate([row["verbs"] for row in text])
    slope = (np.log((1 - step) * team + step * verbs_row).mean() - np.log(team).mean()) / step
    found = book.help(1, ["nouns"], "verbs")
    assert found.mean - 1.0 == pytest.approx(slope, rel=0.01)
    assert found.texts == 40


def test_nobody_joins_where_nobody_is_better_than_the_anchor_or_too_little_is_known() -> None:
    assert book_of({"worse": np.full(16, 0.09)}).form(1, ["worse"]).members == ()
    assert book_of({"good": np.full(16, 0.5)}, texts=3).form(1, ["good"]).members == ()
    assert book_of({"good": np.full(16, 0.5)}, texts=9).form(1, ["good"]).members == ("good",)


def test_one_lucky_text_makes_no_team_and_who_left_is_in_none() -> None:
    book = book_of({"lucky": np.full(16, 0.08), "good": np.full(16, 0.3)})
    book.observe(1, ["lucky"], answers({"lucky": np.full(16, 1.0)}))
    assert book.form(1, ["lucky", "good"]).members == ("good",)
    book.forget("good")
    assert book.form(1, ["lucky", "good"]).members == ()


def test_an_absent_answer_counts_nowhere() -> None:
    book = TeamBook(1)
    for _ in range(10):
        logprobs = answers({"half": np.full(16, 0.4), "gone": np.full(16, 0.9)})
        logprobs[1, 8:] = np.nan
        logprobs[2] = np.nan
        book.observe(0, ["half", "gone"], logprobs)
    assert book.form(0, ["half", "gone"]).members == ("half",)
    assert book.help(0, (), "gone").texts == 0
    assert book.anchor_nats(0) == pytest.approx(-np.log(0.1))


def test_texts_of_a_kind_fall_into_one_context() -> None:
    random = np.random.default_rng(3)
    kinds = np.arange(90) % 3
    features = unit(np.eye(6)[kinds] + 0.1 * random.normal(size=(90, 6)))
    contexts = fit_contexts(features, 3)
    found = [contexts.find(row) for row in features]
    assert len({(kind, number) for kind, number in zip(kinds.tolist(), found, strict=True)}) == 3
    assert fit_contexts(np.tile(features[:1], (5, 1)), 4).count == 1
    with pytest.raises(ValueError, match="no texts"):
        fit_contexts(features[:0], 3)

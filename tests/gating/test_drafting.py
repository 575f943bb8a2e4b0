"""Drafted blocks: sampled exactly, judged by others than their drafter, and weights that only fall."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.drafting import Forbearance, Standing, Verdicts, choose_drafter, explain, rank_drafts

VOCAB = 4


def random_experts(seed: int, experts: int = 3) -> np.ndarray:
    """Log-probabilities of the next token by the last one, [E, V, V]."""
    return np.log(np.random.default_rng(seed).dirichlet(np.full(VOCAB, 0.7), (experts, VOCAB)))


def said(tables: np.ndarray, start: int, block: tuple[int, ...]) -> np.ndarray:
    """What each expert gives the tokens of a block, [E, T]."""
    before = (start, *block[:-1])
    return np.asarray(tables[:, before, block])


def draft(table: np.ndarray, start: int, uniforms: np.ndarray) -> tuple[int, ...]:
    """A block that one expert draws."""
    block: list[int] = []
    for uniform in uniforms:
        below = np.exp(table[block[-1] if block else start]).cumsum()
        block.append(int(min(np.searchsorted(below, uniform * below[-1], side="right"), VOCAB - 1)))
    return tuple(block)


def any_verdicts(rng: np.random.Generator, experts: int, tokens: int = 8) -> Verdicts:
    logprobs = -rng.exponential(rng.choice([0.1, 3.0, 15.0], (experts, 1)), (experts, tokens))
    absent = rng.random(experts) < 0.15
    absent[0] = False
    logprobs[absent] = np.nan
    return Verdicts(logprobs, np.where(np.isnan(logprobs), np.nan, -rng.uniform(0, 6, (experts, tokens))))


@pytest.mark.parametrize("length", [1, 2, 3])
def test_blocks_are_drawn_from_the_linear_mixture_of_blocks(length):
    tables, weights, start = random_experts(1), np.array([0.2, 0.5, 0.3]), 2
    draws = 10_000
    rng = np.random.default_rng(7)
    blocks = list(itertools.product(range(VOCAB), repeat=length))
    place = {block: at for at, block in enumerate(blocks)}
    counts = np.zeros(len(blocks))
    for uniforms in rng.random((draws, 1 + length)):
        counts[place[draft(tables[choose_drafter(weights, uniforms[0])], start, uniforms[1:])]] += 1
    expected = np.array([weights @ np.exp(said(tables, start, block).sum(axis=1)) for block in blocks])
    assert expected.sum() == pytest.approx(1)
    chi_square = ((counts - draws * expected) ** 2 / (draws * expected)).sum()
    freedom = len(blocks) - 1
    assert chi_square < freedom + 4 * np.sqrt(2 * freedom)


@given(st.integers(0, 10_000))
def test_account_of_a_block_sums_to_its_probability_in_the_mixture(seed):
    rng = np.random.default_rng(seed)
    tables, weights = random_experts(seed), rng.dirichlet(np.ones(3))
    block = tuple(rng.integers(0, VOCAB, 5))
    logprobs = said(tables, 0, block)
    account = explain(weights, logprobs)
    assert account.logprobs.sum() == pytest.approx(np.log(weights @ np.exp(logprobs.sum(axis=1))))
    np.testing.assert_allclose(account.before[0], weights)
    for at in range(5):
        assert account.logprobs[at] == pytest.approx(np.log(account.before[at] @ np.exp(logprobs[:, at])))
    np.testing.assert_allclose(account.shares.sum(axis=1), 1.0)


def test_members_that_were_not_heard_have_no_share():
    logprobs = np.log(np.array([[0.5, 0.5], [np.nan, np.nan], [0.25, 0.25]]))
    account = explain(np.array([0.2, 0.4, 0.4]), logprobs)
    assert account.shares[:, 1].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(account.before[0], [1 / 3, 0, 2 / 3])


@given(st.integers(0, 10_000), st.integers(1, 20))
def test_whatever_is_said_no_expert_ever_rises(seed, blocks):
    rng = np.random.default_rng(seed)
    experts = int(rng.integers(2, 5))
    standing = Standing(rng.dirichlet(np.ones(experts)))
    for _ in range(blocks):
        before = standing.weights
        drafter = choose_drafter(before, rng.random())
        standing.judge(drafter, any_verdicts(rng, experts))
        if rng.random() < 0.1:
            standing.dismiss(int(rng.integers(0, experts)))
        assert (standing.weights[1:] <= before[1:] + 1e-15).all()
        assert standing.weights.sum() == pytest.approx(1)
        assert standing.weights[0] > 0


def test_typical_text_costs_its_drafter_nothing_and_good_deeds_earn_no_credit():
    rng = np.random.default_rng(3)
    tables = random_experts(4)
    expected = (np.exp(tables) * tables).sum(axis=2)
    standing, start = Standing(np.array([0.2, 0.8]), Forbearance(reader=1e9)), 0
    for _ in range(200):  # the anchor knows the language that the expert drafts in
        block = draft(tables[0], start, rng.random(8))
        before = (start, *block[:-1])
        logprobs = np.stack([said(tables, start, block)[0], np.zeros(8)])
        standing.judge(1, Verdicts(logprobs, np.stack([expected[0][list(before)], np.zeros(8)])))
        start = block[-1]
    assert standing.weights[1] == pytest.approx(0.8)
    standing.judge(1, Verdicts(np.array([[-9.0] * 8, [0.0] * 8]), np.array([[-4.0] * 8, [0.0] * 8])))
    assert standing.weights[1] < 1e-6


def test_drafter_of_junk_with_certainty_is_out_after_its_first_block():
    standing = Standing(np.array([0.1, 0.45, 0.45]))
    junk = Verdicts(np.array([[-9.0] * 8, [0.0] * 8, [-9.0] * 8]), np.array([[-4.0] * 8, [0.0] * 8, [-3.0] * 8]))
    standing.judge(1, junk)
    assert standing.weights[1] < 1e-6
    assert standing.weights[2] == pytest.approx(0.45)


def test_one_word_for_a_drafter_is_enough_to_keep_it():
    standing = Standing(np.array([0.1, 0.45, 0.45]), Forbearance(reader=1e9))
    expected = np.full((3, 8), -3.0)
    standing.judge(1, Verdicts(np.array([[-3.0] * 8, [0.0] * 8, [-100.0] * 8]), expected))  # number 2 talks it down
    assert standing.weights[1] == pytest.approx(0.45)


def test_reader_at_odds_with_the_text_fades_and_flatterers_do_not_rise():
    standing = Standing(np.array([0.1, 0.3, 0.3, 0.3]))
    logprobs = np.array([[-2.0] * 8, [-1.0] * 8, [-6.0] * 8, [0.0] * 8])
    standing.judge(1, Verdicts(logprobs, np.full((4, 8), -2.0)))
    assert standing.weights[2] < 1e-6
    assert standing.weights[[1, 3]].tolist() == [0.3, 0.3]


@given(st.integers(0, 10_000))
def test_what_a_drafter_says_of_its_own_draft_does_not_move_its_rank(seed):
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(3))
    verdicts = [any_verdicts(rng, 3) for _ in range(3)]
    before = rank_drafts(weights, [0, 1, 2], verdicts)
    for drafter, verdict in enumerate(verdicts):
        verdict.logprobs[drafter] = -rng.exponential(20.0, 8)
    assert rank_drafts(weights, [0, 1, 2], verdicts) == before


def test_junk_is_ranked_last_even_when_its_drafter_talks_all_others_down():
    weights, expected = np.array([0.1, 0.9]), np.full((2, 8), -3.0)
    anchors = Verdicts(np.array([[-1.0] * 8, [-100.0] * 8]), expected)
    junk = Verdicts(np.array([[-9.0] * 8, [0.0] * 8]), expected)
    assert rank_drafts(weights, [0, 1], [anchors, junk]) == [0, 1]


def test_draft_that_the_others_find_likelier_wins():
    weights, expected = np.array([0.1, 0.5, 0.4]), np.full((3, 4), -2.0)
    good = Verdicts(np.array([[-2.0] * 4, [-3.0] * 4, [-1.0] * 4]), expected)
    fair = Verdicts(np.array([[-2.5] * 4, [-2.5] * 4, [-0.1] * 4]), expected)
    assert rank_drafts(weights, [1, 2], [good, fair])[0] == 0


def test_members_without_weight_never_draft():
    weights = np.array([0.3, 0.7, 0.0])
    assert {choose_drafter(weights, uniform) for uniform in np.linspace(0, 1, 50, endpoint=False)} == {0, 1}
    assert choose_drafter(weights, np.nextafter(1.0, 0.0)) == 1

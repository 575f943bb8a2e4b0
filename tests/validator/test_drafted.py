"""Answers drafted by blocks, with real experts over real gRPC."""

import asyncio
import itertools

import grpc
import numpy as np
import pytest

from gating.features import Features
from gating.router import LinUCBRouter, RouterSettings
from tests.validator.test_answers import hidden, speak
from validator.answers import Limits, MixtureService, Question, Selection, Sources
from validator.drafters import Terms
from validator.panel import Deadlines, Patience
from validator.routing import ANCHOR, Gate
from validator.sampling import Sampling
from validator.sessions import Sessions

PATIENT = Deadlines(Patience(5.0, 5.0), Patience(5.0, 5.0))


@pytest.fixture
def build(bigrams):
    """A mixture service over served experts, and what was recorded of them."""

    def build(anchor, reached, limits=None, deadlines=PATIENT):
        faults: dict[str, str] = {}
        gate = Gate(LinUCBRouter(RouterSettings(prior_gain=1.0)), Features(), lambda tokens: " ".join(map(str, tokens)))
        experts = {one.hotkey: one for one in reached}
        sessions = Sessions(anchor, hidden, 3)
        sources = Sources(sessions, lambda selection: experts, gate, lambda asked, found: faults.update(found))
        return MixtureService(sources, limits or Limits(16, 32), deadlines), faults

    return build


def ask(tokens=24, choices=1, k=2, block=4, terms=None, **sampling):
    return Question(
        (5, 6), tokens, choices, Sampling(**sampling), Selection(k), block_tokens=block, top=3, terms=terms or Terms()
    )


def tokens_of(steps, choice=0):
    return [step[choice].token for step in steps]


def restrict(table, size=3):
    """Only the first few tokens are ever said."""
    kept = np.full_like(table, -60.0)
    kept[:, :size] = table[:, :size]
    return kept - np.log(np.exp(kept).sum(axis=1, keepdims=True))


async def test_text_is_drawn_from_the_linear_mixture_of_blocks(bigrams, serve_expert, build):
    anchor = bigrams.Anchor(restrict(bigrams.table(0)))
    experts = [bigrams.Expert(restrict(bigrams.table(seed))) for seed in (1, 2)]
    service, _ = build(anchor, [await serve_expert(expert) for expert in experts])
    blocks = list(itertools.product(range(3), repeat=2))
    counts, draws = np.zeros(9), 0
    for seed in range(80):
        weights, steps = await speak(service, ask(tokens=2, choices=8, block=2, seed=seed))
        for choice in range(8):
            counts[blocks.index(tuple(tokens_of(steps, choice)))] += 1
            draws += 1
    tables = {ANCHOR: anchor.table, **{expert.hotkey: expert.table for expert in experts}}
    expected = np.array(
        [
            sum(weight * np.exp(tables[name][6, a] + tables[name][a, b]) for name, weight in weights.items())
            for a, b in blocks
        ]
    )
    assert expected.sum() == pytest.approx(1, abs=1e-3)
    assert ((counts - draws * expected) ** 2 / (draws * expected)).sum() < 8 + 4 * np.sqrt(16)


async def test_log_probabilities_sum_to_that_of_the_block_in_the_mixture(bigrams, serve_expert, build):
    anchor = bigrams.Anchor(bigrams.table(0))
    expert = bigrams.Expert(bigrams.table(1))
    service, _ = build(anchor, [await serve_expert(expert)])
    weights, steps = await speak(service, ask(tokens=4, seed=3))
    text = [6, *tokens_of(steps)]
    whole = {
        name: table[text[:-1], text[1:]].sum()
        for name, table in ((ANCHOR, anchor.table), (expert.hotkey, expert.table))
    }
    expected = np.log(sum(weights[name] * np.exp(total) for name, total in whole.items()))
    assert sum(step[0].logprob for step in steps) == pytest.approx(expected, abs=0.02)
    for (spoken,) in steps:
        assert spoken.drafter in weights
        assert sum(spoken.shares.values()) == pytest.approx(1, abs=1e-3)
        assert len(spoken.top) == 3
        assert dict(spoken.top).get(spoken.token, spoken.logprob) == pytest.approx(spoken.logprob, abs=1e-6)


async def test_same_seed_gives_the_same_text_over_many_segments(bigrams, serve_expert, build):
    reached = [await serve_expert(bigrams.Expert(bigrams.table(seed))) for seed in (1, 2)]
    service, _ = build(bigrams.Anchor(bigrams.table(0)), reached, limits=Limits(16, 8))
    (_, first), (_, second) = [await speak(service, ask(tokens=21, choices=2, seed=3)) for _ in range(2)]
    assert len(first) == 21
    assert [tokens_of(first, choice) for choice in (0, 1)] == [tokens_of(second, choice) for choice in (0, 1)]
    assert tokens_of(first, 0) != tokens_of(first, 1)
    assert len({step[0].drafter for step in first}) > 1


@pytest.mark.parametrize("temperature", [1.0, 0.0])
async def test_expert_lost_mid_answer_leaves_and_the_answer_goes_on(bigrams, serve_expert, build, temperature):
    def refuse(step: int) -> None:
        if step == 3:
            raise bigrams.refusal(grpc.StatusCode.INTERNAL, "gone")

    losing, staying = bigrams.Expert(bigrams.table(1), hook=refuse), bigrams.Expert(bigrams.table(2))
    service, faults = build(bigrams.Anchor(bigrams.table(0)), [await serve_expert(losing), await serve_expert(staying)])
    weights, steps = await speak(service, ask(tokens=32, seed=1, temperature=temperature))
    assert len(steps) == 32
    assert losing.hotkey in weights
    assert losing.hotkey not in steps[-1][0].weights
    assert losing.hotkey not in {step[0].drafter for step in steps[16:]}
    assert all(sum(step[0].weights.values()) == pytest.approx(1, abs=1e-3) for step in steps)
    assert set(faults) == {losing.hotkey}


async def test_everybody_may_be_lost_and_the_anchor_carries_on(bigrams, serve_expert, build):
    def refuse(step: int) -> None:
        raise bigrams.refusal(grpc.StatusCode.INTERNAL, "gone")

    reached = [await serve_expert(bigrams.Expert(bigrams.table(seed), hook=refuse)) for seed in (1, 2)]
    service, faults = build(bigrams.Anchor(bigrams.table(0)), reached)
    _, steps = await speak(service, ask(tokens=12, seed=1))
    assert {step[0].drafter for step in steps[4:]} == {ANCHOR}
    assert set(faults) <= {one.hotkey for one in reached}
    assert faults


async def test_late_drafter_is_replaced_after_its_own_deadline(bigrams, serve_expert, build):
    never = asyncio.Event()
    slow = bigrams.Expert(bigrams.table(1), hook=lambda step: never.wait())
    deadlines = Deadlines(Patience(5.0, 5.0), Patience(0.2, 0.2))
    service, faults = build(bigrams.Anchor(bigrams.table(0)), [await serve_expert(slow)], deadlines=deadlines)
    _, steps = await speak(service, ask(tokens=12, seed=1))
    assert {step[0].drafter for step in steps} == {ANCHOR}
    assert faults == {slow.hotkey: "late"}


async def test_once_k_min_have_answered_the_others_get_only_so_much_longer(bigrams, serve_expert, build):
    never = asyncio.Event()
    slow = bigrams.Expert(bigrams.table(1), hook=lambda step: never.wait())
    reached = [await serve_expert(slow), await serve_expert(bigrams.Expert(bigrams.table(2)))]
    patient = Deadlines(Patience(60.0, 60.0), Patience(60.0, 60.0))
    service, faults = build(bigrams.Anchor(bigrams.table(0)), reached, deadlines=patient)
    never_drafting = next(seed for seed in range(99) if np.random.default_rng([seed, 0]).random() < 0.1)
    _, steps = await speak(service, ask(tokens=4, seed=never_drafting, terms=Terms(1, 0.1)))
    assert steps[0][0].drafter == ANCHOR
    assert faults == {slow.hotkey: "late"}
    assert len(steps) == 4


def junk_table(bigrams, token=7):
    table = np.full((bigrams.vocab_size, bigrams.vocab_size), -30.0)
    table[:, token] = 0.0
    return table


async def test_junk_drafted_with_certainty_does_not_capture_the_answer(bigrams, serve_expert, build):
    anchor, honest = bigrams.Anchor(bigrams.table(0)), bigrams.Expert(bigrams.table(0, 2.1))
    liar = bigrams.Expert(junk_table(bigrams))
    service, _ = build(anchor, [await serve_expert(liar), await serve_expert(honest)], limits=Limits(16, 64))
    shares = []
    for seed in range(8):
        weights, steps = await speak(service, ask(tokens=64, block=8, seed=seed))
        assert weights[liar.hotkey] == pytest.approx(0.45, abs=0.01)
        drafters = [step[0].drafter for step in steps[::8]]
        shares.append(drafters.count(liar.hotkey) / len(drafters))
        heard = [step[0].weights.get(liar.hotkey, 0.0) for step in steps]
        assert sorted(heard, reverse=True) == heard
        if liar.hotkey in drafters[:-2]:
            at = drafters.index(liar.hotkey)
            assert liar.hotkey not in drafters[at + 2 :]
    assert 0 < np.mean(shares) < 1 / 4


async def test_greedy_text_never_takes_junk_from_a_liar_that_talks_everybody_down(bigrams, serve_expert, build):
    liar, honest = bigrams.Expert(junk_table(bigrams)), bigrams.Expert(bigrams.table(2))
    for crowd in ([liar], [liar, honest]):
        service, _ = build(bigrams.Anchor(bigrams.table(0)), [await serve_expert(expert) for expert in crowd])
        _, steps = await speak(service, ask(tokens=16, temperature=0.0))
        assert liar.hotkey not in {step[0].drafter for step in steps}
        _, again = await speak(service, ask(tokens=16, temperature=0.0))
        assert tokens_of(steps) == tokens_of(again)


async def test_draft_that_does_not_follow_from_its_distributions_is_a_fault(bigrams, serve_expert, build):
    expert = bigrams.Expert(bigrams.table(1))
    expert.forges = True
    service, faults = build(bigrams.Anchor(bigrams.table(0)), [await serve_expert(expert)])
    _, steps = await speak(service, ask(tokens=32, seed=2))
    assert {step[0].drafter for step in steps} == {ANCHOR}
    assert faults == {expert.hotkey: "InvalidDistribution"}


async def test_sessions_that_draft_have_the_rows_of_audits(bigrams, serve_expert, build):
    expert = bigrams.Expert(bigrams.table(1))
    service, _ = build(bigrams.Anchor(bigrams.table(0)), [await serve_expert(expert)], limits=Limits(16, 4))
    await speak(service, ask(tokens=6))
    assert [sorted(map(len, prefixes)) for prefixes in expert.heard] == [[2, 3, 3], [3, 3, 6]]


async def test_experts_that_do_not_draft_are_asked_token_by_token(bigrams, serve_expert, build):
    old = await serve_expert(bigrams.Expert(bigrams.table(1)))
    old.drafts = False
    service, _ = build(bigrams.Anchor(bigrams.table(0)), [old])
    _, steps = await speak(service, ask(tokens=6))
    assert {step[0].drafter for step in steps} == {None}


async def test_answer_that_is_given_up_ends_the_sessions(bigrams, serve_expert, build):
    expert = bigrams.Expert(bigrams.table(1))
    service, faults = build(bigrams.Anchor(bigrams.table(0)), [await serve_expert(expert)])
    async with service.open(ask(tokens=32)) as answer:
        async for _ in answer.spoken():
            break
    assert faults == {}

import asyncio

import grpc
import numpy as np
import pytest

from gating.features import Features
from gating.objective import AuditItem
from gating.router import LinUCBRouter
from validator.answers import Limits, MixtureService, Question, Selection, Sources
from validator.panel import Deadlines, Patience
from validator.routing import ANCHOR, Gate
from validator.sampling import Sampling
from validator.sessions import Sessions

LIMITS = Limits(context_tokens=16, segment_tokens=4)
ROWS = 3


def hidden(rows):
    return [AuditItem("hidden", (1, 2, 3), tuple(range(64))) for _ in range(rows)]


@pytest.fixture
def build(bigrams):
    """A mixture service over served experts, and what was recorded of them."""

    def build(anchor, reached, limits=LIMITS, deadlines=None):
        faults: dict[str, str] = {}
        gate = Gate(LinUCBRouter(), Features(), lambda tokens: " ".join(map(str, tokens)))
        experts = {one.hotkey: one for one in reached}
        sessions = Sessions(anchor, hidden, ROWS)
        sources = Sources(sessions, lambda selection: experts, gate, lambda asked, found: faults.update(found))
        return MixtureService(sources, limits, deadlines or Deadlines(Patience(5.0, 5.0), Patience(5.0, 5.0))), faults

    return build


def ask(tokens=10, choices=1, k=2, block=1, **sampling):
    return Question((5, 6), tokens, choices, Sampling(**sampling), Selection(k), block_tokens=block)


async def speak(service, question):
    async with service.open(question) as answer:
        return answer.weights, [step async for step in answer.spoken()]


async def test_answer_is_drawn_from_the_linear_mixture(bigrams, serve_expert, build):
    anchor = bigrams.Anchor(bigrams.table(0))
    experts = [bigrams.Expert(bigrams.table(seed)) for seed in (1, 2)]
    service, _ = build(anchor, [await serve_expert(expert) for expert in experts])
    weights, steps = await speak(service, ask(tokens=1))
    (spoken,) = steps[0]
    tables = {ANCHOR: anchor.table, **{expert.hotkey: expert.table for expert in experts}}
    expected = sum(weight * np.exp(tables[name][6, spoken.token]) for name, weight in weights.items())
    assert sum(weights.values()) == pytest.approx(1)
    assert weights[ANCHOR] >= 0.1
    assert spoken.logprob == pytest.approx(np.log(expected), abs=0.02)
    assert sum(spoken.shares.values()) == pytest.approx(1, abs=1e-3)


async def test_answer_spans_segments_and_is_reproducible(bigrams, serve_expert, build):
    reached = [await serve_expert(bigrams.Expert(bigrams.table(seed))) for seed in (1, 2)]
    service, _ = build(bigrams.Anchor(bigrams.table(0)), reached)
    first, second = [await speak(service, ask(tokens=10, choices=2, seed=3)) for _ in range(2)]
    tokens = [[spoken.token for spoken in step] for step in first[1]]
    assert len(tokens) == 10
    assert tokens == [[spoken.token for spoken in step] for step in second[1]]
    assert [pair[0] for pair in tokens] != [pair[1] for pair in tokens]


async def test_expert_lost_mid_answer_leaves_and_the_answer_goes_on(bigrams, serve_expert, build):
    def refuse(step: int) -> None:
        if step == 2:
            raise bigrams.refusal(grpc.StatusCode.INTERNAL, "gone")

    losing, staying = bigrams.Expert(bigrams.table(1), hook=refuse), bigrams.Expert(bigrams.table(2))
    service, faults = build(bigrams.Anchor(bigrams.table(0)), [await serve_expert(losing), await serve_expert(staying)])
    _, steps = await speak(service, ask(tokens=4))
    assert [losing.hotkey in step[0].weights for step in steps] == [True, True, False, False]
    assert all(sum(step[0].weights.values()) == pytest.approx(1, abs=1e-3) for step in steps)
    assert set(faults) == {losing.hotkey}


async def test_late_expert_costs_no_more_than_the_deadline(bigrams, serve_expert, build):
    never = asyncio.Event()
    slow = bigrams.Expert(bigrams.table(1), hook=lambda step: never.wait())
    service, faults = build(
        bigrams.Anchor(bigrams.table(0)),
        [await serve_expert(slow)],
        deadlines=Deadlines(Patience(5.0, 5.0), Patience(0.2, 0.2)),
    )
    _, steps = await speak(service, ask(tokens=4))
    assert len(steps) == 4
    assert faults == {slow.hotkey: "late"}


async def test_anchor_alone_answers_when_nobody_else_can(bigrams, build):
    service, _ = build(bigrams.Anchor(bigrams.table(0)), [])
    weights, steps = await speak(service, ask(tokens=3))
    assert weights == {ANCHOR: 1.0}
    assert len(steps) == 3


async def test_sessions_of_apps_have_the_rows_of_audits(bigrams, serve_expert, build):
    expert = bigrams.Expert(bigrams.table(1))
    service, _ = build(bigrams.Anchor(bigrams.table(0)), [await serve_expert(expert)])
    await speak(service, ask(tokens=6))
    assert [sorted(map(len, prefixes)) for prefixes in expert.heard] == [[2, 3, 3], [3, 3, 6]]


async def test_expert_that_drafts_with_certainty_never_grows_louder(bigrams, serve_expert, build):
    junk = np.full((bigrams.vocab_size, bigrams.vocab_size), -30.0)
    junk[:, 7] = 0.0
    liar = bigrams.Expert(junk)
    service, _ = build(bigrams.Anchor(bigrams.table(0)), [await serve_expert(liar)], limits=Limits(16, 32))
    weights, steps = await speak(service, ask(tokens=30, seed=1))
    heard = [step[0].weights.get(liar.hotkey, 0.0) for step in steps]
    assert max(heard) <= weights[liar.hotkey] + 1e-3

"""Whoever answers apps otherwise than audits loses pay; honest experts, learners too, lose none."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from gating.features import Features
from gating.objective import AuditItem
from tests.validator.conftest import BigramExpert, bigram_table
from tests.validator.test_replaying import Diary, neuron
from validator.answers import Limits, MixtureService, Question, Selection, Sources
from validator.audits import Auditor, Round
from validator.explaining import explain
from validator.organic import Memory, Statement
from validator.panel import Deadlines, Patience
from validator.replaying import replay_epoch
from validator.routing import Gate
from validator.samples import collect_rounds
from validator.sampling import Sampling
from validator.secret import Secret
from validator.sessions import Sessions
from validator.settings import AuditPlan

PLAN = AuditPlan(texts=4, steps=24, rows=4, blocks=4, block_tokens=4, block_share=0.0)
PATIENT = Deadlines(Patience(10.0, 10.0), Patience(10.0, 10.0))
TRUTH = bigram_table(1)
GARBAGE = bigram_table(9)


def write(random: np.random.Generator, length: int) -> list[int]:
    """A text that only those foretell who know which token follows which."""
    tokens = [int(random.integers(len(TRUTH)))]
    while len(tokens) < length:
        tokens.append(int(random.choice(len(TRUTH), p=np.exp(TRUTH[tokens[-1]]))))
    return tokens


class Texts:
    """Hidden texts that follow from the seed."""

    def draw(self, seed: bytes, count: int) -> list[AuditItem]:
        random = np.random.default_rng(list(seed))
        texts = [write(random, 3 + PLAN.steps) for _ in range(count)]
        return [AuditItem("ab"[at % 2], tuple(text[:3]), tuple(text[3:])) for at, text in enumerate(texts)]


@dataclass
class World:
    """One validator with its experts; ``round`` lets apps ask, then audits."""

    diary: Diary
    experts: dict[str, BigramExpert]
    service: MixtureService
    auditor: Auditor
    memory: Memory
    before_app: list[Callable[[], None]] = field(default_factory=list)
    before_audit: list[Callable[[], None]] = field(default_factory=list)

    @property
    def payroll(self):
        return self.diary.standing.payroll

    async def ask_as_app(self, *, store: bool, block: int, seed: int) -> None:
        prompt = tuple(write(np.random.default_rng(seed), 5))
        question = Question(prompt, 16, 1, Sampling(seed=seed), Selection(2), block_tokens=block, again=store)
        async with self.service.open(question) as answer:
            assert len([step async for step in answer.spoken()]) == 16

    async def live_round(self, *, store: bool = True, block: int = 4) -> None:
        for act in self.before_app:
            act()
        await self.ask_as_app(store=store, block=block, seed=self.payroll.rounds)
        await self.ask_as_app(store=store, block=block, seed=100 + self.payroll.rounds)
        for act in self.before_audit:
            act()
        reached = self.service.sources.candidates(Selection(2))
        view = self.diary.view(1)
        self.diary.standing.keep_only(view.metagraph, [one.hotkey for one in self.diary.neurons])
        now = Round(self.payroll.rounds, bytes([self.payroll.rounds]))
        found, _ = await self.auditor.conduct(now, reached)
        kept = self.memory.take(reached.keys(), PLAN.rows)
        again = (await self.auditor.ask_again(kept, reached))[0] if kept else []
        self.diary.standing.learn_round(view, found, self.diary.log.append, again)


@pytest.fixture
def build(tmp_path, bigrams, serve_expert):
    """A world of one validator and two experts."""

    async def build(*experts: BigramExpert) -> World:
        reached = {one.hotkey: one for one in [await serve_expert(expert) for expert in experts]}
        diary = Diary(tmp_path, neurons=tuple(neuron(at, hotkey) for at, hotkey in enumerate(reached)))
        memory = Memory(8, lambda: diary.standing.rounds)
        sessions = Sessions(bigrams.Anchor(bigrams.table(0)), lambda rows: Texts().draw(b"cover", rows), PLAN.rows)
        gate = Gate(diary.standing.router, Features(8), lambda tokens: " ".join(map(str, tokens)))
        sources = Sources(sessions, lambda _: reached, gate, lambda asked, faults: None, memory.keep)
        service = MixtureService(sources, Limits(32, PLAN.steps, 16), PATIENT)
        auditor = Auditor(sessions, gate, Texts(), Secret(b"s" * 32), PLAN, PATIENT)
        return World(diary, {one.hotkey: one for one in experts}, service, auditor, memory)

    return build


def blend(truth: float) -> np.ndarray:
    """An expert that knows so much of the truth."""
    return np.asarray(np.logaddexp(np.log(truth) + TRUTH, np.log1p(-truth) + GARBAGE))


@pytest.mark.parametrize("block", [1, 4])
async def test_two_faced_expert_loses_pay_and_the_honest_one_does_not(build, block):
    honest, false = BigramExpert(blend(0.6)), BigramExpert(blend(0.6))
    world = await build(honest, false)
    world.before_app = [lambda: setattr(false, "table", GARBAGE)]
    world.before_audit = [lambda: setattr(false, "table", blend(0.6))]
    for _ in range(9):
        await world.live_round(block=block)
    found = world.payroll.faithfulness()
    assert found[honest.hotkey] > 0.99
    assert found[false.hotkey] < 0.5
    bare = world.payroll.board.scores()
    assert world.payroll.scores()[false.hotkey] == bare[false.hotkey] * found[false.hotkey]


async def test_expert_that_learns_between_an_apps_question_and_its_audit_loses_nothing(build):
    learner, steady = BigramExpert(blend(0.02)), BigramExpert(blend(0.5))
    world = await build(learner, steady)
    stages = deque([0.04, 0.08, 0.15, 0.25, 0.4, 0.55, 0.7, 0.8, 0.85])
    world.before_audit = [lambda: setattr(learner, "table", blend(stages.popleft()))]
    for _ in range(9):
        await world.live_round()
    assert world.payroll.faithfulness()[learner.hotkey] > 0.95
    assert world.payroll.faithfulness()[steady.hotkey] > 0.99


async def test_without_consent_nothing_is_kept_and_nothing_asked_again(build):
    world = await build(BigramExpert(blend(0.6)), BigramExpert(blend(0.5)))
    for _ in range(3):
        await world.live_round(store=False)
    assert len(world.memory) == 0
    assert world.payroll.faithfulness() == {}


async def test_weights_follow_from_the_log_which_holds_no_text_of_an_app(build):
    false = BigramExpert(blend(0.6))
    world = await build(BigramExpert(blend(0.6)), false)
    world.before_app = [lambda: setattr(false, "table", GARBAGE)]
    world.before_audit = [lambda: setattr(false, "table", blend(0.6))]
    for _ in range(6):
        await world.live_round()
    world.diary.standing.propose(world.diary.view(1), "me", world.diary.log.append)
    assert replay_epoch(world.diary.log.read, 1).same
    records = [record for record in world.diary.log.read() if "again" in record]
    assert records
    assert all(set(record) == {"again", "since", "experts", "then", "now"} for record in records)
    shared = collect_rounds(world.diary.log.read(), 0).values()
    assert all("logprobs" in line for _, *lines in shared for line in lines)
    told = explain(world.diary.log.read(), false.hotkey)
    assert len(told.organic) > 3
    assert told.verdict is not None
    assert told.verdict.faithfulness == world.payroll.faithfulness()[false.hotkey] < 1
    json.dumps(list(world.diary.log.read()))


async def test_standing_with_what_apps_texts_showed_survives_a_restart(build):
    false = BigramExpert(blend(0.6))
    world = await build(BigramExpert(blend(0.6)), false)
    world.before_app = [lambda: setattr(false, "table", GARBAGE)]
    world.before_audit = [lambda: setattr(false, "table", blend(0.6))]
    for _ in range(4):
        await world.live_round()
    world.diary.save()
    before = world.payroll.state()
    world.diary.restart()
    assert world.payroll.state() == before


async def test_texts_asked_again_look_like_any_audit(build):
    expert = BigramExpert(blend(0.6))
    world = await build(expert, BigramExpert(blend(0.5)))
    for _ in range(3):
        await world.live_round()
    assert {len(prefixes) for prefixes in expert.heard} == {PLAN.rows}


def said(experts: tuple[str, ...], at: int = 0) -> Statement:
    return Statement((1, at), (3,), experts, np.zeros((len(experts), 1)))


def test_memory_is_bounded_and_gives_texts_of_the_same_experts_once_and_in_time():
    now = [5]
    memory = Memory(3, lambda: now[0])
    for at in range(4):
        memory.keep(said(("a", "b"), at))
    memory.keep(said(()))
    assert len(memory) == 3
    assert memory.take({"a", "b"}, 8) == []
    now[0] += 1
    memory.keep(said(("c",), 9))
    assert memory.take({"a"}, 8) == []
    assert [one.prefix[1] for one in memory.take({"a", "b", "c"}, 1)] == [2]
    assert [one.prefix[1] for one in memory.take({"a", "b", "c"}, 8)] == [3]
    now[0] += Memory.LONGEST_ROUNDS + 1
    assert memory.take({"a", "b", "c"}, 8) == []
    assert len(memory) == 0

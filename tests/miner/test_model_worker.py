"""The worker with a real model in it."""

import asyncio
import threading
import time
from itertools import pairwise

import numpy as np
import pytest
import torch

from gating.text.model import LanguageModel, ModelConfig
from miner.behaviour import NoiseExpert, TwoFacedExpert
from miner.commitment import compute_commitment
from miner.expert import IsCancelled, LanguageExpert, Step, WorkCancelled
from miner.worker import Worker
from tests.patience import PATIENCE_SECONDS
from wire.operations import ScoreReply, ScoreRequest

SHAPE = ModelConfig(vocab_size=300, width=32, layers=2, heads=2, context=32)
CALLER = b"a" * 32
PREFIXES = [[1, 2, 3], [4]]


@pytest.fixture(scope="module")
def model():
    torch.set_num_threads(1)
    return LanguageModel.build(SHAPE, seed=1)


def equal_weight(_caller) -> float:
    return 1.0


async def test_sessions_answer_as_the_model_does(model):
    state = model.start(PREFIXES)
    async with Worker(LanguageExpert(model), equal_weight) as worker:
        decoding = await worker.start(CALLER, PREFIXES)
        for tokens in ([5, 6], [7, 8]):
            got = await worker.advance(CALLER, Step(decoding, tokens))
            expected = np.exp(state.advance(tokens))
            best = expected.argmax(axis=1)
            np.testing.assert_allclose(np.exp(got.logprob(best)), expected.max(axis=1), rtol=1e-2)


async def test_sessions_in_one_batch_do_not_see_each_other(model):
    async with Worker(LanguageExpert(model), equal_weight) as worker:
        prefixes = [[[9, 9]], [[1, 2, 3, 4], [5]], [[7] * 20]]
        tokens = [[3], [1, 2], [8]]
        together = [await worker.start(CALLER, prefix) for prefix in prefixes]
        steps = [Step(decoding, token) for decoding, token in zip(together, tokens, strict=True)]
        batched = await asyncio.gather(*[worker.advance(CALLER, step) for step in steps])
    for prefix, token, got in zip(prefixes, tokens, batched, strict=True):
        alone = np.exp(model.start(prefix).advance(token))
        np.testing.assert_allclose(got.dense().max(axis=1), alone.max(axis=1), rtol=1e-2)


async def test_score_agrees_with_a_session_over_the_same_text(model):
    text = (3, 1, 4, 1, 5, 9, 2, 6)
    async with Worker(LanguageExpert(model), equal_weight) as worker:
        reply = await worker.score(CALLER, ScoreRequest((text, text[:5]), score_from=2))
        decoding = await worker.start(CALLER, [text[:2]])
        told = [float(decoding.distribution.logprob(np.array([text[2]]))[0])]
        for token, following in pairwise(text[2:]):
            step = await worker.advance(CALLER, Step(decoding, [token]))
            told.append(float(step.logprob(np.array([following]))[0]))
    np.testing.assert_allclose(reply.target_logprob[0], told, atol=1e-2)
    np.testing.assert_allclose(reply.target_logprob[1], told[:3], atol=1e-2)


def test_text_longer_than_the_context_keeps_its_newest_part(model):
    expert = LanguageExpert(model)
    newest = list(range(100, 132))
    long, short = expert.start([[7] * 500 + newest]), expert.start([newest])
    np.testing.assert_array_equal(long.distribution.topk_ids, short.distribution.topk_ids)


def test_scores_of_a_text_longer_than_the_context_are_given_for_every_position(model):
    text = tuple(np.random.default_rng(0).integers(0, 300, 80).tolist())
    reply = LanguageExpert(model).score(ScoreRequest((text,)), lambda: False)
    assert reply.target_logprob[0].shape == (79,)
    assert np.isfinite(reply.target_logprob[0]).all()


class Gate(NoiseExpert):
    """An expert that waits to be let through, and notes what it was asked to do."""

    def __init__(self) -> None:
        super().__init__(300, 32, seed=0)
        self.open = threading.Event()
        self.entered = threading.Event()
        self.done: list[bytes] = []

    def score(self, request: ScoreRequest, is_cancelled: IsCancelled) -> ScoreReply:
        self.entered.set()
        self.open.wait(5)
        if is_cancelled():
            raise WorkCancelled
        self.done.append(bytes(request.input_ids[0]))
        return super().score(request, is_cancelled)

    def ask(self, worker: Worker, name: bytes, caller: bytes = CALLER) -> asyncio.Task[ScoreReply]:
        return asyncio.create_task(worker.score(caller, ScoreRequest((tuple(name),))))


async def test_cancelled_work_is_not_done():
    expert = Gate()
    async with Worker(expert, equal_weight) as worker:
        running, queued, kept = (expert.ask(worker, name) for name in (b"running", b"queued", b"kept"))
        await asyncio.to_thread(expert.entered.wait, 5)
        running.cancel()
        queued.cancel()
        await asyncio.gather(running, queued, return_exceptions=True)
        expert.open.set()
        await kept
    assert expert.done == [b"kept"]


async def test_high_stake_caller_waits_for_at_most_two_units_behind_eighty_low_stake_calls():
    expert, whale = Gate(), b"w" * 32
    async with Worker(expert, lambda caller: 0.9 if caller == whale else 0.01) as worker:
        small = [expert.ask(worker, b"small") for _ in range(80)]
        await asyncio.to_thread(expert.entered.wait, 5)
        big = expert.ask(worker, b"whale", whale)
        await asyncio.sleep(0)
        expert.open.set()
        await asyncio.gather(big, *small)
    assert expert.done.index(b"whale") <= 2


async def test_fault_in_the_model_reaches_its_caller_and_the_worker_goes_on(model):
    async with Worker(LanguageExpert(model), equal_weight) as worker:
        with pytest.raises(ValueError, match="no prefixes"):
            await worker.start(CALLER, [])
        assert await worker.start(CALLER, PREFIXES)


async def test_queued_work_is_finished_before_the_worker_stops():
    expert = Gate()
    async with Worker(expert, equal_weight) as worker:
        asked = [expert.ask(worker, b"%d" % index) for index in range(5)]
        await asyncio.to_thread(expert.entered.wait, 5)
        expert.open.set()
    await asyncio.gather(*asked)
    assert len(expert.done) == 5


class CountingLearner:
    def __init__(self) -> None:
        self.steps = 0
        self.enough = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.closed = False

    @property
    def finished(self) -> bool:
        return self.steps >= 50

    def step(self) -> None:
        self.steps += 1
        if self.finished:
            self.loop.call_soon_threadsafe(self.enough.set)

    def close(self) -> None:
        self.closed = True


async def test_worker_learns_when_nobody_asks_and_keeps_it_at_the_end(model):
    learner = CountingLearner()
    async with Worker(LanguageExpert(model), equal_weight, learner) as worker, asyncio.timeout(PATIENCE_SECONDS):
        await learner.enough.wait()
        await worker.start(CALLER, PREFIXES)
    assert learner.steps == 50
    assert learner.closed


async def test_no_training_step_while_a_session_is_active(model):
    learner = CountingLearner()
    async with Worker(LanguageExpert(model), equal_weight) as worker:
        worker.open_sessions += 1
        decoding = await worker.start(CALLER, PREFIXES)
        worker._learner = learner
        for _ in range(50):
            await worker.advance(CALLER, Step(decoding, [1, 2]))
        assert learner.steps == 0
        worker.open_sessions -= 1
        await worker.start(CALLER, PREFIXES)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await learner.enough.wait()


async def test_training_that_fails_does_not_stop_serving(model, caplog):
    class Failing(CountingLearner):
        def step(self) -> None:
            raise FloatingPointError("loss is not a number")

    async with Worker(LanguageExpert(model), equal_weight, Failing()) as worker:
        deadline = time.monotonic() + 5
        while "training failed" not in caplog.text and time.monotonic() < deadline:
            await worker.start(CALLER, PREFIXES)
        assert "loss is not a number" in caplog.text
        assert await worker.start(CALLER, PREFIXES)


def test_noise_says_something_else_every_time():
    expert = NoiseExpert(300, 32, seed=0)
    decoding = expert.start(PREFIXES)
    first, second = (expert.advance([Step(decoding, [1, 2])])[0].validate() for _ in range(2))
    assert not np.array_equal(first.topk_ids, second.topk_ids)


def test_two_faces_show_by_the_number_of_texts(model):
    expert = TwoFacedExpert(LanguageExpert(model), NoiseExpert(300, 32, seed=0))
    audit, app = [[1, 2, 3]] * 4, [[1, 2, 3]]
    honest = LanguageExpert(model).start(audit).distribution
    np.testing.assert_array_equal(expert.start(audit).distribution.topk_ids, honest.topk_ids)
    assert not np.array_equal(expert.start(app).distribution.topk_ids, honest.topk_ids[:1])


def test_commitment_binds_every_weight_and_the_tokenizer(model, tmp_path):
    model.save(tmp_path / "model")
    root = compute_commitment(tmp_path / "model", "tokenizer")
    assert root == compute_commitment(tmp_path / "model", "tokenizer")
    assert root != compute_commitment(tmp_path / "model", "another")
    assert root != compute_commitment(None, "tokenizer")
    file = next((tmp_path / "model").glob("*.safetensors"))
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    assert root != compute_commitment(tmp_path / "model", "tokenizer")

"""Blocks and drafts of a real model over real gRPC."""

import asyncio

import numpy as np
import pytest

from gating.text.model import LanguageModel, ModelConfig
from miner.decoding import LocalSession
from miner.expert import LanguageExpert
from miner.worker import Worker
from tests.miner.test_service import PREFIX, WHALE, served
from tests.patience import PATIENCE_SECONDS
from wire.blocks import BlockRequest, DraftWish
from wire.drawing import Drawing, draw
from wire.errors import ExpertRefused
from wire.expert import ExpertChannel

PREFIXES = [[1, 2, 3], [9]]


def block(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=np.uint32)


def wish(length: int, rows: int = 2, seed: int = 0, drawing: Drawing | None = None) -> DraftWish:
    return DraftWish(np.random.default_rng(seed).random((rows, length)), drawing or Drawing())


NOTHING = np.zeros((2, 0), dtype=np.uint32)


async def test_block_is_answered_as_its_tokens_one_by_one():
    async with served() as (_, connect):
        whale = await connect(WHALE)
        async with whale.session(PREFIXES, step_timeout=PATIENCE_SECONDS) as session:
            reply = await session.read(BlockRequest(block([5, 6, 7], [8, 9, 10])))
        async with whale.session(PREFIXES, step_timeout=PATIENCE_SECONDS) as session:
            for at, tokens in enumerate(([5, 8], [6, 9], [7, 10])):
                one = await session.reveal(tokens)
                for row in range(2):
                    np.testing.assert_allclose(reply.of(row).dense()[at], one.dense()[row], atol=1e-4)
        assert session.receipt is not None


async def test_draft_follows_from_what_is_said_of_it_and_counts_only_when_revealed():
    async with served() as (_, connect):
        whale = await connect(WHALE)
        async with whale.session(PREFIXES, step_timeout=PATIENCE_SECONDS) as session:
            asked = wish(4, drawing=Drawing(0.8, 0.95))
            first = await session.read(BlockRequest(NOTHING, wish=asked))
            for row in range(2):
                told = [session.first.rows(row, row + 1), *(first.of(row).rows(at, at + 1) for at in range(3))]
                drawn = [draw(one, asked.uniforms[row, at : at + 1], asked.drawing)[0] for at, one in enumerate(told)]
                assert drawn == first.drafted[row].tolist()
            again = await session.read(BlockRequest(NOTHING, wish=asked))
            assert again.drafted.tolist() == first.drafted.tolist()
            other = block([4, 4], [4, 4])
            kept = await session.read(BlockRequest(other))
        async with whale.session(PREFIXES, step_timeout=PATIENCE_SECONDS) as session:
            alone = await session.read(BlockRequest(other))
        np.testing.assert_allclose(kept.distributions.dense(), alone.distributions.dense(), atol=1e-4)


async def test_block_can_be_taken_back_and_replaced():
    async with served() as (_, connect):
        whale = await connect(WHALE)
        async with whale.session(PREFIXES, step_timeout=PATIENCE_SECONDS) as session:
            before = await session.read(BlockRequest(block([4], [4]), wish=wish(3)))
            await session.read(BlockRequest(block([5, 6], [7, 8])))
            replaced = await session.read(BlockRequest(block([9, 9], [3, 3]), instead=True))
            undone = await session.read(BlockRequest(NOTHING, instead=True, wish=wish(3)))
        assert undone.drafted.tolist() == before.drafted.tolist()
        async with whale.session(PREFIXES, step_timeout=PATIENCE_SECONDS) as session:
            alone = await session.read(BlockRequest(block([4, 9, 9], [4, 3, 3])))
        np.testing.assert_allclose(replaced.of(1).dense(), alone.of(1).dense()[1:], atol=1e-4)
        with pytest.raises(ExpertRefused, match="no block to take back"):
            async with whale.session(PREFIXES, step_timeout=PATIENCE_SECONDS) as session:
                await session.read(BlockRequest(block([5, 6], [7, 8]), instead=True))


async def test_drafts_of_many_callers_share_the_model_without_mixing_up_their_texts():
    async def draft(channel: ExpertChannel, start: int) -> list[int]:
        async with channel.session([[start, start + 1]], step_timeout=PATIENCE_SECONDS) as session:
            reply = await session.read(BlockRequest(NOTHING[:1], wish=wish(8, 1)))
            return [int(token) for token in reply.drafted[0]]

    async with served() as (_, connect):
        whale = await connect(WHALE)
        together = await asyncio.gather(*[draft(whale, start) for start in range(20)])
        alone = [await draft(whale, start) for start in range(20)]
    assert together == alone


async def test_draft_stops_when_its_caller_leaves():
    class Counting(LanguageExpert):
        def __init__(self, model: LanguageModel, enough: asyncio.Event) -> None:
            super().__init__(model)
            self.passes = 0
            self._enough, self._loop = enough, asyncio.get_running_loop()

        def advance(self, steps):
            self.passes += 1
            if self.passes == 3:
                self._loop.call_soon_threadsafe(self._enough.set)
            return super().advance(steps)

    enough = asyncio.Event()
    expert = Counting(LanguageModel.build(ModelConfig(vocab_size=300, width=32, layers=2, heads=2), seed=1), enough)
    async with Worker(expert, lambda _: 1.0) as worker:
        session = LocalSession(worker, b"a" * 32, await worker.start(b"a" * 32, PREFIX))
        drafting = asyncio.create_task(session.read(BlockRequest(NOTHING[:1], wish=wish(200, 1))))
        await enough.wait()
        drafting.cancel()
        await asyncio.gather(drafting, return_exceptions=True)
    assert expert.passes < 10

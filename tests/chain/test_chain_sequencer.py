"""When blocks are made, by a clock that the test moves."""

from __future__ import annotations

import asyncio

import pytest

from chain.block import Block, Header
from chain.node.sequencer import IntervalSequencer, ManualSequencer


class MovedClock:
    """Time that passes only by sleeping, or by :attr:`now` being set."""

    def __init__(self, now: int) -> None:
        self.now = now

    def now_ms(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1000)


BLOCK = Block(Header(bytes(32), 1, bytes(32), bytes(32)))


class Enough(Exception):
    """The test has seen what it wanted."""


async def test_every_slot_has_one_block_at_its_start_or_as_soon_as_the_last_is_done():
    clock = MovedClock(10_250)
    sealed_at: list[int] = []

    async def seal() -> Block:
        sealed_at.append(clock.now)
        clock.now += 2_300 if len(sealed_at) == 2 else 10
        if len(sealed_at) == 4:
            raise Enough
        return BLOCK

    with pytest.raises(Enough):
        await IntervalSequencer(1000, clock).run(seal)
    assert sealed_at == [11_000, 12_000, 14_300, 15_000]


async def test_manual_block_is_given_back_and_one_who_went_away_does_not_stop_the_next():
    sequencer = ManualSequencer()
    gate = asyncio.Event()

    async def seal() -> Block:
        await gate.wait()
        return BLOCK

    running = asyncio.create_task(sequencer.run(seal))
    gone, stays = (asyncio.create_task(sequencer.create_block()) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    gate.set()
    assert await stays == BLOCK
    running.cancel()

"""When a block is made: at every interval, or when asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from chain.block import Block
from chain.node.clock import Clock

Seal = Callable[[], Awaitable[Block]]


class Sequencer(Protocol):
    """Decides when blocks are made; one at a time."""

    async def run(self, seal: Seal) -> None:
        """Call ``seal`` for every block, until cancelled."""
        ...


class IntervalSequencer:
    """A block in every slot of the interval, empty or not: at its start, or once the last block is done.

    So a busy node makes blocks without a pause, yet never two in a slot; slots that a long block covers are skipped.
    """

    def __init__(self, interval_ms: int, clock: Clock) -> None:
        self._interval_ms = interval_ms
        self._clock = clock

    async def run(self, seal: Seal) -> None:
        interval, clock = self._interval_ms, self._clock
        used = clock.now_ms() // interval
        while True:
            while clock.now_ms() // interval == used:
                await clock.sleep((interval - clock.now_ms() % interval) / 1000)
            used = clock.now_ms() // interval
            await seal()


class ManualSequencer:
    """A block for every :meth:`create_block`."""

    def __init__(self) -> None:
        self._requests: asyncio.Queue[asyncio.Future[Block]] = asyncio.Queue()

    async def create_block(self) -> Block:
        """Have one block made, with what waits in the pool; gives it once it is durable."""
        request: asyncio.Future[Block] = asyncio.get_running_loop().create_future()
        self._requests.put_nowait(request)
        return await request

    async def run(self, seal: Seal) -> None:
        while True:
            request = await self._requests.get()
            block = await seal()
            if not request.done():
                request.set_result(block)

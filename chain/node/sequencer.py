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
    """A block at every multiple of the interval, empty or not; late ones are skipped, not caught up."""

    def __init__(self, interval_ms: int, clock: Clock) -> None:
        self._interval_ms = interval_ms
        self._clock = clock

    async def run(self, seal: Seal) -> None:
        while True:
            await self._clock.sleep((self._interval_ms - self._clock.now_ms() % self._interval_ms) / 1000)
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

"""Few claims are checked where they are, many go to processes in batches."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol

from chain.node.signatures.claim import Claim
from chain.node.signatures.desk import Desk
from chain.node.signatures.process import WorkerLost

_log = logging.getLogger(__name__)

_WINDOW_SECONDS: Final = 0.01
_INLINE_IN_WINDOW: Final = 8
"""A round trip to a process costs the event loop as much as checking a few signatures."""
_BATCH: Final = 256
_FULL: Final = 64
_BATCHES_AT_A_DESK: Final = 2
"""One is checked while the next lies ready: the event loop takes its time to fetch what is done."""
_FALLBACK_SLICE: Final = 16

Tell = Callable[[bool], None]


class SignatureChecker(Protocol):
    """Tells whether signatures hold, without holding up the event loop."""

    def check(self, claim: Claim, tell: Tell) -> bool | None:
        """Whether ``claim`` holds; None where :meth:`run` will ``tell``."""
        ...

    async def run(self) -> None:
        """Do what :meth:`check` put off, for ever."""
        ...


class InlineChecker:
    """Checks at once, in the event loop."""

    def check(self, claim: Claim, tell: Tell) -> bool:
        return claim.holds()

    async def run(self) -> None:
        return


class BatchChecker:
    """Checks the first few claims of every quiet moment at once, the rest in up to ``workers`` processes."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._waiting: list[tuple[Claim, Tell]] = []
        self._under_way = 0
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._window_ends = 0.0
        self._inline_left = 0

    def check(self, claim: Claim, tell: Tell) -> bool | None:
        """As the protocol says."""
        if not self._waiting and not self._under_way and self._may_check_inline():
            return claim.holds()
        self._waiting.append((claim, tell))
        self._wake.set()
        return None

    async def run(self) -> None:
        """As the protocol says; a process starts with its first batch."""
        async with asyncio.TaskGroup() as tasks:
            for index in range(self._workers):
                desk = Desk()
                for _ in range(_BATCHES_AT_A_DESK):
                    tasks.create_task(self._serve(desk), name=f"signatures {index}")

    def _may_check_inline(self) -> bool:
        now = self._loop.time()
        if now > self._window_ends:
            self._window_ends, self._inline_left = now + _WINDOW_SECONDS, _INLINE_IN_WINDOW
        self._inline_left -= 1
        return self._inline_left >= 0

    async def _serve(self, desk: Desk) -> None:
        try:
            while True:
                batch = await self._take()
                self._under_way += 1
                try:
                    verdicts = await desk.check([claim for claim, _ in batch])
                except WorkerLost as error:
                    _log.warning("signatures are checked in the node until a new process starts: %s", error)
                    verdicts = await _check_in_slices(batch)
                finally:
                    self._under_way -= 1
                for (_, tell), holds in zip(batch, verdicts, strict=True):
                    tell(holds)
        finally:
            await desk.close()

    async def _take(self) -> list[tuple[Claim, Tell]]:
        """What was collected, once it is worth the way."""
        while not self._waiting:
            self._wake.clear()
            await self._wake.wait()
        if len(self._waiting) < _FULL:
            await asyncio.sleep(_WINDOW_SECONDS / 2)
        batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
        return batch or await self._take()


def build_checker(workers: int) -> SignatureChecker:
    """A checker with up to that many processes; with none, all is checked inline."""
    return BatchChecker(workers) if workers else InlineChecker()


async def _check_in_slices(batch: list[tuple[Claim, Tell]]) -> list[bool]:
    verdicts: list[bool] = []
    for claim, _ in batch:
        verdicts.append(claim.holds())
        if len(verdicts) % _FALLBACK_SLICE == 0:
            await asyncio.sleep(0)
    return verdicts

"""Few claims are checked where they are, many go to processes in batches."""

from __future__ import annotations

import asyncio
import logging
from typing import Final, Protocol

from chain.node.signatures.claim import Claim
from chain.node.signatures.process import WorkerLost, WorkerProcess

_log = logging.getLogger(__name__)

_WINDOW_SECONDS: Final = 0.01
_INLINE_IN_WINDOW: Final = 8
"""A round trip to a process costs the event loop as much as checking a few signatures."""
_BATCH: Final = 256
_FULL: Final = 64
_FALLBACK_SLICE: Final = 16


class SignatureChecker(Protocol):
    """Tells whether signatures hold, without holding up the event loop."""

    def check(self, claim: Claim) -> bool | asyncio.Future[bool]:
        """Whether ``claim`` holds, or what will tell while :meth:`run` runs."""
        ...

    async def run(self) -> None:
        """Do what :meth:`check` put off, for ever."""
        ...


class InlineChecker:
    """Checks at once, in the event loop."""

    def check(self, claim: Claim) -> bool:
        return claim.holds()

    async def run(self) -> None:
        return


class BatchChecker:
    """Checks the first few claims of every moment at once, the rest in up to ``workers`` processes."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._waiting: list[tuple[Claim, asyncio.Future[bool]]] = []
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._window_ends = 0.0
        self._inline_left = 0

    def check(self, claim: Claim) -> bool | asyncio.Future[bool]:
        """As the protocol says."""
        now = self._loop.time()
        if now > self._window_ends:
            self._window_ends, self._inline_left = now + _WINDOW_SECONDS, _INLINE_IN_WINDOW
        if self._inline_left > 0:
            self._inline_left -= 1
            return claim.holds()
        verdict: asyncio.Future[bool] = self._loop.create_future()
        self._waiting.append((claim, verdict))
        self._wake.set()
        return verdict

    async def run(self) -> None:
        """As the protocol says; a process starts with its first batch."""
        async with asyncio.TaskGroup() as tasks:
            for index in range(self._workers):
                tasks.create_task(self._run_process(), name=f"signatures {index}")

    async def _run_process(self) -> None:
        process: WorkerProcess | None = None
        try:
            while True:
                batch = await self._take()
                try:
                    process = process or await WorkerProcess.start()
                    verdicts = await process.check([claim for claim, _ in batch])
                except (WorkerLost, OSError) as error:
                    _log.warning("signatures are checked in the node until a new process starts: %s", error)
                    await _stop(process)
                    process = None
                    verdicts = await _check_in_slices(batch)
                for (_, verdict), holds in zip(batch, verdicts, strict=True):
                    if not verdict.done():
                        verdict.set_result(holds)
        finally:
            await _stop(process)

    async def _take(self) -> list[tuple[Claim, asyncio.Future[bool]]]:
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


async def _check_in_slices(batch: list[tuple[Claim, asyncio.Future[bool]]]) -> list[bool]:
    verdicts: list[bool] = []
    for claim, _ in batch:
        verdicts.append(claim.holds())
        if len(verdicts) % _FALLBACK_SLICE == 0:
            await asyncio.sleep(0)
    return verdicts


async def _stop(process: WorkerProcess | None) -> None:
    if process is not None:
        await process.stop()

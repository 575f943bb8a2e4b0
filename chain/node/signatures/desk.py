"""The place of a worker process: whoever sits there now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from chain.node.signatures.claim import Claim
from chain.node.signatures.process import WorkerLost, WorkerProcess


class Desk:
    """Hands batches to a process, which starts with the first of them, and again after one was lost."""

    def __init__(self) -> None:
        self._process: WorkerProcess | None = None
        self._starting = asyncio.Lock()

    async def check(self, claims: Sequence[Claim]) -> list[bool]:
        """Whether each of ``claims`` holds.

        Raises:
            WorkerLost: the process could not be started, or was lost meanwhile.
        """
        async with self._starting:
            process = self._process = self._process or await WorkerProcess.start()
        try:
            return await process.check(claims)
        except WorkerLost:
            if self._process is process:
                self._process = None
            await process.stop()
            raise

    async def close(self) -> None:
        """End the process."""
        if self._process is not None:
            await self._process.stop()

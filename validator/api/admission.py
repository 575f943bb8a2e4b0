"""How many answers may be in progress, and how many may wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from validator.api.errors import ApiError

RETRY_SECONDS = 2


@dataclass(frozen=True)
class Capacity:
    """Answers in progress and requests in the queue, at most."""

    running: int = 4
    waiting: int = 32


class Admission:
    """A bounded queue in front of the mixture."""

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity
        self._slots = asyncio.Semaphore(capacity.running)
        self.waiting = 0
        self.running = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one of the slots; raises ApiError 429 when the queue is full."""
        if self._slots.locked() and self.waiting >= self._capacity.waiting:
            raise ApiError(
                429,
                "too many requests are waiting; try again soon",
                code="rate_limit_exceeded",
                retry_after=RETRY_SECONDS,
            )
        self.waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self.waiting -= 1
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._slots.release()

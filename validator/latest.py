"""A value that changes, and a way to wait until it has."""

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """The newest of a series of values; those who are slow see only the newest."""

    def __init__(self) -> None:
        self.value: T | None = None
        self.version = 0
        self._changed = asyncio.Event()

    def set(self, value: T) -> None:
        """Replace the value and wake all who wait."""
        self.value = value
        self.version += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def after(self, version: int) -> T:
        """The newest value, once it is newer than ``version``."""
        while self.version <= version or self.value is None:
            await self._changed.wait()
        return self.value

"""Tells open pages that there is a new block; whoever is slow hears of the newest one only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress
from typing import Final

from chain.node.core import Node

_BEAT_SECONDS: Final = 10.0


class News:
    """Wakes its readers with every new or final block."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._readers: set[asyncio.Event] = set()
        self._closed = False

    @property
    def readers(self) -> int:
        """How many listen."""
        return len(self._readers)

    async def listen(self) -> AsyncIterator[bool]:
        """True for news, at first and whenever there are any; False now and then where there are none."""
        fresh = asyncio.Event()
        fresh.set()
        with ExitStack() as stack:
            stack.callback(self._readers.discard, fresh)
            stack.callback(self._node.heads.add(lambda _: fresh.set()))
            stack.callback(self._node.finalized.add(lambda _: fresh.set()))
            self._readers.add(fresh)
            while not self._closed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_BEAT_SECONDS):
                        await fresh.wait()
                if self._closed:
                    return
                news = fresh.is_set()
                fresh.clear()
                yield news

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        for reader in self._readers:
            reader.set()

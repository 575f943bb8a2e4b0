"""Server-sent events: one stream of an answer, and the broadcast of the validator's state."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress

from aiohttp import web

HEARTBEAT_SECONDS = 10.0


class EventStream:
    """One response that carries server-sent events."""

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        base = {
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-cache",
            "X-Accel-Buffering": "no",
        }
        self._response = web.StreamResponse(headers={**base, **(headers or {})})

    async def start(self, request: web.Request) -> web.StreamResponse:
        """Send the headers."""
        await self._response.prepare(request)
        return self._response

    async def send(self, data: bytes, event: str | None = None) -> None:
        """Send one event."""
        name = b"" if event is None else b"event: " + event.encode() + b"\n"
        await self._response.write(name + b"data: " + data + b"\n\n")

    async def beat(self) -> None:
        """Send a comment that keeps the connection alive."""
        await self._response.write(b": still here\n\n")


class Broadcast:
    """The latest state, for any number of readers; a slow reader skips states, never delays others."""

    def __init__(self) -> None:
        self._latest: bytes | None = None
        self._readers: set[asyncio.Event] = set()
        self._closed = False

    @property
    def readers(self) -> int:
        """Number of open streams."""
        return len(self._readers)

    def publish(self, state: bytes) -> None:
        """Replace the state and wake all readers."""
        self._latest = state
        for reader in self._readers:
            reader.set()

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        for reader in self._readers:
            reader.set()

    async def states(self, patience: float = HEARTBEAT_SECONDS) -> AsyncIterator[bytes | None]:
        """Each new state until the broadcast is closed; None after ``patience`` seconds without one."""
        with self._reader() as changed:
            while not self._closed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(patience):
                        await changed.wait()
                fresh = changed.is_set()
                changed.clear()
                if self._closed:
                    return
                yield self._latest if fresh else None

    @contextmanager
    def _reader(self) -> Iterator[asyncio.Event]:
        changed = asyncio.Event()
        if self._latest is not None:
            changed.set()
        self._readers.add(changed)
        try:
            yield changed
        finally:
            self._readers.discard(changed)

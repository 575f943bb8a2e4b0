"""One WebSocket client: what it subscribed to, and an outbox that never grows without bound."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Final

from chain.node.rpc.errors import TOO_MANY_SUBSCRIPTIONS, RpcError
from chain.node.rpc.outlet import Outlet
from chain.node.rpc.protocol import encode_notification

_MAX_SUBSCRIPTIONS: Final = 1024
_PAUSE_BYTES: Final = 8 << 20
_MAX_WAITING_BYTES: Final = 32 << 20
_IDENTIFIER_BYTES: Final = 12


class Connection:
    """Sends replies and notifications in order; a client that does not read is cut off."""

    def __init__(self, outlet: Outlet, patience_seconds: float) -> None:
        self._outlet = outlet
        self._patience_seconds = patience_seconds
        self._loop = asyncio.get_running_loop()
        self._outbox: list[bytes] = []
        self._outbox_bytes = 0
        self._streams: dict[str, Stream] = {}
        self.dropped = False

    def open(self, method: str) -> Stream:
        """A new subscription whose notifications carry ``method``.

        Raises:
            RpcError: the client has too many.
        """
        if len(self._streams) >= _MAX_SUBSCRIPTIONS:
            raise RpcError(TOO_MANY_SUBSCRIPTIONS, "Too many subscriptions on the connection")
        stream = Stream(self, method, secrets.token_urlsafe(_IDENTIFIER_BYTES))
        self._streams[stream.identifier] = stream
        return stream

    def cancel(self, identifier: str) -> bool:
        """End a subscription; whether there was one."""
        stream = self._streams.pop(identifier, None)
        if stream is not None:
            stream.end()
        return stream is not None

    def send(self, payload: bytes) -> None:
        """Send ``payload`` with all else of this turn of the loop; over the bound the client is cut off."""
        if self.dropped:
            return
        if not self._outbox:
            self._loop.call_soon(self._flush)
        self._outbox.append(payload)
        self._outbox_bytes += len(payload)
        if self._outbox_bytes > _MAX_WAITING_BYTES:
            self._flush()

    async def catch_up(self) -> None:
        """Wait while the client is far behind: who does not read is not read from, and cut off after a while."""
        if self._outbox_bytes + self._outlet.waiting_bytes <= _PAUSE_BYTES:
            return
        self._flush()
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._outlet.drain()
        except TimeoutError:
            self._drop()

    def close(self) -> None:
        """End every subscription."""
        for identifier in list(self._streams):
            self.cancel(identifier)

    def _flush(self) -> None:
        outbox, self._outbox, self._outbox_bytes = self._outbox, [], 0
        if outbox and not self.dropped:
            self._outlet.write(outbox)
            if self._outlet.waiting_bytes > _MAX_WAITING_BYTES:
                self._drop()

    def _drop(self) -> None:
        self.dropped = True
        self._outlet.abort()


class Stream:
    """A subscription; what it is told before :meth:`activate` follows the reply that names it."""

    def __init__(self, connection: Connection, method: str, identifier: str) -> None:
        self.identifier = identifier
        self._connection = connection
        self._method = method
        self._held: list[object] | None = []
        self._callbacks: list[Callable[[], None]] = []

    def activate(self) -> None:
        """The reply is on its way: let notifications pass."""
        held, self._held = self._held or [], None
        for result in held:
            self.notify(result)

    def notify(self, result: object) -> None:
        """Send ``result``."""
        if self._held is not None:
            self._held.append(result)
        else:
            self._connection.send(encode_notification(self._method, self.identifier, result))

    def on_close(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` once the subscription ends."""
        self._callbacks.append(callback)

    def close(self) -> None:
        """End the subscription from this side."""
        self._connection.cancel(self.identifier)

    def end(self) -> None:
        """Run what waits for the end."""
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

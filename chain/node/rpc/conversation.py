"""What one WebSocket client asks, answered as it can be: who waits for something holds up no later request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import Final

from aiohttp import WSMessage, WSMsgType

from chain.node.rpc.connection import Connection
from chain.node.rpc.protocol import Client, Dispatcher, Pending, Reply

_IN_FLIGHT: Final = 512
_SLICE_SECONDS: Final = 0.002


class Conversation:
    """Reads requests and sends replies; those at hand at once, the others when they come."""

    def __init__(self, dispatcher: Dispatcher, client: Client, connection: Connection) -> None:
        self._dispatcher = dispatcher
        self._client = client
        self._connection = connection
        self._waiting: set[Pending] = set()
        self._room = asyncio.Event()

    async def run(self, messages: AsyncIterable[WSMessage]) -> None:
        """Until the client goes, or is dropped because it does not read."""
        try:
            await self._read(messages)
        finally:
            for pending in list(self._waiting):
                pending.cancel()

    async def _read(self, messages: AsyncIterable[WSMessage]) -> None:
        now = asyncio.get_running_loop().time
        slice_ends = now() + _SLICE_SECONDS
        async for message in messages:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            pending = self._dispatcher.begin(message.data, self._client, self._send)
            if pending is not None:
                self._hold(pending)
            if now() > slice_ends:
                await asyncio.sleep(0)  # buffered frames of one client must not keep the others waiting
                slice_ends = now() + _SLICE_SECONDS
            if len(self._waiting) >= _IN_FLIGHT:
                self._room.clear()
                await self._room.wait()
            await self._connection.catch_up()
            if self._connection.dropped:
                return

    def _hold(self, pending: Pending) -> None:
        self._waiting.add(pending)
        pending.add_done_callback(self._release)

    def _release(self, pending: Pending) -> None:
        self._waiting.discard(pending)
        if len(self._waiting) <= _IN_FLIGHT // 2:
            self._room.set()

    def _send(self, reply: Reply) -> None:
        if reply.payload is not None:
            self._connection.send(reply.payload)
        for stream in reply.opened:
            stream.activate()

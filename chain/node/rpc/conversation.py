"""What one WebSocket client asks, answered as it can be: who waits for something holds up no later request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable
from typing import Final

from aiohttp import WSMessage, WSMsgType

from chain.node.rpc.connection import Connection
from chain.node.rpc.protocol import Client, Dispatcher, Reply

_IN_FLIGHT: Final = 512
_SLICE_SECONDS: Final = 0.002


class Conversation:
    """Reads requests and sends replies; those at hand at once, the others when they come."""

    def __init__(self, dispatcher: Dispatcher, client: Client, connection: Connection) -> None:
        self._dispatcher = dispatcher
        self._client = client
        self._connection = connection
        self._room = asyncio.Semaphore(_IN_FLIGHT)

    async def run(self, messages: AsyncIterable[WSMessage]) -> None:
        """Until the client goes, or is dropped because it does not read."""
        async with asyncio.TaskGroup() as tasks:
            waiting: set[asyncio.Task[None]] = set()
            try:
                await self._read(messages, tasks, waiting)
            finally:
                for task in waiting:
                    task.cancel()

    async def _read(
        self, messages: AsyncIterable[WSMessage], tasks: asyncio.TaskGroup, waiting: set[asyncio.Task[None]]
    ) -> None:
        now = asyncio.get_running_loop().time
        slice_ends = now() + _SLICE_SECONDS
        async for message in messages:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            reply = self._dispatcher.begin(message.data, self._client)
            if isinstance(reply, Reply):
                await self._send(reply)
            else:
                await self._room.acquire()
                task = tasks.create_task(self._send_later(reply))
                waiting.add(task)
                task.add_done_callback(waiting.discard)
            if now() > slice_ends:
                await asyncio.sleep(0)  # buffered frames of one client must not keep the others waiting
                slice_ends = now() + _SLICE_SECONDS
            if self._connection.dropped:
                return

    async def _send_later(self, pending: Awaitable[Reply]) -> None:
        try:
            await self._send(await pending)
        finally:
            self._room.release()

    async def _send(self, reply: Reply) -> None:
        if reply.payload is not None:
            await self._connection.reply(reply.payload)
        for stream in reply.opened:
            stream.activate()

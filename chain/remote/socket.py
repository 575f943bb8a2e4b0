"""One WebSocket to a node: requests by number, subscriptions by identifier."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from typing import Any, Final

import aiohttp
import orjson

from chain.remote.errors import ConnectionLost, RequestRefused

_MAX_FRAME_BYTES: Final = 64 << 20
_HEARTBEAT_SECONDS: Final = 20.0
_CLOSE_SECONDS: Final = 1.0
_KEPT_NOTIFICATIONS: Final = 256

Json = Any  # what JSON holds is only known where it is used


class Notifications:
    """What a subscription was sent and nobody took yet; the oldest go first when there are too many."""

    def __init__(self) -> None:
        self._waiting: deque[Json] = deque(maxlen=_KEPT_NOTIFICATIONS)
        self._wake = asyncio.Event()
        self._ended = False

    def put(self, result: Json) -> None:
        self._waiting.append(result)
        self._wake.set()

    def end(self) -> None:
        """The connection is gone."""
        self._ended = True
        self._wake.set()

    async def get(self) -> Json:
        """Next result.

        Raises:
            ConnectionLost: there will be no more.
        """
        while not self._waiting:
            if self._ended:
                raise ConnectionLost("subscription ended")
            self._wake.clear()
            await self._wake.wait()
        return self._waiting.popleft()


class RpcSocket:
    """An open connection; once lost, it stays lost."""

    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._session = session
        self._socket = socket
        self._numbers = itertools.count(1)
        self._replies: dict[int, asyncio.Future[Json]] = {}
        self._streams: dict[str, Notifications] = {}
        self._opening = 0
        self._reader = asyncio.create_task(self._read(), name="rpc reader")
        self.lost = False

    @classmethod
    async def connect(cls, url: str, seconds: float) -> RpcSocket:
        """Connect to ``url``.

        Raises:
            ConnectionLost: nobody answers there in ``seconds``.
        """
        session = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(seconds):
                opening = session.ws_connect(url, max_msg_size=_MAX_FRAME_BYTES, heartbeat=_HEARTBEAT_SECONDS)
                return cls(session, await opening)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            await session.close()
            raise ConnectionLost(f"cannot connect to {url}: {error}") from error
        except asyncio.CancelledError:
            await session.close()
            raise

    async def request(self, method: str, params: Sequence[Json], seconds: float) -> Json:
        """Result of ``method``.

        Raises:
            RequestRefused: the node answered with an error.
            ConnectionLost: no answer in ``seconds``.
        """
        number = next(self._numbers)
        reply: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._replies[number] = reply
        payload = orjson.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)})
        try:
            if self.lost:
                raise ConnectionLost("connection is closed")
            async with asyncio.timeout(seconds):
                await self._socket.send_str(payload.decode())
                return await reply
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ConnectionLost(f"no answer to {method}: {error}") from error
        finally:
            self._replies.pop(number, None)

    async def subscribe(self, method: str, unsubscribe: str, seconds: float) -> AsyncGenerator[Json, None]:
        """Notifications of ``method``, until closed or :class:`ConnectionLost`."""
        self._opening += 1
        try:
            identifier = str(await self.request(method, (), seconds))
            stream = self._streams.setdefault(identifier, Notifications())
        finally:
            self._opening -= 1
        if self.lost:
            stream.end()
        try:
            while True:
                yield await stream.get()
        finally:
            self._streams.pop(identifier, None)
            if not self.lost:
                await self._forget(unsubscribe, identifier)

    async def close(self) -> None:
        """Hang up."""
        self.lost = True
        self._reader.cancel()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._socket.close()
        except TimeoutError:
            pass
        finally:
            await self._session.close()

    async def _forget(self, unsubscribe: str, identifier: str) -> None:
        payload = {"jsonrpc": "2.0", "id": next(self._numbers), "method": unsubscribe, "params": [identifier]}
        try:
            await self._socket.send_str(orjson.dumps(payload).decode())
        except (aiohttp.ClientError, OSError):
            self.lost = True

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(orjson.loads(message.data))
        except (aiohttp.ClientError, OSError, orjson.JSONDecodeError):
            pass
        finally:
            self._fail_all()

    def _take(self, message: Json) -> None:
        if "id" not in message:
            self._take_notification(message.get("params", {}))
            return
        reply = self._replies.get(message["id"])
        if reply is None or reply.done():
            return
        error = message.get("error")
        if error is None:
            reply.set_result(message.get("result"))
        else:
            reply.set_exception(RequestRefused(error.get("code", 0), error.get("message", ""), error.get("data")))

    def _take_notification(self, params: Json) -> None:
        identifier = str(params.get("subscription"))
        if self._opening:  # the first notification may be read before its subscriber goes on
            self._streams.setdefault(identifier, Notifications())
        if identifier in self._streams:
            self._streams[identifier].put(params.get("result"))

    def _fail_all(self) -> None:
        self.lost = True
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(ConnectionLost("connection closed"))
        for stream in self._streams.values():
            stream.end()

"""A connection that comes back: requests wait for it, up to their deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

from chain.remote.errors import ChainUnreachable, ConnectionLost, OtherChain
from chain.remote.socket import Json, RpcSocket

_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 5.0
_CONNECT_SECONDS: Final = 10.0


class Backoff:
    """Pauses that double up to a bound; every wait ends at the deadline."""

    def __init__(self, url: str, deadline: float | None) -> None:
        self._url = url
        self._deadline = deadline
        self._pause = _FIRST_PAUSE_SECONDS

    async def wait(self, cause: ConnectionLost) -> None:
        """Wait before the next try.

        Raises:
            ChainUnreachable: the deadline is too near.
        """
        now = asyncio.get_running_loop().time()
        if self._deadline is not None and now + self._pause > self._deadline:
            raise ChainUnreachable(f"no chain answers at {self._url} ({cause}); check the URL and the node") from cause
        await asyncio.sleep(self._pause)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)


class Link:
    """Keeps one socket to ``url`` open as needed, always to the same chain."""

    def __init__(self, url: str, timeout: float) -> None:
        self.url = url
        self.timeout = timeout
        self.genesis_hash: str | None = None
        self._socket: RpcSocket | None = None
        self._connecting = asyncio.Lock()

    async def request(self, method: str, params: Sequence[Json] = ()) -> Json:
        """Result of ``method``, asked again after every lost connection: only for what may be asked twice.

        Raises:
            RequestRefused: the node answered with an error.
            ChainUnreachable: nobody answered in time.
        """
        deadline = asyncio.get_running_loop().time() + self.timeout
        backoff = Backoff(self.url, deadline)
        while True:
            try:
                socket = await self._connected()
                return await socket.request(method, params, deadline - asyncio.get_running_loop().time())
            except ConnectionLost as error:
                await backoff.wait(error)

    async def stream(self, method: str, unsubscribe: str) -> AsyncGenerator[Json, None]:
        """Notifications of a subscription, renewed after every lost connection, however long that takes.

        Raises:
            OtherChain: another chain answers at the URL now.
        """
        backoff = Backoff(self.url, None)
        while True:
            try:
                socket = await self._connected()
                async with aclosing(socket.subscribe(method, unsubscribe, self.timeout)) as notifications:
                    async for result in notifications:
                        backoff = Backoff(self.url, None)
                        yield result
            except ConnectionLost as error:
                await backoff.wait(error)

    async def close(self) -> None:
        """Hang up."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def _connected(self) -> RpcSocket:
        async with self._connecting:
            if self._socket is None or self._socket.lost:
                await self.close()
                self._socket = await self._connect()
            return self._socket

    async def _connect(self) -> RpcSocket:
        seconds = min(self.timeout, _CONNECT_SECONDS)
        socket = await RpcSocket.connect(self.url, seconds)
        try:
            genesis_hash = await socket.request("chain_getBlockHash", [0], seconds)
            self.genesis_hash = self.genesis_hash or genesis_hash
            if genesis_hash != self.genesis_hash:
                raise OtherChain(f"{self.url} now serves chain {genesis_hash}, not {self.genesis_hash}; start again")
        except BaseException:
            await socket.close()
            raise
        return socket

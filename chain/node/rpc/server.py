"""The JSON-RPC server on one port: WebSocket and HTTP POST."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from chain.node.errors import NodeError, PortTaken
from chain.node.rpc.connection import Connection
from chain.node.rpc.conversation import Conversation
from chain.node.rpc.origin import OriginPolicy, is_loopback
from chain.node.rpc.outlet import Outlet
from chain.node.rpc.protocol import Client, Dispatcher
from chain.pages import EXPLORER_PATH

_CLOSE_SECONDS: Final = 1.0
_HEARTBEAT_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Where to listen, how much one client may ask, and how long it may leave answers unread."""

    host: str = "127.0.0.1"
    port: int = 9944
    max_frame_bytes: int = 16 << 20
    max_connections: int = 1024
    patience_seconds: float = 30.0
    origins: OriginPolicy = field(default_factory=OriginPolicy)


class RpcServer:
    """Carries requests to the dispatcher and replies back."""

    def __init__(self, dispatcher: Dispatcher, config: ServerConfig, home: str | None = None) -> None:
        self._dispatcher = dispatcher
        self._config = config
        self._home = home
        self._sockets: set[web.WebSocketResponse] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One HTTP request, which may become a WebSocket."""
        origin = request.headers.get("Origin")
        if not self._config.origins.permits(origin):
            raise web.HTTPForbidden(text=f"pages of {origin} may not call this node; see --allow-origin")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            if len(self._sockets) >= self._config.max_connections:
                raise web.HTTPServiceUnavailable(text="too many connections")
            return await self._serve_socket(request)
        headers = _permit_origin(origin)
        if request.method == "OPTIONS" and origin is not None:
            return web.Response(status=204, headers=headers)
        if request.method in ("GET", "HEAD") and self._home is not None:
            raise web.HTTPFound(self._home)
        if request.method != "POST":
            raise web.HTTPMethodNotAllowed(request.method, ["POST"])
        client = Client(local=is_loopback(request.remote))
        reply = await self._dispatcher.answer(await request.read(), client)
        return web.Response(body=reply.payload or b"", content_type="application/json", headers=headers)

    async def close(self) -> None:
        """Say goodbye to every client."""
        goodbyes = (socket.close(code=1001, message=b"node stops") for socket in list(self._sockets))
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await asyncio.gather(*goodbyes, return_exceptions=True)

    async def _serve_socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(
            max_msg_size=self._config.max_frame_bytes, compress=False, heartbeat=_HEARTBEAT_SECONDS
        )
        await socket.prepare(request)
        connection = Connection(Outlet(request, socket), self._config.patience_seconds)
        self._sockets.add(socket)
        client = Client(connection, is_loopback(request.remote))
        try:
            await Conversation(self._dispatcher, client, connection).run(socket)
        finally:
            self._sockets.discard(socket)
            connection.close()
        return socket


@asynccontextmanager
async def serve(
    dispatcher: Dispatcher, config: ServerConfig, pages: web.Application | None = None
) -> AsyncIterator[str]:
    """Serve for as long as the context lasts; gives the URL, with the real port where 0 was asked.

    Browsers find ``pages`` under ``EXPLORER_PATH``.

    Raises:
        PortTaken: another process listens there.
        NodeError: the address cannot be used.
    """
    server = RpcServer(dispatcher, config, None if pages is None else f"{EXPLORER_PATH}/")
    application = web.Application(client_max_size=config.max_frame_bytes)
    application.router.add_route("*", "/", server.handle)
    if pages is not None:
        application.add_subapp(EXPLORER_PATH, pages)
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=_CLOSE_SECONDS)
    await runner.setup()
    try:
        await _listen(runner, config)
        yield f"ws://{config.host}:{runner.addresses[0][1]}"
    finally:
        await server.close()
        await runner.cleanup()


async def _listen(runner: web.AppRunner, config: ServerConfig) -> None:
    try:
        await web.TCPSite(runner, config.host, config.port).start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(f"port {config.port} is taken on {config.host}; choose another --port") from error
        raise NodeError(
            f"cannot listen on {config.host}:{config.port}: {error.strerror}; choose another --host"
        ) from error


def _permit_origin(origin: str | None) -> dict[str, str]:
    """Headers that let the browser hand our answer to the page that asked."""
    if origin is None:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Content-Type",
        "Vary": "Origin",
    }

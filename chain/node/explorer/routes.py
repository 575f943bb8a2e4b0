"""The explorer over HTTP: its page, its JSON, its stream of heads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from chain.keys import InvalidAddress, ss58_decode
from chain.node.core import Node
from chain.node.explorer.accounts import describe_account, list_accounts
from chain.node.explorer.errors import BadQuestion, ExplorerError, NothingThere, TooBusy
from chain.node.explorer.feeds import Place, Wanted, find_events, find_extrinsics
from chain.node.explorer.live import News
from chain.node.explorer.reader import Reader
from chain.node.explorer.search import find_anything, parse_place
from chain.node.genesis import ChainIdentity
from chain.node.rpc.origin import OriginPolicy
from chain.pages import EXPLORER, LOOK, SECURITY_HEADERS

_DEFAULT_ROWS: Final = 25
_MOST_ROWS: Final = 100
_MOST_STREAMS: Final = 64
_AT_ONCE: Final = 2
_MOST_WAITING: Final = 64
_LARGEST: Final = (1 << 32) - 1

P = ParamSpec("P")


class Routes:
    """Handlers. Blocks are read and decoded in threads, a few at once."""

    def __init__(self, node: Node, identity: ChainIdentity) -> None:
        self._ledger = node.ledger
        self._reader = Reader(node, identity)
        self._news = News(node)
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._told = ((b"", b""), b"")

    async def page(self, _: web.Request) -> web.StreamResponse:
        """The page itself."""
        return web.FileResponse(EXPLORER / "index.html", headers={"Cache-Control": "no-cache"})

    async def overview(self, _: web.Request) -> web.StreamResponse:
        """The chain at a glance."""
        return await self._answer(self._reader.overview)

    async def blocks(self, request: web.Request) -> web.StreamResponse:
        """Blocks, newest first."""
        before = _read_number(request, "before", _LARGEST)
        return await self._answer(self._reader.rows, before, _read_number(request, "count", _DEFAULT_ROWS, _MOST_ROWS))

    async def block(self, request: web.Request) -> web.StreamResponse:
        """One block by its number or hash."""
        return await self._answer(self._view_block, request.match_info["name"], _read_number(request, "first", 0))

    async def extrinsics(self, request: web.Request) -> web.StreamResponse:
        """Signed extrinsics, newest first."""
        return await self._answer(find_extrinsics, self._reader, _read_wanted(request))

    async def extrinsic(self, request: web.Request) -> web.StreamResponse:
        """One extrinsic by its place or hash."""
        return await self._answer(self._view_extrinsic, request.match_info["name"])

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Events, newest first."""
        return await self._answer(find_events, self._reader, _read_wanted(request))

    async def accounts(self, _: web.Request) -> web.StreamResponse:
        """The richest accounts."""
        return await self._answer(list_accounts, self._reader)

    async def account(self, request: web.Request) -> web.StreamResponse:
        """One account by its address."""
        return await self._answer(describe_account, self._reader, _parse_address(request.match_info["name"]))

    async def search(self, request: web.Request) -> web.StreamResponse:
        """Where a text leads."""
        return await self._answer(find_anything, self._reader, self._ledger, request.query.get("q", ""))

    async def live(self, request: web.Request) -> web.StreamResponse:
        """The chain at a glance, again with every block, as server-sent events."""
        if self._news.readers >= _MOST_STREAMS:
            raise TooBusy("too many live pages are open")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        async for fresh in self._news.listen():
            await response.write(self._tell() if fresh else b": still here\n\n")
        return response

    async def close(self, _: web.Application) -> None:
        """End the streams."""
        self._news.close()

    def _tell(self) -> bytes:
        """The overview as an event, made once for every new or final block, however many listen."""
        now = (self._ledger.head.hash, self._ledger.finalized.hash)
        if self._told[0] != now:
            self._told = (now, b"data: " + orjson.dumps(self._reader.overview()) + b"\n\n")
        return self._told[1]

    def _view_block(self, text: str, first: int) -> object:
        return self._reader.view(int(self._find("block", text)), first)

    def _view_extrinsic(self, text: str) -> object:
        return self._reader.extrinsic(*parse_place(self._find("extrinsic", text)))

    def _find(self, page: str, text: str) -> str:
        found = find_anything(self._reader, self._ledger, text)
        if found.page != page:
            raise NothingThere(f"{text} is no {page} but the {found.page} {found.at}.")
        return found.at

    async def _answer(self, read: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> web.Response:
        if self._waiting >= _MOST_WAITING:
            raise TooBusy("too many questions at once; try again in a moment")
        self._waiting += 1
        try:
            async with self._slots:
                return _json(await asyncio.to_thread(lambda: orjson.dumps(read(*args, **kwargs))))
        finally:
            self._waiting -= 1


def build_explorer(node: Node, identity: ChainIdentity, origins: OriginPolicy) -> web.Application:
    """The explorer as a web application of its own, to be put under a path."""
    routes = Routes(node, identity)
    application = web.Application(middlewares=[_build_border(origins)])
    application.on_response_prepare.append(_secure)
    application.on_shutdown.append(routes.close)
    application.add_routes(
        [
            web.get("", _go_home),
            web.get("/", routes.page),
            web.get("/api/overview", routes.overview),
            web.get("/api/blocks", routes.blocks),
            web.get("/api/blocks/{name}", routes.block),
            web.get("/api/extrinsics", routes.extrinsics),
            web.get("/api/extrinsics/{name}", routes.extrinsic),
            web.get("/api/events", routes.events),
            web.get("/api/accounts", routes.accounts),
            web.get("/api/accounts/{name}", routes.account),
            web.get("/api/search", routes.search),
            web.get("/api/live", routes.live),
            web.static("/page", EXPLORER),
            web.static("/look", LOOK),
        ]
    )
    return application


async def _go_home(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(f"{request.path}/")


def _build_border(origins: OriginPolicy) -> Middleware:
    """Lets only pages pass that may read this node, and tells what goes wrong as JSON."""

    @web.middleware
    async def border(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not (origins.permits(request.headers.get("Origin")) and origins.permits_host(request.host)):
            reason = f"this node shows no pages under the name {request.host}; see --allow-origin"
            return _json(orjson.dumps({"error": reason}), 403)
        try:
            return await handler(request)
        except ExplorerError as error:
            return _json(orjson.dumps({"error": str(error)}), error.status)

    return border


async def _secure(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SECURITY_HEADERS)


def _json(body: bytes, status: int = 200) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)


def _read_number(request: web.Request, name: str, default: int, largest: int = _LARGEST) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= largest):
        raise BadQuestion(f"{name} is a number up to {largest}")
    return int(text)


def _read_wanted(request: web.Request) -> Wanted:
    before, address = request.query.get("before"), request.query.get("account")
    return Wanted(
        before=None if before is None else Place(*parse_place(before)),
        count=max(1, _read_number(request, "count", _DEFAULT_ROWS, _MOST_ROWS)),
        after=_read_number(request, "after", 0),
        text=request.query.get("name", ""),
        account=None if address is None else _parse_address(address),
    )


def _parse_address(text: str) -> bytes:
    try:
        return ss58_decode(text)
    except InvalidAddress as error:
        raise BadQuestion(f"{text} is no address: {error}") from error

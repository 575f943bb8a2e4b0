"""The HTTP server: routes, request ids, errors in OpenAI's shape, start and stop."""

import logging
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import orjson
from aiohttp import web

from chain.pages import LOOK, SECURITY_HEADERS
from validator.api.completions import REQUEST_ID, REQUEST_ID_HEADER, CompletionsApi, read_json
from validator.api.errors import ApiError, render_error
from validator.api.models import Listing, describe_model, describe_models
from validator.api.sse import Broadcast, EventStream
from validator.errors import ValidatorError
from validator.metrics import Metrics

log = logging.getLogger(__name__)

LARGEST_BODY_BYTES = 1_048_576
MOST_WINDOWS = 1_000
MOST_STREAMS = 64
STOP_SECONDS = 2.0
DASHBOARD = Path(__file__).parent.parent / "dashboard"

_LOOPBACK = re.compile(r"(::ffff:)?127\.\d+\.\d+\.\d+|::1")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Evaluate(Protocol):
    """Measures the network on some held-out windows, of one domain each or of two."""

    def __call__(self, windows: int, *, mixed: bool) -> Awaitable[dict[str, object]]: ...


@dataclass(frozen=True)
class Faces:
    """What the server shows."""

    completions: CompletionsApi
    listing: Callable[[], Listing]
    status: Callable[[], dict[str, object]]
    evaluate: Evaluate
    broadcast: Broadcast
    metrics: Metrics


class _Routes:
    """Handlers that are not about text."""

    def __init__(self, faces: Faces) -> None:
        self._faces = faces
        self._started = int(time.time())

    async def models(self, _: web.Request) -> web.Response:
        return _json(describe_models(self._faces.listing().names(), self._started))

    async def model(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._faces.listing().names():
            raise ApiError(404, f"model {name} does not exist; see /v1/models", code="model_not_found", param="model")
        return _json(describe_model(name, self._started))

    async def status(self, _: web.Request) -> web.Response:
        return _json(self._faces.status())

    async def events(self, request: web.Request) -> web.StreamResponse:
        if self._faces.broadcast.readers >= MOST_STREAMS:
            raise ApiError(503, "too many live streams are open", retry_after=10)
        events = EventStream()
        response = await events.start(request)
        async for state in self._faces.broadcast.states():
            await (events.beat() if state is None else events.send(state, "status"))
        return response

    async def metrics(self, request: web.Request) -> web.Response:
        _require_loopback(request)
        return web.Response(body=self._faces.metrics.render(), content_type="text/plain", charset="utf-8")

    async def evaluate(self, request: web.Request) -> web.Response:
        _require_loopback(request)
        if request.content_type != "application/json":
            raise ApiError(415, "send the body as application/json")
        wishes = await read_json(request)
        windows, mixed = wishes.integer("windows", 10, 1, MOST_WINDOWS), wishes.flag("mixed")
        return _json(await self._faces.evaluate(windows, mixed=mixed))

    async def dashboard(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(DASHBOARD / "index.html", headers={"Cache-Control": "no-cache"})


def build_application(faces: Faces) -> web.Application:
    """The web application with all its routes."""
    application = web.Application(client_max_size=LARGEST_BODY_BYTES, middlewares=[_border])
    application.on_response_prepare.append(_sign_response)
    application.on_shutdown.append(_end_streams(faces.broadcast))
    routes = _Routes(faces)
    application.add_routes(
        [
            web.get("/v1/models", routes.models),
            web.get("/v1/models/{name:.+}", routes.model),
            web.post("/v1/completions", faces.completions.completions),
            web.post("/v1/chat/completions", faces.completions.chat),
            web.get("/status", routes.status),
            web.get("/events", routes.events),
            web.get("/metrics", routes.metrics),
            web.post("/evaluate", routes.evaluate),
            web.get("/", routes.dashboard),
            web.static("/dashboard", DASHBOARD),
            web.static("/look", LOOK),
        ]
    )
    return application


@asynccontextmanager
async def serve(application: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve ``application`` for the length of the block; gives the port.

    Raises: ValidatorError when the port cannot be taken.
    """
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=STOP_SECONDS, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise ValidatorError(
                f"cannot listen on {host}:{port}: {error.strerror} (choose another --api-port)"
            ) from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _end_streams(broadcast: Broadcast) -> Callable[[web.Application], Awaitable[None]]:
    async def end(_: web.Application) -> None:
        broadcast.close()

    return end


@web.middleware
async def _border(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give every request an id and turn what goes wrong into an error of the API."""
    offered = request.headers.get(REQUEST_ID_HEADER, "")
    request[REQUEST_ID] = offered if _REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex
    try:
        return await handler(request)
    except ApiError as error:
        return render_error(error)
    except ValidatorError as error:
        return render_error(ApiError(503, str(error), retry_after=2))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return render_error(ApiError(error.status, _reason(error)), _allow(error))
    except ConnectionError:
        raise
    except Exception:
        log.exception("request %s failed", request[REQUEST_ID])
        return render_error(ApiError(500, f"internal error; request {request[REQUEST_ID]}"))


def _reason(error: web.HTTPException) -> str:
    if error.status == 413:
        return f"the body is larger than {LARGEST_BODY_BYTES} bytes"
    return error.reason or "error"


def _allow(error: web.HTTPException) -> dict[str, str]:
    return {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}


async def _sign_response(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.setdefault(REQUEST_ID_HEADER, request.get(REQUEST_ID, ""))
    response.headers.update(SECURITY_HEADERS)


def _require_loopback(request: web.Request) -> None:
    if not _LOOPBACK.fullmatch(request.remote or ""):
        raise ApiError(403, "only from this machine")


def _json(body: dict[str, object]) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json", headers={"Cache-Control": "no-store"})

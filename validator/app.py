"""Builds a validator from its settings and runs it until a signal."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from validator.anchor import Worker
from validator.api.completions import CompletionsApi, Kitchen
from validator.api.samples import serve_samples
from validator.api.server import Faces, build_application, serve
from validator.assembly import build_parts
from validator.duties import Duties
from validator.parts import Parts
from validator.settings import Settings
from validator.supervision import keep_going

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Running:
    """A validator at work."""

    parts: Parts
    port: int


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    """A validator that serves, audits and sets weights for the length of the block.

    Raises: ValidatorError, WalletError, CorruptCheckpoint of gating, in a group when a task fails.
    """
    parts = build_parts(settings)
    async with AsyncExitStack() as stack:
        worker = Worker()
        stack.callback(worker.close)
        duties = Duties(parts, worker)
        stack.callback(duties.save)
        await stack.enter_async_context(parts.membership.book.opened())
        port = await stack.enter_async_context(serve(build_api(duties), settings.host, settings.api_port))
        parts.peers.reach_at(settings.public_url or f"http://{settings.host}:{port}")
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in start_duties(duties)]
            try:
                yield Running(parts, port)
            finally:
                for task in tasks:
                    task.cancel()


async def run_validator(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings) as validator:
        hotkey = validator.parts.membership.signer.ss58_address
        log.info("validator %s serves apps on http://%s:%d", hotkey, settings.host, validator.port)
        await stop.wait()
        log.info("stopping")


def start_duties(duties: Duties) -> list[Coroutine[None, None, None]]:
    """The loops of a validator; loading the anchor may end it, the others start again after a fault."""
    tell = duties.parts.front.progress.tell
    return [
        duties.load_anchor(),
        keep_going("chain", duties.parts.membership.ledger.follow, tell),
        keep_going("channels", duties.keep_channels, tell),
        keep_going("audits", duties.audit, tell),
        keep_going("other validators", duties.follow_peers, tell),
        keep_going("weights", duties.set_weights, tell),
        keep_going("evaluation", duties.evaluate, tell),
        keep_going("page", duties.publish, tell),
    ]


def build_api(duties: Duties) -> web.Application:
    """The web application over the parts."""
    parts, front = duties.parts, duties.parts.front
    kitchen = Kitchen(
        mixture=lambda: parts.mixture,
        listing=duties.list_models,
        tokenizer=parts.mind.tokenizer,
        admission=front.admission,
        metrics=front.metrics,
    )
    faces = Faces(
        completions=CompletionsApi(kitchen),
        listing=duties.list_models,
        status=duties.describe,
        evaluate=duties.measure,
        broadcast=front.broadcast,
        metrics=front.metrics,
    )
    application = build_application(faces)
    application.router.add_get("/samples/{digest}", serve_samples(duties.find_samples))
    return application

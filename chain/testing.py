"""A chain of one's own for any test: a pytest plugin, and the same without pytest.

    # conftest.py
    pytest_plugins = ["chain.testing"]

    # test_mine.py
    def test_blocks_come_when_asked(dev_chain):
        client = SubstrateInterface(url=dev_chain.url)
        dev_chain.seal()
        assert client.get_block_number(client.get_chain_head()) == 1

``dev_chain`` is a fresh development chain that makes a block at every ``seal()``. ``start_dev_chain`` starts chains
with other settings: ``start_dev_chain(block_ms=250)`` makes blocks by itself, ``at_block=7200`` begins there. They end
with the test. ``run_dev_chain`` is the context manager behind both.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from chain.block import Block
from chain.node.dev import build_dev_genesis
from chain.node.rpc.server import ServerConfig
from chain.node.sequencer import ManualSequencer
from chain.node.service import NodeConfig, RunningNode, run_node

_SECONDS: Final = 60.0


@dataclass(frozen=True)
class DevChainSettings:
    """How a chain of tests differs from the usual; blocks come when asked where ``block_ms`` is None."""

    block_ms: int | None = None
    tempo: int = 20
    at_block: int = 0
    data_dir: Path | None = None


class DevChain:
    """A node in a thread of this process."""

    def __init__(self, running: RunningNode, loop: asyncio.AbstractEventLoop) -> None:
        self.running = running
        self.url = running.url
        self._loop = loop

    def seal(self, count: int = 1) -> Block:
        """Have blocks made of what waits; gives the last one once it is durable."""
        sequencer = self.running.sequencer
        assert isinstance(sequencer, ManualSequencer), "this chain makes its blocks by itself"
        assert count > 0, "at least one block"
        for _ in range(count):
            job = asyncio.run_coroutine_threadsafe(sequencer.create_block(), self._loop)
            block = job.result(_SECONDS)
        return block


@contextmanager
def run_dev_chain(settings: DevChainSettings = DevChainSettings()) -> Iterator[DevChain]:
    """A chain for as long as the context lasts, in a directory that goes away with it unless one is given."""
    with ExitStack() as stack:
        directory = settings.data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hivegate-test-")))
        started: Future[tuple[DevChain, asyncio.Event]] = Future()
        job = _run_until_stopped(_build_config(settings, directory), started)
        thread = threading.Thread(target=asyncio.run, args=(job,), name="dev chain", daemon=True)
        thread.start()
        chain, stop = started.result(_SECONDS)
        try:
            yield chain
        finally:
            chain._loop.call_soon_threadsafe(stop.set)
            thread.join(_SECONDS)


@pytest.fixture
def start_dev_chain() -> Iterator[Callable[..., DevChain]]:
    """Starts chains with the given :class:`DevChainSettings`; they end with the test."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(run_dev_chain(DevChainSettings(**settings)))


@pytest.fixture
def dev_chain() -> Iterator[DevChain]:
    """A fresh development chain that makes a block at every ``seal()``."""
    with run_dev_chain() as chain:
        yield chain


def _build_config(settings: DevChainSettings, directory: Path) -> NodeConfig:
    return NodeConfig(
        directory / "chain",
        build_dev_genesis(settings.tempo, settings.at_block, settings.block_ms or 1000),
        ServerConfig(port=0),
        block_ms=settings.block_ms or 1000,
        manual=settings.block_ms is None,
        signature_workers=0,
    )


async def _run_until_stopped(config: NodeConfig, started: Future[tuple[DevChain, asyncio.Event]]) -> None:
    stop = asyncio.Event()
    try:
        async with run_node(config) as running:
            started.set_result((DevChain(running, asyncio.get_running_loop()), stop))
            await stop.wait()
    except BaseException as error:
        if not started.done():
            started.set_exception(error)
            return
        raise

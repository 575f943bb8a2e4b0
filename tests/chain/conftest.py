"""A fresh node for any test: made in well under a second, with blocks on request or at an interval."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path

import pytest

from chain.block import Block, Header
from chain.keys import Keypair
from chain.node.dev import build_dev_genesis
from chain.node.rpc.server import ServerConfig
from chain.node.sequencer import ManualSequencer
from chain.node.service import NodeConfig, RunningNode, run_node
from chain.runtime.dispatch import CallDeclaration
from chain.runtime.extrinsic import Anchor, Terms, encode_signed
from chain.runtime.types import Id, Sr25519
from chain.state.node import EMPTY_ROOT
from chain.state.trie import Trie

_SECONDS = 20


def make_config(data_dir: Path, *, block_ms: int | None = None, port: int = 0) -> NodeConfig:
    """A dev chain on a free port; blocks on request unless ``block_ms`` is given."""
    return NodeConfig(
        data_dir, build_dev_genesis(), ServerConfig(port=port), block_ms=block_ms or 1000, manual=block_ms is None
    )


class NodeThread:
    """A node in a loop and thread of its own, for clients that block."""

    def __init__(self, config: NodeConfig) -> None:
        self._config = config
        self._started: Future[RunningNode] = Future()
        self._stop: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def __enter__(self) -> NodeThread:
        self._thread.start()
        self.running = self._started.result(_SECONDS)
        self.url = self.running.url
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_SECONDS)

    def seal(self) -> Block:
        """Have a block made."""
        sequencer = self.running.sequencer
        assert isinstance(sequencer, ManualSequencer)
        return asyncio.run_coroutine_threadsafe(sequencer.create_block(), self._loop).result(_SECONDS)

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with run_node(self._config) as running:
                self._started.set_result(running)
                await self._stop.wait()
        except BaseException as error:
            if not self._started.done():
                self._started.set_exception(error)
            raise


@pytest.fixture
async def manual_node(tmp_path: Path) -> AsyncIterator[RunningNode]:
    """A node in the test's loop; ``await manual_node.sequencer.create_block()`` makes a block."""
    async with run_node(make_config(tmp_path / "chain")) as running:
        yield running


@pytest.fixture
def node_thread(tmp_path: Path) -> Iterator[Callable[..., NodeThread]]:
    """Starts nodes in threads; ``block_ms`` makes blocks at that interval."""
    with ExitStack() as stack:

        def start(block_ms: int | None = None) -> NodeThread:
            return stack.enter_context(NodeThread(make_config(tmp_path / "chain", block_ms=block_ms)))

        yield start


@pytest.fixture
def sign() -> Callable[..., str]:
    """Signs calls as hexadecimal extrinsics of the dev chain; each sender's first nonce unless told otherwise."""
    genesis = build_dev_genesis().build()
    genesis_hash = Header(bytes(32), 0, Trie().update(genesis).root, EMPTY_ROOT).hash

    def sign_call(
        signer: Keypair, call: CallDeclaration[...], *, nonce: int = 0, tip: int = 0, **arguments: object
    ) -> str:
        plain = {
            name: Id(value.public_key) if isinstance(value, Keypair) else value for name, value in arguments.items()
        }
        anchor = Anchor(genesis_hash, genesis_hash)
        terms = Terms(nonce, tip)
        raw = encode_signed(
            call.with_args(*plain.values()), signer.public_key, lambda data: Sr25519(signer.sign(data)), anchor, terms
        )
        return "0x" + raw.hex()

    return sign_call

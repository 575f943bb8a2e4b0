"""A fresh node for any test: made in well under a second, with blocks on request or at an interval."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from chain.block import Header
from chain.keys import Keypair
from chain.node.dev import build_dev_genesis
from chain.node.rpc.server import ServerConfig
from chain.node.service import NodeConfig, RunningNode, run_node
from chain.runtime.dispatch import CallDeclaration
from chain.runtime.extrinsic import Anchor, Terms, encode_signed
from chain.runtime.types import Id, Sr25519
from chain.state.node import EMPTY_ROOT
from chain.state.trie import Trie
from chain.testing import DevChain


@pytest.fixture
async def manual_node(tmp_path: Path) -> AsyncIterator[RunningNode]:
    """A node in the test's loop; ``await manual_node.sequencer.create_block()`` makes a block."""
    async with run_node(
        NodeConfig(tmp_path / "chain", build_dev_genesis(), ServerConfig(port=0), manual=True)
    ) as running:
        yield running


@pytest.fixture
def node_thread(start_dev_chain: Callable[..., DevChain], tmp_path: Path) -> Callable[..., DevChain]:
    """Starts nodes in threads, for clients that block; ``block_ms`` makes blocks at that interval."""
    return lambda block_ms=None: start_dev_chain(block_ms=block_ms, data_dir=tmp_path)


@pytest.fixture
def block_ms() -> int:
    """The pace of the chain that ``sign`` signs for."""
    return 1000


@pytest.fixture
def sign(block_ms: int) -> Callable[..., str]:
    """Signs calls as hexadecimal extrinsics of the dev chain; each sender's first nonce unless told otherwise."""
    genesis = build_dev_genesis(block_ms=block_ms).build()
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

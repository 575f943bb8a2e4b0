"""A small world for miners: text, a tokenizer, and a chain that makes blocks quickly."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import torch

from chain.keys import Keypair
from chain.node.dev import build_dev_genesis
from chain.node.rpc.server import ServerConfig
from chain.node.service import NodeConfig, RunningNode, run_node
from chain.wallet import Wallet
from gating.text.tokenizer import train_tokenizer
from miner.app import MinerConfig
from miner.presence import Place

PASSWORD = "correct horse"
SENTENCE = "The {} fox jumps over the {} dog and says {} to everyone who cares to listen.\n"


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def text(tmp_path_factory) -> Path:
    """Folder with one domain, ``tales``, and the tokenizer beside it."""
    folder: Path = tmp_path_factory.mktemp("text")
    (folder / "train" / "tales").mkdir(parents=True)
    lines = "".join(SENTENCE.format(number, number * 7 % 13, number * 11 % 17) for number in range(400))
    (folder / "train" / "tales" / "fox.txt").write_text(lines)
    train_tokenizer(folder / "train", folder / "tokenizer.json", vocab_size=320)
    return folder


@pytest.fixture
def make_node(tmp_path) -> Callable[[], AbstractAsyncContextManager[RunningNode]]:
    """Starts a chain with five blocks a second."""
    return lambda: run_node(NodeConfig(tmp_path / "chain", build_dev_genesis(), ServerConfig(port=0), block_ms=200))


@pytest.fixture
async def node(make_node) -> AsyncIterator[RunningNode]:
    """A chain for the whole test."""
    async with make_node() as running:
        yield running


@pytest.fixture
def make_config(text, tmp_path):
    """Settings of a miner that owns //Charlie and serves on a free port."""

    def make(chain_url: str, name: str = "fox", coldkey: str = "//Charlie", **changes) -> MinerConfig:
        wallet = Wallet(tmp_path / "wallets", name)
        if not (tmp_path / "wallets" / name).exists():
            wallet.create(PASSWORD, coldkey_uri=coldkey, hotkey_uri=f"//{name}")
        settings = {
            "place": Place(chain_url, 1, "127.0.0.1", 0),
            "bind_host": "127.0.0.1",
            "wallet": wallet,
            "password": lambda: PASSWORD,
            "data_dir": tmp_path / name,
            "domain": "tales",
            "corpus_dir": text / "train" / "tales",
            "tokenizer_file": text / "tokenizer.json",
            "train_seconds": 0.5,
            "rehearse": False,
        }
        return MinerConfig(**{**settings, **changes})

    return make


def hotkey_of(name: str) -> Keypair:
    return Keypair.from_uri(f"//{name}")

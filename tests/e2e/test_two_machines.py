"""A miner and a validator elsewhere join by the chain's URL alone; loopback addresses stand for machines."""

import asyncio
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chain.client import Call, connect
from chain.keys import Keypair
from chain.wallet import Wallet
from tests.e2e.network import Network, eventually, running
from tests.patience import PATIENCE_SECONDS

pytestmark = [pytest.mark.e2e, pytest.mark.full]

ELSEWHERE = "127.0.0.2"
PASSWORD = "correct horse"
STAKE = 20_000 * 10**9


@contextmanager
def guest(network: Network, role: str, uri: str, *flags: str) -> Iterator[str]:
    """A miner or validator that has a wallet of its own, the tokenizer, and the chain's URL; gives its hotkey."""
    folder = network.data_dir.parent / f"guest-{role}"
    wallet = Wallet(folder / "wallets", "guest")
    wallet.create(PASSWORD, coldkey_uri=uri, hotkey_uri=f"{uri}//{role}")
    command = [
        *(sys.executable, "-m", "hivegate", role, "run", f"--chain={network.chain_url}", f"--host={ELSEWHERE}"),
        *(f"--wallet-dir={wallet.directory}", "--wallet=guest", f"--data-dir={folder / 'data'}"),
        *(f"--tokenizer={network.data_dir / 'tokenizer.json'}", *flags),
    ]
    environment = {**os.environ, "HIVEGATE_PASSWORD": PASSWORD, "OMP_NUM_THREADS": "1"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield wallet.hotkey_address()
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0
    finally:
        process.kill()
        process.wait()
        print((folder / "log").read_text())


def test_guests_join_by_url(tmp_path):
    with running(tmp_path / "data", "--miners=2") as network:
        eventually(lambda: network.said("first answer after"))
        texts = network.data_dir / "texts"
        port = network.port_base + 30
        corpus = f"--corpus=cpp={texts / 'train' / 'cpp'}"
        with guest(network, "miner", "//Dave", f"--port={port}", corpus, "--train-seconds=3") as hotkey:
            eventually(lambda: is_served(network, hotkey))
        with guest(network, "validator", "//Eve", f"--api-port={port}", *validator_flags(network, texts)) as hotkey:
            eventually(lambda: asyncio.run(stake(network.chain_url, hotkey)))
            eventually(lambda: asks_experts(f"http://{ELSEWHERE}:{port}"))


def validator_flags(network: Network, texts: Path) -> list[str]:
    folders = {"anchor": network.data_dir / "anchor", "texts": texts / "audit" / "validator-2"}
    return [f"--{name}={path}" for name, path in folders.items()] + [f"--evaluation={texts / 'evaluation'}"]


def is_served(network: Network, hotkey: str) -> bool:
    return any(row["hotkey"] == hotkey and row["available"] for row in network.status()["miners"])


async def stake(url: str, hotkey: str) -> bool:
    """Stake on ``hotkey`` as soon as it has taken its seat."""
    async with connect(url, timeout=PATIENCE_SECONDS) as client:
        if (await client.metagraph(1)).uid_of(hotkey) is None:
            return False
        call = Call("SubtensorModule", "add_stake", {"hotkey": hotkey, "netuid": 1, "amount_staked": STAKE})
        await client.submit(call, Keypair.from_uri("//Eve"))
        return True


def asks_experts(url: str) -> bool:
    """Whether an answer came from miners too, not from the anchor alone."""
    question = json.dumps({"model": "moe/auto", "prompt": "import os", "max_tokens": 4}).encode()
    request = urllib.request.Request(f"{url}/v1/completions", question, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:
            return any(expert.strip().startswith("5") for expert in reply.headers["x-moe-experts"].split(","))
    except urllib.error.HTTPError as error:
        error.close()
        return False

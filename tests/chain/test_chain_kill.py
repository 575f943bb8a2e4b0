"""A node under load, killed at random moments: nothing that was told is lost, nothing needs a repair."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from chain.block import Block, Header, decode_block
from chain.crypto import blake2_256
from chain.keys import Keypair
from chain.node.dev import build_dev_genesis
from chain.node.genesis import build_genesis_block
from chain.node.store import ChainStore
from chain.runtime.balances import transfer_keep_alive
from chain.runtime.executive import BlockEnv, execute_block
from chain.runtime.extrinsic import decode_extrinsic
from chain.state.overlay import MemoryState
from chain.state.trie import Trie
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
SENDERS = [Keypair.from_uri(f"//{name}") for name in ("Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie")]
BLOCK_MS = 100


@dataclass
class Witness:
    """What a client was told: hashes of blocks by number, and the hashes of transactions by block."""

    blocks: dict[int, str] = field(default_factory=dict)
    grown: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, header: dict[str, Any]) -> None:
        logs = tuple(map(parse, header["digest"]["logs"]))
        parent, state_root, root = (parse(header[name]) for name in ("parentHash", "stateRoot", "extrinsicsRoot"))
        heard = Header(parent, int(header["number"], 16), state_root, root, logs)
        assert self.blocks.setdefault(heard.number, "0x" + heard.hash.hex()) == "0x" + heard.hash.hex()
        self.grown.set()

    async def hears(self, more: int) -> None:
        """Return when ``more`` further blocks were told."""
        wanted = len(self.blocks) + more
        while len(self.blocks) < wanted:
            self.grown.clear()
            await asyncio.wait_for(self.grown.wait(), PATIENCE_SECONDS)


@pytest.fixture
def block_ms() -> int:
    return BLOCK_MS


@pytest.mark.parametrize("kills", [pytest.param(3, id="few"), pytest.param(100, id="many", marks=pytest.mark.full)])
async def test_killed_node_keeps_every_block_that_it_told_of_and_replays_to_the_same_root(tmp_path, sign, kills):
    rng, witness = random.Random(kills), Witness()
    for _ in range(kills):
        async with node(tmp_path / "chain") as (process, url):
            await check_told(url, witness)
            using = asyncio.create_task(use(url, witness, sign, rng))
            await witness.hears(rng.randint(1, 8))
            await asyncio.sleep(rng.uniform(0.0, 0.1))
            process.kill()
            await process.wait()
            await asyncio.wait_for(using, PATIENCE_SECONDS)
    async with node(tmp_path / "chain") as (process, url):
        await check_told(url, witness)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == 0
    assert len(witness.blocks) > kills
    assert replay(tmp_path / "chain") > kills


@asynccontextmanager
async def node(directory: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A node of the dev chain in a process of its own, ten blocks a second."""
    flags = ("--data-dir", str(directory), "--port", "0", "--block-time", str(BLOCK_MS / 1000))
    command = (sys.executable, str(ROOT / "hivegate.py"), "chain", "run", *flags)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), PATIENCE_SECONDS)).decode()
        assert line.startswith("listening on "), "the node needs a repair"
        yield process, line.split()[-1]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def check_told(url: str, witness: Witness) -> None:
    """Every block that was told is there, under its number."""
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        numbers = sorted(witness.blocks)
        for start in range(0, len(numbers), 1000):
            page = numbers[start : start + 1000]
            assert await ask(socket, "chain_getBlockHash", page) == [witness.blocks[number] for number in page]


async def use(url: str, witness: Witness, sign: Any, rng: random.Random) -> None:
    """Transfer for ever, and hear of blocks, until the node is gone."""
    async with aiohttp.ClientSession() as session:
        try:
            async with session.ws_connect(url) as asking, session.ws_connect(url) as hearing:
                listening = asyncio.create_task(listen(hearing, witness))
                await transfer(asking, sign, rng)
                await listening
        except (aiohttp.ClientError, ConnectionError):
            return


async def transfer(socket: aiohttp.ClientWebSocketResponse, sign: Any, rng: random.Random) -> None:
    nonces = [await ask(socket, "account_nextIndex", sender.ss58_address) for sender in SENDERS]
    while not socket.closed and None not in nonces:
        position = rng.randrange(len(SENDERS))
        target = Keypair.from_seed(rng.randbytes(32))
        raw = sign(SENDERS[position], transfer_keep_alive, nonce=nonces[position], dest=target, value=10**6)
        answer = await ask(socket, "author_submitExtrinsic", raw)
        assert answer in ("0x" + blake2_256(parse(raw)).hex(), None)
        nonces[position] += 1


async def listen(socket: aiohttp.ClientWebSocketResponse, witness: Witness) -> None:
    await socket.send_json({"jsonrpc": "2.0", "id": 1, "method": "chain_subscribeNewHeads", "params": []})
    async for message in socket:
        if message.type is aiohttp.WSMsgType.TEXT and "params" in message.json():
            witness.hear(message.json()["params"]["result"])


async def ask(socket: aiohttp.ClientWebSocketResponse, method: str, *params: object) -> Any:
    """Result of a request, None once the node is gone."""
    await socket.send_json({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    message = await socket.receive()
    if message.type is not aiohttp.WSMsgType.TEXT:
        return None
    assert "error" not in message.json(), message.data
    return message.json()["result"]


def replay(directory: Path) -> int:
    """Execute all blocks again from their bytes; their number."""
    store = ChainStore.open(directory, build_dev_genesis().identity)
    head = store.head()
    assert head is not None
    state = MemoryState(build_dev_genesis(block_ms=BLOCK_MS).build())
    trie, parent = Trie().update(state), build_genesis_block(state)
    for number in range(1, head.number + 1):
        block = store.block(number)
        result = execute_block(state, environment(block, parent, store.block(0).hash), block.extrinsics)
        trie = trie.update(result.changes)
        state.apply(result.changes)
        assert (block.header.parent_hash, trie.root) == (parent.hash, block.header.state_root), number
        parent = decode_block(block.encode())
    assert dict(store.history.iter_state()) == state
    store.close()
    return head.number


def environment(block: Block, parent: Block, genesis_hash: bytes) -> BlockEnv:
    [time_ms] = decode_extrinsic(block.extrinsics[0]).call.args
    assert isinstance(time_ms, int)
    return BlockEnv(block.number, parent.hash, time_ms, genesis_hash, block.header.logs)


def parse(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))

"""The client against real nodes: one in the test's loop, and processes that are killed."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import pytest

from chain.client import (
    Call,
    ChainUnreachable,
    InvalidTransaction,
    Receipt,
    RequestRefused,
    SubmissionTimeout,
    UnknownItem,
    connect,
)
from chain.keys import Keypair
from chain.node.dev import build_dev_genesis
from chain.node.rpc.server import ServerConfig
from chain.node.service import NodeConfig, run_node
from chain.remote.neurons import read_from_storage
from chain.runtime.errors import CannotPay, ModuleError
from chain.runtime.subtensor.errors import SubnetNotExists
from chain.runtime.system import ACCOUNT

ALICE, BOB = Keypair.from_uri("//Alice"), Keypair.from_uri("//Bob")
NOBODY = Keypair.from_uri("//Nobody")
ROOT = Path(__file__).parents[2]


def transfer(value: int = 10**6, dest: Keypair = BOB) -> Call:
    return Call("Balances", "transfer_keep_alive", {"dest": dest.ss58_address, "value": value})


@pytest.fixture
async def running(tmp_path):
    config = NodeConfig(tmp_path / "chain", build_dev_genesis(), ServerConfig(port=0), block_ms=50)
    async with run_node(config) as node:
        yield node


@pytest.fixture
async def client(running):
    async with connect(running.url) as opened:
        yield opened


async def free(client, keypair, block_hash=None):
    account = await client.query("System", "Account", [keypair.ss58_address], block_hash)
    return account["data"]["free"]


async def test_submitted_transfer_gives_a_receipt(client):
    before = await free(client, BOB)
    receipt = await client.submit(transfer(), ALICE)
    assert receipt.block_hash == await client.block_hash(receipt.block_number)
    assert receipt.fee > 0
    assert "Transfer" in [event.name for event in receipt.events]
    assert await free(client, BOB, receipt.block_hash) == before + 10**6
    final = await client.submit(transfer(), ALICE, finalized=True)
    assert final.block_number > receipt.block_number


async def test_many_submissions_at_once_each_land_once(client):
    before = await free(client, BOB)
    receipts = await asyncio.gather(*(client.submit(transfer(), ALICE) for _ in range(12)))
    assert len({receipt.extrinsic_hash for receipt in receipts}) == 12
    assert await free(client, BOB) == before + 12 * 10**6


async def test_failed_call_raises_the_error_that_the_runtime_raised(client):
    register = Call("SubtensorModule", "burned_register", {"netuid": 99, "hotkey": BOB.ss58_address})
    with pytest.raises(ModuleError) as failure:
        await client.submit(register, ALICE)
    assert isinstance(failure.value, SubnetNotExists)
    assert "fee" in failure.value.__notes__[0]


async def test_transaction_that_cannot_be_in_a_block_raises_its_kind(client):
    with pytest.raises(CannotPay):
        await client.submit(transfer(), NOBODY)
    assert issubclass(CannotPay, InvalidTransaction)


async def test_maps_heads_and_runtime_calls(client):
    accounts = dict(await client.query_map("System", "Account"))
    assert accounts[ALICE.ss58_address]["data"]["free"] > 0
    nonce = await client.runtime_call("AccountNonceApi_account_nonce", ALICE.public_key)
    assert nonce == bytes(4)
    with pytest.raises(RequestRefused, match="is not found"):
        await client.runtime_call("No_such", b"")
    with pytest.raises(UnknownItem):
        await client.query("System", "NoSuchItem")
    numbers = []
    async for head in client.heads():
        numbers.append(head.number)
        assert head.hash == await client.block_hash(head.number)
        if len(numbers) == 3:
            break
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]


async def test_raw_storage_reads_the_same_as_the_node_holds(client, running):
    genesis_hash = await client.block_hash(0)
    state = running.node.ledger.state_at(0)
    pairs = await client.storage_pairs(ACCOUNT.prefix, genesis_hash)
    assert pairs == dict(state.iter_prefix(ACCOUNT.prefix))
    key, value = next(iter(pairs.items()))
    assert await client.storage(key, genesis_hash) == value
    assert await client.storage(b"nothing here") is None


async def test_metagraph_shows_the_owner_of_the_first_subnet(client):
    metagraph = await client.metagraph(1)
    owner = Keypair.from_uri("//Alice//hive").ss58_address
    assert metagraph.owner_hotkey == owner
    assert metagraph.tempo == 20
    assert metagraph.uid_of(owner) == 0
    assert metagraph.by_hotkey()[owner].coldkey == ALICE.ss58_address
    assert metagraph == await read_from_storage(client, 1, metagraph.block_hash)
    with pytest.raises(UnknownItem):
        await client.metagraph(77)
    assert await client.weights(1) == {}


async def test_deadline_passes_where_no_block_comes(tmp_path):
    config = NodeConfig(tmp_path / "chain", build_dev_genesis(), ServerConfig(port=0), manual=True)
    async with run_node(config) as running, connect(running.url) as client:
        await client.query("System", "Number")
        with pytest.raises(SubmissionTimeout, match="was not in a block"):
            await client.submit(transfer(), ALICE, timeout=0.5)


async def test_nobody_at_the_url_is_told_in_time():
    with pytest.raises(ChainUnreachable, match="check the URL"):
        async with connect(f"ws://127.0.0.1:{find_free_port()}", timeout=0.5):
            pass


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def node_process(data_dir: Path, port: int):
    """A node of its own, ready; killed at the end if it still runs."""
    flags = ["--data-dir", data_dir, "--port", port, "--block-time", "0.1"]
    command = [sys.executable, "hivegate.py", "--log-level", "warning", "chain", "run", *map(str, flags)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("listening on ws://127.0.0.1:")
            yield process
        finally:
            process.kill()


async def test_client_outlives_a_killed_node_and_nothing_lands_twice(tmp_path):
    port = find_free_port()
    receipts: list[Receipt] = []
    landed = asyncio.Semaphore(0)

    async def work(client, sender: Keypair) -> None:
        for _ in range(6):
            receipts.append(await client.submit(transfer(1000), sender, timeout=60))
            landed.release()

    async with AsyncExitStack() as stack:
        node = stack.enter_context(node_process(tmp_path / "d", port))
        client = await stack.enter_async_context(connect(f"ws://127.0.0.1:{port}", timeout=30))
        before = await free(client, BOB)
        async with asyncio.TaskGroup() as tasks:
            for name in ("Alice", "Charlie", "Dave"):
                tasks.create_task(work(client, Keypair.from_uri(f"//{name}")))
            for count in (4, 6):
                for _ in range(count):
                    await landed.acquire()
                node.kill()
                await asyncio.to_thread(node.wait)
                node = stack.enter_context(node_process(tmp_path / "d", port))
        assert len({receipt.extrinsic_hash for receipt in receipts}) == len(receipts) == 18
        for receipt in receipts:
            assert await client.block_hash(receipt.block_number) == receipt.block_hash
        assert await free(client, BOB) == before + 18 * 1000
        node.terminate()
        assert await asyncio.to_thread(node.wait, 10) == 0

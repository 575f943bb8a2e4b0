"""The node as a whole: what it says of transactions, over restarts, at bad input."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from chain.keys import Keypair
from chain.node.dev import build_dev_genesis
from chain.node.errors import OtherGenesis, PortTaken
from chain.node.rpc.server import ServerConfig
from chain.node.sequencer import ManualSequencer
from chain.node.service import NodeConfig, RunningNode, run_node
from chain.runtime.balances import transfer_keep_alive
from chain.runtime.system import ACCOUNT
from chain.state.proof import verify_proof

ALICE, BOB = Keypair.from_uri("//Alice"), Keypair.from_uri("//Bob")


class Rpc:
    """A WebSocket that asks and collects notifications."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.news: list[Any] = []

    async def send(self, name: str, *params: object) -> Any:
        self._number += 1
        await self._socket.send_json({"jsonrpc": "2.0", "id": self._number, "method": name, "params": list(params)})
        while "id" not in (message := await self._socket.receive_json()):
            self.news.append(message)
        return message

    async def ask(self, name: str, *params: object):
        reply = await self.send(name, *params)
        assert "error" not in reply, reply
        return reply["result"]

    async def next(self):
        """Result of the next notification."""
        if not self.news:
            self.news.append(await self._socket.receive_json())
        return self.news.pop(0)["params"]["result"]


@pytest.fixture
async def rpc(manual_node):
    async with aiohttp.ClientSession() as session, session.ws_connect(manual_node.url) as socket:
        yield Rpc(socket)


async def create_block(running: RunningNode):
    assert isinstance(running.sequencer, ManualSequencer)
    return await running.sequencer.create_block()


def make_config(data_dir: Path, **more: Any) -> NodeConfig:
    return NodeConfig(data_dir, build_dev_genesis(), ServerConfig(port=0), manual=True, **more)


async def test_starts_with_genesis_and_counts_up(manual_node, rpc):
    genesis = await rpc.ask("chain_getBlockHash", 0)
    assert await rpc.ask("chain_getHead") == genesis
    block = await create_block(manual_node)
    header = await rpc.ask("chain_getHeader")
    assert (header["number"], header["parentHash"]) == ("0x1", genesis)
    assert await rpc.ask("chain_getBlockHash", 1) == "0x" + block.hash.hex()
    assert await rpc.ask("chain_getBlockHash", [0, 1, 2]) == [genesis, "0x" + block.hash.hex(), None]
    assert header["digest"]["logs"][0].startswith("0x0661757261")


async def test_watched_transfer_goes_from_ready_over_in_block_to_finalized(manual_node, rpc, sign):
    raw = sign(ALICE, transfer_keep_alive, dest=BOB, value=5)
    await rpc.ask("author_submitAndWatchExtrinsic", raw)
    assert await rpc.ask("author_pendingExtrinsics") == [raw]
    assert await rpc.ask("account_nextIndex", ALICE.ss58_address) == 1
    block = await create_block(manual_node)
    told = [await rpc.next() for _ in range(3)]
    assert told == ["ready", {"inBlock": "0x" + block.hash.hex()}, {"finalized": "0x" + block.hash.hex()}]
    assert await rpc.ask("chain_getFinalizedHead") == "0x" + block.hash.hex()
    assert (await rpc.ask("chain_getBlock"))["block"]["extrinsics"][1] == raw


async def test_refusals_have_the_codes_that_clients_know(manual_node, rpc, sign):
    first = sign(ALICE, transfer_keep_alive, dest=BOB, value=5)
    rival = sign(ALICE, transfer_keep_alive, dest=BOB, value=6)
    await rpc.ask("author_submitExtrinsic", first)
    again, other = [await rpc.send("author_submitExtrinsic", raw) for raw in (first, rival)]
    assert again["error"]["code"] == 1013
    assert other["error"] == {
        "code": 1014,
        "message": "Priority is too low: (1 vs 1)",
        "data": "The transaction has too low priority to replace another transaction already in the pool.",
    }
    await create_block(manual_node)
    late = await rpc.send("author_submitExtrinsic", rival)
    assert late["error"] == {"code": 1010, "message": "Invalid Transaction", "data": "Transaction is outdated"}
    broken = await rpc.send("author_submitExtrinsic", first[:-2])
    assert broken["error"]["code"] == 1010


async def test_fees_are_told_in_parts_to_clients_that_ask_the_node(rpc, sign):
    raw = sign(ALICE, transfer_keep_alive, dest=BOB, value=5)
    info = await rpc.ask("payment_queryInfo", raw)
    assert info["class"] == "normal"
    assert info["weight"]["ref_time"] > 0
    parts = (await rpc.ask("payment_queryFeeDetails", raw))["inclusionFee"]
    assert sum(int(part, 16) for part in parts.values()) == int(info["partialFee"])


async def test_dearer_transaction_takes_the_place_of_the_first(manual_node, rpc, sign):
    await rpc.ask("author_submitAndWatchExtrinsic", sign(ALICE, transfer_keep_alive, dest=BOB, value=5))
    winner = await rpc.ask("author_submitExtrinsic", sign(ALICE, transfer_keep_alive, tip=10, dest=BOB, value=6))
    assert [await rpc.next(), await rpc.next()] == ["ready", {"usurped": winner}]


async def test_proof_of_a_balance_holds_under_the_state_root_of_its_block(manual_node, rpc, sign):
    await rpc.ask("author_submitExtrinsic", sign(ALICE, transfer_keep_alive, dest=BOB, value=5))
    await create_block(manual_node)
    key, absent = ACCOUNT.raw_key(BOB.public_key), ACCOUNT.raw_key(bytes(32))
    for at in [await rpc.ask("chain_getBlockHash", number) for number in (0, 1)]:
        root = bytes.fromhex((await rpc.ask("chain_getHeader", at))["stateRoot"][2:])
        answer = await rpc.ask("state_getReadProof", ["0x" + key.hex(), "0x" + absent.hex()], at)
        proof = [bytes.fromhex(item[2:]) for item in answer["proof"]]
        value = verify_proof(root, proof, key)
        assert value is not None
        assert "0x" + value.hex() == await rpc.ask("state_getStorage", "0x" + key.hex(), at)
        assert verify_proof(root, proof, absent) is None


async def test_unknown_blocks_and_runtime_calls_are_told_as_such(rpc):
    nowhere = "0x" + "12" * 32
    assert await rpc.ask("chain_getHeader", nowhere) is None
    assert await rpc.ask("chain_getBlock", nowhere) is None
    assert (await rpc.send("state_getStorage", "0x00", nowhere))["error"]["code"] == 4003
    unknown = await rpc.send("state_call", "Nothing_at_all", "0x")
    assert "Exported method Nothing_at_all is not found" in unknown["error"]["message"]
    assert (await rpc.send("state_call", "AccountNonceApi_account_nonce", "00"))["error"]["code"] == 4003


async def test_all_methods_are_listed_and_their_aliases_answer(rpc):
    names = (await rpc.ask("rpc_methods"))["methods"]
    expected = "chain_getHead state_getStorageAt account_nextIndex chain_subscribeNewHead chain_getFinalisedHead"
    assert set(expected.split()) <= set(names)
    assert (await rpc.ask("system_health"))["isSyncing"] is False
    assert (await rpc.ask("state_getRuntimeVersion"))["transactionVersion"] == 1
    assert (await rpc.ask("state_getMetadata")).startswith("0x6d6574610e")
    at_version = await rpc.ask("state_call", "Metadata_metadata_at_version", "0f000000")
    assert "6d6574610f" in at_version[:24]


async def test_storage_subscription_tells_current_values_then_changes(manual_node, rpc, sign):
    key = "0x" + ACCOUNT.raw_key(BOB.public_key).hex()
    identifier = await rpc.ask("state_subscribeStorage", [key])
    before = (await rpc.next())["changes"][0][1]
    await rpc.ask("author_submitExtrinsic", sign(ALICE, transfer_keep_alive, dest=BOB, value=5))
    await create_block(manual_node)
    told = await rpc.next()
    assert told["changes"][0][0] == key
    assert told["changes"][0][1] != before
    assert await rpc.ask("state_unsubscribeStorage", identifier) is True
    assert await rpc.ask("state_unsubscribeStorage", identifier) is False


async def test_restarted_node_goes_on_where_it_was(tmp_path, sign):
    async with run_node(make_config(tmp_path)) as running:
        running.node.submit(bytes.fromhex(sign(ALICE, transfer_keep_alive, dest=BOB, value=5)[2:]))
        for _ in range(3):
            last = await create_block(running)
        account = ACCOUNT.get(running.node.ledger.state, BOB.public_key)
    async with run_node(make_config(tmp_path)) as running:
        assert running.node.ledger.head == last
        assert running.node.ledger.finalized == last
        assert ACCOUNT.get(running.node.ledger.state, BOB.public_key) == account
        assert (await create_block(running)).header.parent_hash == last.hash
        old = running.node.ledger.state_at(0)
        assert ACCOUNT.get(old, ALICE.public_key).nonce == 0


async def test_proofs_and_reads_of_recent_blocks_survive_a_restart_and_old_ones_are_told_as_discarded(tmp_path, sign):
    key = "0x" + ACCOUNT.raw_key(BOB.public_key).hex()
    async with run_node(make_config(tmp_path, history=5)) as running:
        for nonce in range(9):
            running.node.submit(bytes.fromhex(sign(ALICE, transfer_keep_alive, nonce=nonce, dest=BOB, value=5)[2:]))
            await create_block(running)
    async with (
        run_node(make_config(tmp_path, history=5)) as running,
        aiohttp.ClientSession() as session,
        session.ws_connect(running.url) as socket,
    ):
        rpc = Rpc(socket)
        for number in range(10):
            at = await rpc.ask("chain_getBlockHash", number)
            answer = await rpc.send("state_getReadProof", [key], at)
            if number < 4:
                assert answer["error"]["code"] == 4003
                assert "State already discarded" in answer["error"]["message"]
                assert (await rpc.send("state_getStorage", key, at))["error"]["code"] == 4003
                assert (await rpc.send("state_call", "Core_version", "0x", at))["error"]["code"] == 4003
                assert (await rpc.ask("chain_getBlock", at))["block"]["header"]["number"] == hex(number)
                continue
            proof = [bytes.fromhex(item[2:]) for item in answer["result"]["proof"]]
            root = bytes.fromhex((await rpc.ask("chain_getHeader", at))["stateRoot"][2:])
            value = verify_proof(root, proof, bytes.fromhex(key[2:]))
            assert value is not None
            assert "0x" + value.hex() == await rpc.ask("state_getStorage", key, at)


async def test_directory_of_other_flags_and_a_taken_port_are_told_with_the_fix(tmp_path, manual_node):
    async with run_node(make_config(tmp_path / "a")):
        pass
    with pytest.raises(OtherGenesis, match="--data-dir"):
        async with run_node(NodeConfig(tmp_path / "a", build_dev_genesis(tempo=7), ServerConfig(port=0))):
            pass
    port = int(manual_node.url.rsplit(":", 1)[1])
    with pytest.raises(PortTaken, match="--port"):
        async with run_node(NodeConfig(tmp_path / "b", build_dev_genesis(), ServerConfig(port=port))):
            pass


def random_value(rng: random.Random, depth: int = 0) -> Any:
    kinds = [None, True, 0, -1, 2**63, 1.5, "", "0x", "0x00", "0xzz", "\u0660", "0x" + "00" * 32, ALICE.ss58_address]
    choice = rng.randrange(len(kinds) + 2)
    if choice < len(kinds):
        return kinds[choice]
    if depth > 2:
        return "x" * rng.randrange(2000)
    items = [random_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return items if choice == len(kinds) else {str(i): item for i, item in enumerate(items)}


async def test_no_parameters_whatever_are_answered_with_an_internal_error(manual_node, rpc):
    rng = random.Random(7)
    names = [name for name in (await rpc.ask("rpc_methods"))["methods"] if name != "engine_createBlock"]
    for name in names:
        for _ in range(40):
            reply = await rpc.send(name, *(random_value(rng) for _ in range(rng.randrange(5))))
            assert reply.get("error", {}).get("code") != -32603, (name, reply)
    for name in ("AccountNonceApi_account_nonce", "TransactionPaymentApi_query_info", "Core_version"):
        for _ in range(40):
            reply = await rpc.send("state_call", name, "0x" + rng.randbytes(rng.randrange(80)).hex())
            assert reply.get("error", {}).get("code") != -32603, (name, reply)
    assert (await rpc.ask("system_health"))["peers"] == 0

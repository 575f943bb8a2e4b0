"""The audit of the money, over the wire, of a network that lived through everything that moves it."""

import pytest

from chain.client import Call, connect
from chain.issuance import audit_issuance, read_flow
from chain.keys import Keypair
from chain.node.dev import build_dev_genesis
from chain.node.rpc.server import ServerConfig
from chain.node.service import NodeConfig, run_node
from chain.runtime.subtensor.errors import HotKeyAlreadyRegisteredInSubNet

ALICE, BOB, CHARLIE = (Keypair.from_uri(uri) for uri in ("//Alice", "//Bob", "//Charlie"))
VALIDATOR, MINER, OWNED = (Keypair.from_uri(f"//{name}//hot") for name in ("validator", "miner", "owned"))
TAO = 10**9


@pytest.fixture
async def client(tmp_path):
    config = NodeConfig(tmp_path / "chain", build_dev_genesis(5), ServerConfig(port=0), block_ms=20)
    async with run_node(config) as running, connect(running.url) as opened:
        yield opened


def subtensor(function, **params):
    return Call("SubtensorModule", function, params)


def register(hotkey):
    return subtensor("burned_register", netuid=1, hotkey=hotkey.ss58_address)


async def wait_for_epochs(client, count):
    async for _ in client.heads():
        if await client.query("SubtensorModule", "SubnetEpochIndex", [1]) >= count:
            return


async def test_the_money_of_a_living_network_adds_up_to_the_rao(client):
    await client.submit(register(VALIDATOR), BOB)
    await client.submit(register(MINER), CHARLIE)
    await client.submit(register(OWNED), ALICE)
    with pytest.raises(HotKeyAlreadyRegisteredInSubNet):
        await client.submit(register(MINER), CHARLIE)
    stake = {"hotkey": VALIDATOR.ss58_address, "netuid": 1}
    await client.submit(subtensor("add_stake", **stake, amount_staked=1_000 * TAO + 1), BOB)
    await client.submit(subtensor("add_stake", **stake, amount_staked=333 * TAO), CHARLIE)
    poor = Keypair.from_uri("//Poor")
    transfer = {"dest": poor.ss58_address, "value": 1_000_000}
    await client.submit(Call("Balances", "transfer_keep_alive", transfer), ALICE)
    await client.submit(Call("Balances", "transfer_allow_death", {"dest": BOB.ss58_address, "value": 700_000}), poor)
    epoch = await client.query("SubtensorModule", "SubnetEpochIndex", [1])
    await wait_for_epochs(client, epoch + 1)
    weights = {"netuid": 1, "mecid": 0, "dests": [2, 3], "weights": [3, 1], "version_key": 0}
    await client.submit(subtensor("set_mechanism_weights", **weights), VALIDATOR)
    await wait_for_epochs(client, epoch + 4)
    await client.submit(subtensor("remove_stake", **stake, amount_unstaked=2**64 - 1), CHARLIE)

    report = await audit_issuance(client)
    assert report.final == report.initial + report.emitted - report.burned
    assert report.initial == 6_000_000 * TAO
    assert report.emitted > 15 * TAO
    assert report.burned > 3 * TAO // 100


async def test_a_network_without_validators_destroys_what_nobody_earned(client):
    await wait_for_epochs(client, 2)
    flow = await read_flow(client, 1, 10)
    assert 0 < flow.burned < flow.emitted == 10 * TAO

"""What users of the bittensor SDK 11 do, against the chain at the URL given. Last line: a JSON object of steps."""

import asyncio
import sys
from types import SimpleNamespace

import bittensor as bt
import bittensor_core
from beacon import PULSES, ROUND, encrypt_for_known_round
from bittensor import intents
from bittensor._generated import storage
from bittensor_core import Keypair
from steps import Steps, report

NETUID = 1
step = Steps()


def wallet(name):
    cold, hot = Keypair.create_from_uri(f"//{name}"), Keypair.create_from_uri(f"//{name}//hot")
    return SimpleNamespace(coldkey=cold, coldkeypub=cold, hotkey=hot, hotkeypub=hot)


ALICE, BOB = wallet("Alice"), wallet("Bob")
HOT = BOB.hotkey.ss58_address


async def do(client, intent, signer=BOB, **options):
    result = await client.execute(intent, signer, **options)
    result.raise_for_failure()
    return result


async def call(client, raw, signer=BOB, **options):
    result = await client.submit_call(raw, signer, **options)
    result.raise_for_failure()
    return result


async def epochs(client, count):
    for _ in range(count):
        await client.wait_for_epoch(NETUID, timeout=600)


@step
async def connects(client):
    assert await client.block() >= 0
    return await client.spec_version()


@step
async def balances(client):
    alice = await client.balances.get(ALICE.coldkey.ss58_address)
    many = await client.balances.get_many([ALICE.coldkey.ss58_address, BOB.coldkey.ss58_address])
    assert alice.rao > 10**14
    assert len(many) == 2
    assert (await client.balances.existential_deposit()).rao == 500


@step
async def subnets(client):
    found = await client.subnets.all()
    assert NETUID in [subnet.netuid for subnet in found]
    assert (await client.subnets.info(NETUID)).netuid == NETUID
    assert (await client.subnets.burn(NETUID)).rao >= 0
    return {
        "names": await client.subnets.subnet_names(),
        "cost": (await client.subnets.subnet_registration_cost()).rao,
        "commit_reveal": await client.subnets.commit_reveal_enabled(NETUID),
    }


@step
async def hyperparameters(client):
    found = await client.subnets.subnet_hyperparameters(NETUID)
    assert found["tempo"] == 20, found
    return len(found)


@step
async def epoch_reads(client):
    return [await client.epochs.epoch_status(NETUID), await client.epochs.next_epoch_start_block(NETUID)]


@step
async def chain_reads(client):
    info = await client.block_info()
    return [await client.block_time(), str(await client.timestamp()), info.number]


@step
async def prices(client):
    quote = await client.prices.quote_stake(NETUID, 1.0)
    back = await client.prices.quote_unstake(NETUID, 1.0)
    return [await client.prices.alpha_prices(), str(quote), str(back)]


@step
async def transfer(client):
    target = Keypair.create_from_uri("//Carol").ss58_address
    before = (await client.balances.get(target)).rao
    result = await do(client, intents.Transfer(dest_ss58=target, amount_tao=1.5))
    assert result.fee.rao > 0
    assert (await client.balances.get(target)).rao == before + 1_500_000_000


@step
async def burned_register(client):
    await call(client, bt.calls.SubtensorModule.burned_register(netuid=NETUID, hotkey=HOT))
    return await client.neurons.uid(HOT, NETUID)


@step
async def add_stake(client):
    await do(client, intents.AddStake(hotkey_ss58=HOT, netuid=NETUID, amount_tao=100.0))
    stake = await client.staking.get(BOB.coldkey.ss58_address, HOT, NETUID)
    assert stake.rao > 99 * 10**9, stake
    positions = await client.staking.positions(BOB.coldkey.ss58_address)
    assert [position.hotkey for position in positions] == [HOT], positions


@step
async def remove_stake(client):
    """What the block with the call in it changed, whatever dividends came before it."""
    result = await do(client, intents.RemoveStake(hotkey_ss58=HOT, netuid=NETUID, amount_alpha=60.0))
    number = int(result.extrinsic_id.split("-")[0])
    who = (BOB.coldkey.ss58_address, HOT, NETUID)
    before, after = [(await client.staking.get(*who, block=at)).rao for at in (number - 1, number)]
    assert after < before - 30 * 10**9


@step
async def delegation(client):
    assert await client.neurons.hotkey_owner(HOT) == BOB.coldkey.ss58_address
    assert HOT in await client.neurons.owned_hotkeys(BOB.coldkey.ss58_address)
    assert await client.neurons.netuids_for_hotkey(HOT) == [NETUID]
    delegates = await client.delegation.delegates()
    return [
        len(delegates),
        str(await client.delegation.delegate(HOT)),
        len(await client.delegation.delegated(BOB.coldkey.ss58_address)),
    ]


@step
async def serve_axon(client):
    await do(client, intents.ServeAxon(netuid=NETUID, ip="203.0.113.7", port=8091))
    neurons = await client.neurons.all(NETUID)
    mine = next(neuron for neuron in neurons if neuron.hotkey == HOT)
    return str(mine)


@step
async def set_weights(client):
    await epochs(client, 2)
    await do(client, intents.SetWeights(netuid=NETUID, uids=[0], weights=[1.0]))
    found = await client.weights.weights(NETUID)
    assert await client.neurons.uid(HOT, NETUID) in found, found


@step
async def metagraph(client):
    found = await client.subnets.metagraph(NETUID)
    assert found.netuid == NETUID
    assert HOT in [neuron.hotkey for neuron in found.neurons]
    full = await client.neurons.all(NETUID, lite=False)
    return [len(full), str(found)[:300]]


@step
async def take(client):
    await do(client, intents.SetTake(take=0.1, hotkey_ss58=HOT))
    return await client.delegation.delegate_take(HOT)


@step
async def children(client):
    child = Keypair.create_from_uri("//Carol").ss58_address
    await do(client, intents.SetChildren(hotkey_ss58=HOT, netuid=NETUID, children=[(0.5, child)]))
    pending = await client.delegation.pending_children(HOT, NETUID)
    await do(client, intents.SetChildkeyTake(hotkey_ss58=HOT, netuid=NETUID, take=0.05))
    return [pending, await client.delegation.children(HOT, NETUID)]


@step
async def commitments(client):
    info = {"fields": [[{"Raw5": b"hello"}]]}
    await call(client, bt.calls.Commitments.set_commitment(netuid=NETUID, info=info), signer=BOB.hotkey)
    return [str(await client.identity.commitment(NETUID, HOT)), await client.identity.commitments(NETUID)]


@step
async def identity(client):
    await do(client, intents.SetIdentity(name="bob", url="https://example.org"))
    return await client.identity.identity(BOB.coldkey.ss58_address)


@step
async def move_stake(client):
    other = Keypair.create_from_uri("//Bob//other").ss58_address
    await call(client, bt.calls.SubtensorModule.burned_register(netuid=NETUID, hotkey=other))
    move = intents.MoveStake(
        origin_hotkey_ss58=HOT, origin_netuid=NETUID, dest_hotkey_ss58=other, dest_netuid=NETUID, amount_alpha=1.0
    )
    await do(client, move)
    assert (await client.staking.get(BOB.coldkey.ss58_address, other, NETUID)).rao > 10**8


@step
async def batch_and_proxy(client):
    carol = Keypair.create_from_uri("//Carol").ss58_address
    transfers = [bt.calls.Balances.transfer_keep_alive(dest=carol, value=value) for value in (5_000, 6_000)]
    await call(client, bt.calls.Utility.batch_all(calls=[await client.compose(raw) for raw in transfers]))
    await do(client, intents.AddProxy(delegate_ss58=carol, proxy_type="Any", delay=0))
    return await client.balances.proxies(BOB.coldkey.ss58_address)


@step
async def set_weights_by_commit_reveal(client):
    enable = bt.calls.AdminUtils.sudo_set_commit_reveal_weights_enabled(netuid=NETUID, enabled=True)
    await call(client, bt.calls.Sudo.sudo(call=await client.compose(enable)), ALICE)
    result = await do(client, intents.SetWeights(netuid=NETUID, uids=[0], weights=[1.0]))
    commits = await client.weights.timelocked_weight_commits(NETUID)
    assert commits, result
    return str(commits)[:200]


@step
async def timelocked_weights_reveal_themselves(client):
    """The beacon's round is known before the commit is due, so the commit opens with the epoch after its own."""
    rounds = bt.calls.Drand.write_pulse(pulses_payload=PULSES, signature=None)
    await call(client, bt.calls.Sudo.sudo(call=await client.compose(rounds)), ALICE)
    uid = await client.neurons.uid(HOT, NETUID)
    key = BOB.hotkey.public_key
    hidden = encrypt_for_known_round(bittensor_core.get_encrypted_commit_v2, [0, uid], [65535, 30000], key)
    commit = bt.calls.SubtensorModule.commit_timelocked_mechanism_weights(
        netuid=NETUID, mecid=0, commit=hidden, reveal_round=ROUND, commit_reveal_version=4
    )
    await call(client, commit, BOB.hotkey)
    await epochs(client, 2)
    found = (await client.weights.weights(NETUID))[uid]
    assert abs(found[uid] - 30_000 / 95_535) < 1e-9, found


@step
async def nothing_waits_for_a_subnet_to_end(client):
    """What the command line asks before it founds a subnet."""
    queues = storage.SubtensorModule
    assert not await client.query(queues.DissolveCleanupQueue)
    assert not await client.query(queues.NetworkRegistrationQueue)


@step
async def register_subnet(client):
    await do(client, intents.RegisterSubnet(hotkey_ss58=Keypair.create_from_uri("//Bob//owner").ss58_address))
    netuid = max(subnet.netuid for subnet in await client.subnets.all())
    await do(client, intents.StartCall(netuid=netuid))
    return netuid


async def main(url):
    async with bt.Client(url, fallback_endpoints=[], archive_endpoints=[]) as client:
        report(await step.run(client))


asyncio.run(main(sys.argv[1]))

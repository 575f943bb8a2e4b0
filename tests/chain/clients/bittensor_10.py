"""What users of the bittensor SDK 10 do, against the chain at the URL given. Last line: a JSON object of steps."""

import asyncio
import sys
import tempfile

import bittensor as bt
import bittensor_drand
from beacon import PULSES, ROUND, encrypt_for_known_round
from bittensor.core.async_subtensor import AsyncSubtensor
from bittensor_wallet import Keypair, Wallet
from steps import Steps, report

NETUID = 1
REVEAL_TEMPO = 60
step = Steps()
FOLDER = tempfile.mkdtemp()


def wallet(name):
    made = Wallet(name=name, hotkey="hot", path=FOLDER)
    made.set_coldkey(Keypair.create_from_uri(f"//{name}"), encrypt=False, overwrite=True)
    made.set_coldkeypub(Keypair.create_from_uri(f"//{name}"), encrypt=False, overwrite=True)
    made.set_hotkey(Keypair.create_from_uri(f"//{name}//hot"), encrypt=False, overwrite=True)
    return made


ALICE, BOB = wallet("Alice"), wallet("Bob")
COLD, HOT = BOB.coldkeypub.ss58_address, BOB.hotkey.ss58_address
CAROL = Keypair.create_from_uri("//Carol").ss58_address


def done(response):
    assert response.success, response.message
    return response


async def call(chain, module, function, params, signer=BOB, **more):
    composed = await chain.compose_call(call_module=module, call_function=function, call_params=params)
    return done(await chain.sign_and_send_extrinsic(call=composed, wallet=signer, **more))


@step
async def connects(chain):
    assert await chain.get_current_block() >= 0
    return [await chain.get_total_subnets(), await chain.is_fast_blocks(), str(await chain.get_timestamp())]


@step
async def balances(chain):
    assert (await chain.get_balance(ALICE.coldkeypub.ss58_address)).rao > 10**14
    assert len(await chain.get_balances(COLD, CAROL)) == 2
    assert (await chain.get_existential_deposit()).rao == 500


@step
async def subnets(chain):
    found = await chain.all_subnets()
    assert NETUID in [subnet.netuid for subnet in found]
    one = await chain.subnet(NETUID)
    infos = await chain.get_all_subnets_info()
    assert await chain.subnet_exists(NETUID)
    assert await chain.get_subnet_owner_hotkey(NETUID)
    return [one.tempo, len(infos), str(await chain.get_subnet_burn_cost())]


@step
async def hyperparameters(chain):
    found = await chain.get_subnet_hyperparameters(NETUID)
    assert found.tempo == 20
    assert await chain.tempo(NETUID) == 20
    return [found.kappa, await chain.immunity_period(NETUID), await chain.weights_rate_limit(NETUID)]


@step
async def prices(chain):
    return [str(await chain.get_subnet_prices()), str(await chain.get_subnet_price(NETUID))]


@step
async def transfer(chain):
    before = (await chain.get_balance(CAROL)).rao
    done(await chain.transfer(BOB, CAROL, bt.Balance.from_tao(1.5)))
    assert (await chain.get_balance(CAROL)).rao == before + 1_500_000_000


@step
async def burned_register(chain):
    await call(chain, "SubtensorModule", "burned_register", {"netuid": NETUID, "hotkey": HOT})
    assert await chain.is_hotkey_registered(HOT, netuid=NETUID)
    return await chain.get_uid_for_hotkey_on_subnet(HOT, NETUID)


@step
async def registers_by_its_own_method(chain):
    done(await chain.burned_register(ALICE, NETUID))
    return await chain.get_uid_for_hotkey_on_subnet(ALICE.hotkey.ss58_address, NETUID)


@step
async def add_stake(chain):
    done(await chain.add_stake(BOB, NETUID, HOT, bt.Balance.from_tao(100)))
    assert (await chain.get_stake(COLD, HOT, NETUID)).rao > 99 * 10**9
    assert [info.hotkey_ss58 for info in await chain.get_stake_info_for_coldkey(COLD)] == [HOT]


@step
async def stakes_safely(chain):
    done(await chain.add_stake(BOB, NETUID, HOT, bt.Balance.from_tao(10), safe_staking=True, rate_tolerance=0.5))
    done(await chain.unstake(BOB, NETUID, HOT, bt.Balance.from_tao(1).set_unit(NETUID), safe_unstaking=True))


@step
async def remove_stake(chain):
    """What a block with the call in it changed, whatever dividends came before it."""
    receipt = done(await chain.unstake(BOB, NETUID, HOT, bt.Balance.from_tao(60).set_unit(NETUID))).extrinsic_receipt
    number = await chain.substrate.get_block_number(receipt.block_hash)
    before, after = [(await chain.get_stake(COLD, HOT, NETUID, block=at)).rao for at in (number - 1, number)]
    assert after < before - 30 * 10**9


@step
async def take(chain):
    done(await chain.set_delegate_take(BOB, HOT, 0.1))
    return await chain.get_delegate_take(HOT)


@step
async def delegates(chain):
    found = await chain.get_delegates()
    assert HOT in [delegate.hotkey_ss58 for delegate in found]
    one = await chain.get_delegate_by_hotkey(HOT)
    assert one.owner_ss58 == COLD
    return [len(await chain.get_delegated(COLD)), await chain.get_delegate_take(HOT)]


@step
async def serve_axon(chain):
    axon = bt.Axon(wallet=BOB, port=8091, ip="203.0.113.7", external_ip="203.0.113.7", external_port=8091)
    done(await chain.serve_axon(NETUID, axon))
    neuron = await chain.get_neuron_for_pubkey_and_subnet(HOT, NETUID)
    assert neuron.axon_info.ip == "203.0.113.7"


@step
async def neurons(chain):
    lite, full = await chain.neurons_lite(NETUID), await chain.neurons(NETUID)
    assert HOT in [neuron.hotkey for neuron in lite]
    assert len(lite) == len(full)


@step
async def set_weights(chain):
    await chain.wait_for_block(await chain.get_next_epoch_start_block(NETUID) + 1)
    await chain.wait_for_block(await chain.get_next_epoch_start_block(NETUID) + 1)
    done(await chain.set_weights(BOB, NETUID, [0], [1.0]))
    uid = await chain.get_uid_for_hotkey_on_subnet(HOT, NETUID)
    assert uid in dict(await chain.weights(NETUID))
    return [str(await chain.bonds(NETUID))[:100], await chain.blocks_since_last_update(NETUID, uid)]


@step
async def metagraph(chain):
    graph = await chain.metagraph(NETUID, lite=False)
    info = await chain.get_metagraph_info(NETUID)
    assert HOT in info.hotkeys
    assert len(info.axons) == int(graph.n)
    assert len(await chain.get_all_metagraphs_info()) >= 1
    return [int(graph.n), info.num_uids]


@step
async def children(chain):
    done(await chain.set_children(BOB, HOT, NETUID, [(0.5, CAROL)]))
    return [str(await chain.get_children(HOT, NETUID)), str(await chain.get_children_pending(HOT, NETUID))]


@step
async def commitments(chain):
    done(await chain.set_commitment(BOB, NETUID, "hello"))
    uid = await chain.get_uid_for_hotkey_on_subnet(HOT, NETUID)
    assert await chain.get_commitment(NETUID, uid) == "hello"
    assert (await chain.get_all_commitments(NETUID))[HOT] == "hello"
    return str(await chain.get_all_revealed_commitments(NETUID))


@step
async def move_stake(chain):
    other = ALICE.hotkey.ss58_address
    done(await chain.move_stake(BOB, NETUID, HOT, NETUID, other, bt.Balance.from_tao(5).set_unit(NETUID)))
    assert (await chain.get_stake(COLD, other, NETUID)).rao > 10**9


@step
async def proxies(chain):
    done(await chain.add_proxy(BOB, CAROL, "Any", 0))
    return str(await chain.get_proxies_for_real_account(COLD))


@step
async def set_weights_by_commit_reveal(chain):
    enable = await chain.compose_call(
        call_module="AdminUtils",
        call_function="sudo_set_commit_reveal_weights_enabled",
        call_params={"netuid": NETUID, "enabled": True},
    )
    await call(chain, "Sudo", "sudo", {"call": enable}, ALICE)
    assert await chain.commit_reveal_enabled(NETUID)
    done(await chain.set_weights(BOB, NETUID, [0], [1.0]))
    commits = await chain.get_timelocked_weight_commits(NETUID)
    assert commits
    return str(commits)[:200]


@step
async def timelocked_weights_reveal_themselves(chain):
    """The beacon's round is known before the commit is due, so the commit opens with the epoch after its own."""
    rounds = await chain.compose_call("Drand", "write_pulse", {"pulses_payload": PULSES, "signature": None})
    await call(chain, "Sudo", "sudo", {"call": rounds}, ALICE)
    assert await chain.last_drand_round() == ROUND
    uid = await chain.get_uid_for_hotkey_on_subnet(HOT, NETUID)
    key = BOB.hotkey.public_key
    hidden = encrypt_for_known_round(bittensor_drand.get_encrypted_commit_v2, [0, uid], [65535, 30000], key)
    commit = {"netuid": NETUID, "mecid": 0, "commit": hidden, "reveal_round": ROUND, "commit_reveal_version": 4}
    await call(chain, "SubtensorModule", "commit_timelocked_mechanism_weights", commit, sign_with="hotkey")
    at = await chain.get_current_block()
    while dict(await chain.weights(NETUID, block=at)).get(uid) != [(0, 65535), (uid, 30000)]:
        assert await chain.get_timelocked_weight_commits(NETUID, block=at), "the commit went without being revealed"
        at += 1
        await chain.wait_for_block(at)


@step
async def set_weights_by_hash_and_reveal(chain):
    """A longer tempo gives a slow machine time to reveal within the epoch after the commit's."""
    slower = await chain.compose_call("AdminUtils", "sudo_set_tempo", {"netuid": NETUID, "tempo": REVEAL_TEMPO})
    await call(chain, "Sudo", "sudo", {"call": slower}, ALICE)
    hidden = {"netuid": NETUID, "salt": [1, 2, 3], "uids": [0], "weights": [65535]}
    receipt = done(await chain.commit_weights(BOB, **hidden, wait_for_inclusion=True)).extrinsic_receipt
    committed = await chain.substrate.get_block_number(receipt.block_hash)
    await chain.wait_for_block(await chain.get_next_epoch_start_block(NETUID, block=committed) + 1)
    done(await chain.reveal_weights(BOB, **hidden, wait_for_inclusion=True))


@step
async def register_subnet(chain):
    done(await chain.register_subnet(BOB))
    return await chain.get_total_subnets()


async def main(url):
    async with AsyncSubtensor(network=url) as chain:
        report(await step.run(chain))


asyncio.run(main(sys.argv[1]))

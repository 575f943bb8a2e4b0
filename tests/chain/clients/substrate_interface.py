"""What users of substrate-interface do, against the chain at the URL given. Last line: a JSON object of steps."""

import asyncio
import sys

from steps import Steps, report
from substrateinterface import Keypair, KeypairType, SubstrateInterface
from substrateinterface.exceptions import SubstrateRequestException

NETUID = 1
step = Steps()
ALICE, BOB = (Keypair.create_from_uri(uri) for uri in ("//Alice", "//Bob"))
HOT = Keypair.create_from_uri("//Bob//hot")


def free(chain, who, block_hash=None):
    return chain.query("System", "Account", [who.ss58_address], block_hash).value["data"]["free"]


def send(chain, module, function, params, signer=ALICE, *, watch="inclusion", **terms):
    call = chain.compose_call(module, function, params)
    extrinsic = chain.create_signed_extrinsic(call, signer, **terms)
    final = watch == "finalization"
    return chain.submit_extrinsic(extrinsic, wait_for_inclusion=not final, wait_for_finalization=final)


def succeed(*args, **options):
    receipt = send(*args, **options)
    assert receipt.is_success, receipt.error_message
    return receipt


@step
async def connects(chain):
    assert chain.properties["tokenSymbol"] == "TAO"
    assert chain.get_block_hash(0) == chain.get_block(block_number=0)["header"]["hash"]
    return chain.runtime_version


@step
async def query_map_multi_and_constants(chain):
    assert chain.query("SubtensorModule", "Tempo", [NETUID]).value == 20
    assert len(list(chain.query_map("System", "Account", page_size=2))) >= 6
    keys = [chain.create_storage_key("System", "Account", [who.ss58_address]) for who in (ALICE, BOB)]
    assert [value.value["data"]["free"] for _, value in chain.query_multi(keys)] == [
        free(chain, ALICE),
        free(chain, BOB),
    ]
    assert chain.get_constant("System", "SS58Prefix").value == 42
    return len(list(chain.query_map("SubtensorModule", "Keys", [NETUID])))


@step
async def transfers_mortal_and_immortal(chain):
    params = {"dest": BOB.ss58_address, "value": 10**9}
    for era in (None, {"period": 64}):
        before = free(chain, BOB)
        receipt = succeed(chain, "Balances", "transfer_keep_alive", params, era=era, tip=5)
        assert free(chain, BOB, receipt.block_hash) == before + 10**9
        assert receipt.total_fee_amount > 5


@step
async def history_at_a_block(chain):
    first = chain.get_block_hash(1)
    before = free(chain, BOB, first)
    receipt = succeed(chain, "Balances", "transfer_keep_alive", {"dest": BOB.ss58_address, "value": 7})
    assert free(chain, BOB, first) == before
    assert free(chain, BOB, receipt.block_hash) == free(chain, BOB)


@step
async def watches_to_finality(chain):
    params = {"dest": BOB.ss58_address, "value": 8}
    receipt = succeed(chain, "Balances", "transfer_keep_alive", params, watch="finalization")
    assert receipt.finalized
    number = chain.get_block_number(receipt.block_hash)
    assert chain.get_block_number(chain.get_chain_finalised_head()) >= number
    return [event.value["event_id"] for event in receipt.triggered_events]


@step
async def errors_by_name(chain):
    receipt = send(chain, "SubtensorModule", "burned_register", {"netuid": 99, "hotkey": HOT.ss58_address}, BOB)
    assert not receipt.is_success
    assert receipt.error_message["name"] == "SubnetNotExists"
    assert receipt.error_message["docs"]


@step
async def refusals_of_the_pool(chain):
    stale = {"nonce": 0}
    succeed(chain, "System", "remark", {"remark": b"x"}, BOB)
    try:
        send(chain, "System", "remark", {"remark": b"y"}, BOB, **stale)
    except SubstrateRequestException as error:
        return str(error)
    raise AssertionError("a used nonce was taken")


@step
async def signs_with_ed25519(chain):
    pair = Keypair.create_from_seed("0x" + "5e" * 32, crypto_type=KeypairType.ED25519)
    succeed(chain, "Balances", "transfer_keep_alive", {"dest": pair.ss58_address, "value": 10**10})
    succeed(chain, "Balances", "transfer_keep_alive", {"dest": BOB.ss58_address, "value": 10**9}, pair)
    assert free(chain, pair) < 9 * 10**9


@step
async def subscriptions(chain):
    heights, values = [], []

    def on_head(head, number, subscription):
        heights.append(head["header"]["number"])
        return heights if len(heights) == 3 else None

    def on_value(value, number, subscription):
        values.append(value.value)
        return values if len(values) == 3 else None

    chain.subscribe_block_headers(on_head)
    assert heights == sorted(set(heights))
    chain.query("Timestamp", "Now", subscription_handler=on_value)
    assert values == sorted(set(values))


@step
async def fees_and_nonces(chain):
    call = chain.compose_call("Balances", "transfer_keep_alive", {"dest": BOB.ss58_address, "value": 1})
    info = chain.get_payment_info(call, ALICE)
    assert info["partialFee"] > 0
    assert chain.get_account_nonce(BOB.ss58_address) >= 1
    return info


@step
async def runtime_calls(chain):
    encoded = chain.rpc_request("state_call", ["NeuronInfoRuntimeApi_get_neurons_lite", "0x0100"])["result"]
    cost = chain.rpc_request("state_call", ["SubnetRegistrationRuntimeApi_get_network_registration_cost", "0x"])
    assert int.from_bytes(bytes.fromhex(cost["result"][2:]), "little") > 0
    nonce = chain.runtime_call("AccountNonceApi", "account_nonce", [ALICE.ss58_address])
    assert nonce.value == chain.get_account_nonce(ALICE.ss58_address)
    return len(encoded)


@step
async def registers_stakes_serves_and_weighs(chain):
    module = "SubtensorModule"
    succeed(chain, module, "burned_register", {"netuid": NETUID, "hotkey": HOT.ss58_address}, BOB)
    stake = {"hotkey": HOT.ss58_address, "netuid": NETUID}
    succeed(chain, module, "add_stake", {**stake, "amount_staked": 10**11}, BOB)
    succeed(chain, module, "remove_stake", {**stake, "amount_unstaked": 10**10}, BOB)
    place = {"netuid": NETUID, "version": 1, "ip": 0xCB007107, "port": 8091, "ip_type": 4, "protocol": 4}
    succeed(chain, module, "serve_axon", {**place, "placeholder1": 0, "placeholder2": 0}, HOT)
    due = chain.get_block_number(None) + 41
    chain.subscribe_block_headers(lambda head, _number, _subscription: head["header"]["number"] >= due or None)
    weights = {"netuid": NETUID, "dests": [0], "weights": [65535], "version_key": 0}
    succeed(chain, module, "set_weights", weights, HOT)
    uid = chain.query(module, "Uids", [NETUID, HOT.ss58_address]).value
    assert chain.query(module, "Weights", [NETUID, uid]).value == [(0, 65535)]


@step
async def batches_sudo_proxies_and_multisigs(chain):
    def transfer(value):
        return chain.compose_call("Balances", "transfer_keep_alive", {"dest": HOT.ss58_address, "value": value})

    receipt = succeed(chain, "Utility", "batch_all", {"calls": [transfer(10**6), transfer(10**6)]})
    assert [event.value["event_id"] for event in receipt.triggered_events].count("ItemCompleted") == 2
    change = chain.compose_call("AdminUtils", "sudo_set_kappa", {"netuid": NETUID, "kappa": 30_000})
    succeed(chain, "Sudo", "sudo", {"call": change})
    assert chain.query("SubtensorModule", "Kappa", [NETUID]).value == 30_000
    succeed(chain, "Proxy", "add_proxy", {"delegate": BOB.ss58_address, "proxy_type": "Any", "delay": 0})
    acting = {"real": ALICE.ss58_address, "force_proxy_type": None, "call": transfer(10**6)}
    succeed(chain, "Proxy", "proxy", acting, BOB)
    account = chain.generate_multisig_account([ALICE.ss58_address, BOB.ss58_address], 2)
    succeed(chain, "Balances", "transfer_keep_alive", {"dest": account.ss58_address, "value": 10**10})
    for signer in (ALICE, BOB):
        extrinsic = chain.create_multisig_extrinsic(transfer(10**6), signer, account)
        assert chain.submit_extrinsic(extrinsic, wait_for_inclusion=True).is_success


async def main(url):
    with SubstrateInterface(url=url, type_registry={"types": {"Balance": "u64"}}) as chain:
        report(await step.run(chain))


asyncio.run(main(sys.argv[1]))

"""substrate-interface as it comes from PyPI, against a running node."""

from __future__ import annotations

import pytest
from substrateinterface import Keypair, SubstrateInterface
from substrateinterface.exceptions import SubstrateRequestException

RAO_PER_TAO = 10**9
ALICE, BOB = (Keypair.create_from_uri(uri) for uri in ("//Alice", "//Bob"))


@pytest.fixture
def substrate(node_thread):
    node = node_thread(block_ms=50)
    with SubstrateInterface(url=node.url, type_registry={"types": {"Balance": "u64"}}) as interface:
        yield interface


def free(substrate, keypair, block_hash=None):
    return substrate.query("System", "Account", [keypair.ss58_address], block_hash).value["data"]["free"]


def send(substrate, call, params, keypair=ALICE, module="Balances", **more):
    composed = substrate.compose_call(module, call, params)
    extrinsic = substrate.create_signed_extrinsic(composed, keypair, **more)
    return substrate.submit_extrinsic(extrinsic, wait_for_inclusion=True)


def test_connects_and_tells_what_chain_it_is(substrate):
    assert substrate.properties["tokenSymbol"] == "TAO"
    assert substrate.ss58_format == 42
    assert substrate.chain
    assert substrate.get_block_hash(0) == substrate.get_block(block_number=0)["header"]["hash"]


def test_reads_values_maps_and_constants(substrate):
    assert free(substrate, ALICE) > 10**5 * RAO_PER_TAO
    accounts = list(substrate.query_map("System", "Account", page_size=2))
    assert len(accounts) >= 6
    assert substrate.get_constant("System", "SS58Prefix").value == 42
    assert substrate.get_constant("Aura", "SlotDuration").value == 50
    assert substrate.query("SubtensorModule", "Tempo", [1]).value == 20


@pytest.mark.parametrize("era", [None, {"period": 64}])
def test_transfer_gives_a_receipt_with_events_and_fee(substrate, era):
    before = free(substrate, ALICE), free(substrate, BOB)
    receipt = send(substrate, "transfer_keep_alive", {"dest": BOB.ss58_address, "value": RAO_PER_TAO}, era=era)
    assert receipt.is_success
    assert receipt.total_fee_amount > 0
    names = [event.value["event_id"] for event in receipt.triggered_events]
    assert {"Transfer", "TransactionFeePaid", "ExtrinsicSuccess"} <= set(names)
    assert free(substrate, BOB, receipt.block_hash) == before[1] + RAO_PER_TAO
    assert free(substrate, ALICE, receipt.block_hash) == before[0] - RAO_PER_TAO - receipt.total_fee_amount


def test_failed_call_is_told_by_name_and_costs_a_fee(substrate):
    params = {"netuid": 99, "hotkey": BOB.ss58_address}
    receipt = send(substrate, "burned_register", params, module="SubtensorModule")
    assert not receipt.is_success
    assert receipt.error_message["type"] == "Module"
    assert receipt.error_message["name"]
    assert receipt.total_fee_amount > 0


def test_second_transfer_may_follow_in_the_same_block(substrate):
    call = substrate.compose_call("Balances", "transfer_keep_alive", {"dest": BOB.ss58_address, "value": 10**6})
    nonce = substrate.get_account_nonce(ALICE.ss58_address)
    pair = [substrate.create_signed_extrinsic(call, ALICE, nonce=nonce + offset) for offset in (1, 0)]
    substrate.submit_extrinsic(pair[0])
    assert substrate.submit_extrinsic(pair[1], wait_for_finalization=True).is_success


def test_storage_subscription_tells_the_value_and_its_change(substrate):
    seen = []

    def listen(account, update, _subscription):
        seen.append(account.value["data"]["free"])
        if update == 0:
            call = substrate.compose_call("Balances", "transfer_keep_alive", {"dest": BOB.ss58_address, "value": 10**6})
            substrate.submit_extrinsic(substrate.create_signed_extrinsic(call, ALICE))
        return True if update == 1 else None

    substrate.query("System", "Account", [BOB.ss58_address], subscription_handler=listen)
    assert seen[1] - seen[0] == 10**6


def test_old_state_stays_readable(substrate):
    genesis = substrate.get_block_hash(0)
    first = send(substrate, "transfer_keep_alive", {"dest": BOB.ss58_address, "value": RAO_PER_TAO})
    send(substrate, "transfer_keep_alive", {"dest": BOB.ss58_address, "value": RAO_PER_TAO})
    endowment = free(substrate, BOB, genesis)
    assert free(substrate, BOB, first.block_hash) == endowment + RAO_PER_TAO
    assert free(substrate, BOB) == endowment + 2 * RAO_PER_TAO


def test_blocks_decode_with_their_extrinsics(substrate):
    receipt = send(substrate, "transfer_keep_alive", {"dest": BOB.ss58_address, "value": RAO_PER_TAO})
    block = substrate.get_block(receipt.block_hash)
    calls = [item.value["call"]["call_function"] for item in block["extrinsics"]]
    assert calls == ["set", "transfer_keep_alive"]
    assert substrate.get_events(receipt.block_hash)


def test_bad_signature_is_refused_with_its_code(substrate):
    call = substrate.compose_call("Balances", "transfer_keep_alive", {"dest": BOB.ss58_address, "value": 1})
    extrinsic = substrate.create_signed_extrinsic(call, ALICE, signature=bytes(64))
    with pytest.raises(SubstrateRequestException) as refusal:
        substrate.submit_extrinsic(extrinsic)
    assert refusal.value.args[0]["code"] == 1010
    assert "bad signature" in refusal.value.args[0]["data"]


def test_fee_is_told_before(substrate):
    call = substrate.compose_call("Balances", "transfer_keep_alive", {"dest": BOB.ss58_address, "value": 1})
    told = substrate.get_payment_info(call, ALICE)["partialFee"]
    paid = send(substrate, "transfer_keep_alive", {"dest": BOB.ss58_address, "value": 1}).total_fee_amount
    assert told == paid

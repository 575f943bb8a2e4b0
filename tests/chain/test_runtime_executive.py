"""Blocks in memory: what a transaction does, what a failed one leaves, who is turned away."""

import pytest

from chain.keys import Keypair
from chain.runtime import balances, deposits, payment, sudo, system, timestamp, utility
from chain.runtime.dispatch import Call
from chain.runtime.era import build_era
from chain.runtime.errors import (
    AncientBirthBlock,
    BadMandatory,
    BadProof,
    CannotPay,
    ExhaustsResources,
    FundsUnavailable,
    FutureTransaction,
    NotExpendable,
    StaleTransaction,
    UnexpectedCall,
)
from chain.runtime.executive import BlockEnv, build_block, call_api, execute_block
from chain.runtime.extrinsic import decode_extrinsic, encode_bare
from chain.runtime.proxy import delegation
from chain.runtime.proxy.kinds import ProxyType
from chain.runtime.subtensor import storage as subtensor
from chain.runtime.types import Id, Index
from chain.state.overlay import State
from tests.chain.accounts import ALICE, BOB, CHARLIE, DAVE, FUNDS, GENESIS_HASH, Chain, block_hash, transfer


def _names(events):
    return [type(event).__name__ for event in events]


@pytest.fixture
def chain():
    return Chain()


def test_a_transfer_moves_rao_and_burns_its_fee(chain):
    raw = chain.sign(transfer(10**9))
    result = chain.build(raw)
    fee = 135_116 + len(raw)  # as a real runtime of the dialect charges
    assert result.results[1].fee == fee
    assert chain.free(BOB) == FUNDS + 10**9
    assert chain.free(ALICE) == FUNDS - 10**9 - fee
    assert balances.TOTAL_ISSUANCE.get(chain.state) == 3 * FUNDS - fee
    assert _names(chain.events()[-4:]) == ["Withdraw", "Transfer", "TransactionFeePaid", "ExtrinsicSuccess"]


def test_failed_call_leaves_no_trace_but_nonce_fee_and_event(chain):
    batch = utility.batch_all.with_args([transfer(10**9), transfer(FUNDS * 2)])
    raw = chain.sign(batch)
    without = build_block(chain.state, chain.env(), []).changes
    result = chain.build(raw)
    assert isinstance(result.results[1].error, FundsUnavailable)
    account = system.get_account(chain.state, ALICE.public_key)
    assert (account.nonce, account.data.free) == (1, FUNDS - result.results[1].fee)
    assert _names(chain.events()[-3:]) == ["Withdraw", "TransactionFeePaid", "ExtrinsicFailed"]
    differing = {key for key in without.keys() | result.changes.keys() if without.get(key) != result.changes.get(key)}
    assert differing == {
        system.ACCOUNT.raw_key(ALICE.public_key),
        balances.TOTAL_ISSUANCE.prefix,
        subtensor.TOTAL_ISSUANCE.prefix,
        system.EVENTS.prefix,
        system.EVENT_COUNT.prefix,
        system.BLOCK_WEIGHT.prefix,
    }


def test_tips_are_part_of_what_is_paid(chain):
    result = chain.build(chain.sign(transfer(1), tip=777))
    paid = next(event for event in chain.events() if isinstance(event, payment.TransactionFeePaid))
    assert (paid.tip, paid.actual_fee) == (777, result.results[1].fee)


def test_sudo_calls_as_root_and_gets_its_fee_back(chain):
    call = balances.force_set_balance.with_args(Id(DAVE.public_key), 5_000)
    result = chain.build(chain.sign(sudo.sudo.with_args(call)))
    assert chain.free(DAVE) == 5_000
    assert result.results[1].fee == 0
    assert chain.free(ALICE) == FUNDS
    assert sudo.Sudid(None) in chain.events()


def test_root_gives_back_what_is_reserved_and_not_more(chain):
    give_back = deposits.force_unreserve.with_args(Id(ALICE.public_key), FUNDS)
    reserving = delegation.add_proxy.with_args(Id(BOB.public_key), ProxyType.Any, 0)
    chain.build(chain.sign(reserving))
    reserved = system.ACCOUNT.get(chain.state, ALICE.public_key).data.reserved
    assert reserved > 0
    refused = chain.build(chain.sign(give_back, BOB)).results[1].error
    assert refused is not None
    chain.build(chain.sign(sudo.sudo.with_args(give_back)))
    assert deposits.Unreserved(ALICE.public_key, reserved) in chain.events()
    assert system.ACCOUNT.get(chain.state, ALICE.public_key).data.reserved == 0


def test_no_account_needs_to_be_upgraded_so_that_the_fee_is_due(chain):
    result = chain.build(chain.sign(deposits.upgrade_accounts.with_args([ALICE.public_key, bytes(32)])))
    assert result.results[1].error is None
    assert chain.free(ALICE) == FUNDS - result.results[1].fee < FUNDS


def test_sudo_reports_the_inner_failure_and_stands_itself(chain):
    call = balances.force_transfer.with_args(Id(BOB.public_key), Id(DAVE.public_key), 2 * FUNDS)
    result = chain.build(chain.sign(sudo.sudo.with_args(call)))
    assert result.results[1].error is None
    outcome = next(event.sudo_result for event in chain.events() if isinstance(event, sudo.Sudid))
    assert outcome is not None
    assert chain.free(BOB) == FUNDS


def test_only_the_sudo_key_is_sudo(chain):
    result = chain.build(chain.sign(sudo.sudo.with_args(transfer(1)), BOB))
    assert isinstance(result.results[1].error, sudo.RequireSudo)
    assert result.results[1].fee > 0


def test_batch_keeps_what_came_before_the_failure(chain):
    chain.build(chain.sign(utility.batch.with_args([transfer(10), transfer(FUNDS * 2), transfer(20)])))
    assert chain.free(BOB) == FUNDS + 10
    assert [event.index for event in chain.events() if isinstance(event, utility.BatchInterrupted)] == [1]


def test_who_must_stay_alive_keeps_the_existential_deposit(chain):
    result = chain.build(chain.sign(transfer(FUNDS - 135_400)))
    assert isinstance(result.results[1].error, NotExpendable)
    assert chain.free(BOB) == FUNDS


def test_an_emptied_account_is_removed(chain):
    chain.build(chain.sign(balances.transfer_all.with_args(Id(BOB.public_key), False)))
    assert not system.ACCOUNT.contains(chain.state, ALICE.public_key)
    assert system.KilledAccount(ALICE.public_key) in chain.events()


@pytest.mark.parametrize("crypto_type", [0, 1])
def test_both_kinds_of_keys_can_sign(chain, crypto_type):
    pair = Keypair.from_seed(b"s" * 32, crypto_type)
    chain.build(chain.sign(transfer(10**9, pair)))
    result = chain.build(chain.sign(transfer(1), pair))
    assert result.results[1].error is None


def test_tampering_is_a_bad_proof(chain):
    raw = bytearray(chain.sign(transfer(10**9)))
    raw[-1] ^= 1
    with pytest.raises(BadProof):
        chain.validate(bytes(raw))
    assert isinstance(chain.build(bytes(raw)).rejected[0], BadProof)
    assert chain.free(ALICE) == FUNDS


def test_nonces_must_come_in_order(chain):
    first, second = chain.sign(transfer(1)), chain.sign(transfer(1), ahead=1)
    assert chain.validate(second).nonce == 1
    result = chain.build(second, first, second, first)
    assert isinstance(result.rejected[0], FutureTransaction)
    assert isinstance(result.rejected[3], StaleTransaction)
    assert result.extrinsics[1:] == (first, second)
    with pytest.raises(StaleTransaction):
        chain.validate(first)


def test_who_cannot_pay_is_turned_away(chain):
    raw = chain.sign(transfer(1), DAVE)
    with pytest.raises(CannotPay):
        chain.validate(raw)
    assert isinstance(chain.build(raw).rejected[0], CannotPay)
    assert system.get_account(chain.state, DAVE.public_key).nonce == 0


def test_mortal_transactions_live_as_long_as_their_era(chain):
    for _ in range(5):
        chain.build()
    era = build_era(4, chain.number)
    raw = chain.sign(transfer(1), era=era)
    assert chain.validate(raw).longevity == era.death(chain.number + 1) - (chain.number + 1)
    while chain.number + 1 < era.death(5):
        chain.validate(raw)
        chain.build()
    with pytest.raises((AncientBirthBlock, BadProof)):
        chain.validate(raw)
    assert chain.build(raw).rejected


def test_the_genesis_hash_outlives_the_window_of_block_hashes(chain):
    state = State(chain.state)
    for number in range(2500):
        system.note_block_hash(state, number, block_hash(number))
    kept = dict(system.BLOCK_HASH.items(state))
    assert kept[0] == GENESIS_HASH
    assert min(set(kept) - {0}) == 2500 - system.BLOCK_HASH_COUNT


def test_a_block_starts_with_its_own_time(chain):
    env = chain.env()
    for extrinsics in (
        [],
        [chain.sign(transfer(1))],
        [encode_bare(timestamp.set.with_args(env.timestamp_ms + 1))],
        [encode_bare(system.remark.with_args(b""))],
    ):
        with pytest.raises(BadMandatory):
            execute_block(chain.state, env, extrinsics)
    inherent = encode_bare(timestamp.set.with_args(env.timestamp_ms))
    with pytest.raises(UnexpectedCall):
        execute_block(chain.state, env, [inherent, inherent])
    with pytest.raises(BadProof):
        execute_block(chain.state, env, [inherent, chain.sign(transfer(1))[:-1] + b"\x08"])


def test_time_moves_forward(chain):
    chain.build()
    with pytest.raises(BadMandatory):
        build_block(chain.state, BlockEnv(2, block_hash(1), 1000, GENESIS_HASH), [])


def test_nobody_else_sets_the_time(chain):
    call = timestamp.set.with_args(5)
    assert isinstance(chain.build(chain.sign(call)).rejected[0], UnexpectedCall)
    with pytest.raises(UnexpectedCall):
        chain.validate(encode_bare(call))


def test_a_block_has_room_for_so_many_bytes(chain):
    big = system.remark.with_args(bytes(3_000_000))
    result = chain.build(*(chain.sign(big, pair) for pair in (ALICE, BOB, CHARLIE)))
    assert list(map(type, result.rejected.values())) == [ExhaustsResources]


def test_calls_nest_only_so_deep(chain):
    call = transfer(1)
    for _ in range(14):
        call = sudo.sudo.with_args(call)
    assert decode_extrinsic(chain.sign(call)).call == call
    for _ in range(300):
        call = sudo.sudo.with_args(call)
    with pytest.raises(UnexpectedCall):
        chain.validate(chain.sign(call))


def test_index_addresses_name_nobody(chain):
    raw = chain.sign(Call(balances.transfer_keep_alive, (Index(), 1)))
    assert chain.build(raw).results[1].error is not None


def test_the_parent_state_is_untouched(chain):
    before = dict(chain.state)
    build_block(chain.state, chain.env(), [chain.sign(transfer(5))])
    assert dict(chain.state) == before


def test_events_decode_as_metadata_says(chain):
    chain.build(chain.sign(transfer(5, DAVE)), chain.sign(transfer(10**9, DAVE), ahead=1))
    records = system.EVENTS.get(chain.state)
    assert len(records) == system.EVENT_COUNT.get(chain.state)
    phases = [record.phase.index for record in records if isinstance(record.phase, system.ApplyExtrinsic)]
    assert phases == sorted(phases)
    assert set(phases) == {0, 1, 2}


def test_fee_queries_take_made_up_signatures(chain):
    raw = bytearray(chain.sign(transfer(10**9)))
    raw[40:100] = bytes(60)
    answer = call_api(chain.state, "TransactionPaymentApi_query_info", bytes(raw) + len(raw).to_bytes(4, "little"))
    assert int.from_bytes(answer[-8:], "little") == 135_116 + len(raw)


def test_validity_is_told_on_the_wire(chain):
    raw = chain.sign(transfer(1))
    good = call_api(chain.state, "TaggedTransactionQueue_validate_transaction", b"\2" + raw + GENESIS_HASH)
    bad = call_api(
        chain.state, "TaggedTransactionQueue_validate_transaction", b"\2" + raw[:-1] + b"\x08" + GENESIS_HASH
    )
    assert good[0] == 0
    assert bad == b"\1\0\4"

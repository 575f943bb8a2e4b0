"""Random calls in random blocks conserve rao, and mangled bytes never pass."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.runtime import balances, deposits, payment, sudo, system, utility
from chain.runtime.errors import (
    InvalidTransaction,
)
from chain.runtime.extrinsic import decode_extrinsic
from chain.runtime.proxy import delegation
from chain.runtime.proxy.kinds import ProxyType
from chain.runtime.runtime import RUNTIME
from chain.runtime.types import Id
from tests.chain.accounts import ALICE, BOB, CHARLIE, DAVE, FUNDS, Chain

_PAIRS = st.sampled_from([ALICE, BOB, CHARLIE, DAVE])
_AMOUNTS = st.integers(0, 3 * FUNDS) | st.integers(0, 1000) | st.integers(FUNDS - 300_000, FUNDS)
_TARGETS = _PAIRS.map(lambda pair: Id(pair.public_key))
_CALLS = st.one_of(
    st.builds(balances.transfer_allow_death.with_args, _TARGETS, _AMOUNTS),
    st.builds(balances.transfer_keep_alive.with_args, _TARGETS, _AMOUNTS),
    st.builds(balances.transfer_all.with_args, _TARGETS, st.booleans()),
    st.builds(balances.burn.with_args, _AMOUNTS, st.booleans()),
    st.builds(balances.force_set_balance.with_args, _TARGETS, _AMOUNTS),
    st.builds(deposits.force_unreserve.with_args, _TARGETS, _AMOUNTS),
    st.builds(deposits.upgrade_accounts.with_args, st.lists(_PAIRS.map(lambda pair: pair.public_key), max_size=2)),
    st.builds(delegation.add_proxy.with_args, _TARGETS, st.just(ProxyType.Any), st.just(0)),
    st.builds(system.remark_with_event.with_args, st.binary(max_size=4)),
)
_NESTED = st.recursive(
    _CALLS,
    lambda inner: st.one_of(
        st.builds(sudo.sudo.with_args, inner),
        st.builds(utility.batch.with_args, st.lists(inner, max_size=3)),
        st.builds(utility.batch_all.with_args, st.lists(inner, max_size=3)),
        st.builds(utility.force_batch.with_args, st.lists(inner, max_size=3)),
    ),
    max_leaves=5,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.tuples(_PAIRS, _NESTED, st.integers(0, 10**6)), max_size=4), max_size=3))
def test_random_calls_conserve_rao(blocks):
    chain = Chain()
    for wanted in blocks:
        before = balances.TOTAL_ISSUANCE.get(chain.state)
        result = chain.build(*(chain.sign(call, pair, tip=tip) for pair, call, tip in wanted))
        accounts = [account.data for _, account in system.ACCOUNT.items(chain.state)]
        total = sum(data.free + data.reserved for data in accounts)
        assert balances.TOTAL_ISSUANCE.get(chain.state) == total
        assert before - total == _told_as_lost(chain.events())
        assert all(data.free >= 500 for data in accounts)
        assert sum(item.fee for item in result.results) == sum(
            event.actual_fee for event in chain.events() if isinstance(event, payment.TransactionFeePaid)
        )


def _told_as_lost(events):
    """Rao that left the issuance, as the events alone tell it; set balances are told by their difference."""
    lost = 0
    for event in events:
        if isinstance(event, balances.Withdraw | balances.Burned | balances.DustLost):
            lost += event.amount
        if isinstance(event, balances.Deposit | balances.Issued):
            lost -= event.amount
        if isinstance(event, balances.Rescinded):
            lost += event.amount
    return lost


@given(st.binary(max_size=300))
def test_random_bytes_are_never_more_than_an_invalid_transaction(data):
    for raw in (data, bytes([len(data) << 2 & 0xFC]) + data, b"\x91\x01\x84" + data):
        with pytest.raises(InvalidTransaction):
            decode_extrinsic(raw)


@given(_NESTED, st.data())
def test_mangled_extrinsics_are_invalid_or_other_extrinsics(call, data):
    chain = Chain()
    raw = bytearray(chain.sign(call))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        extrinsic = decode_extrinsic(bytes(raw))
    except InvalidTransaction:
        return
    assert RUNTIME.call_type.decode(RUNTIME.call_type.encode(extrinsic.call)) == extrinsic.call

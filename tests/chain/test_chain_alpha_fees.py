"""Fees of those who take stake back and have no rao for the fee."""

import pytest

from chain.keys import Keypair
from chain.runtime import balances, payment, system
from chain.runtime.errors import CannotPay
from chain.runtime.issuance import count_flow, count_holdings
from chain.runtime.subtensor import destroying, moving, registration, staking, storage
from chain.runtime.subtensor.errors import AmountTooLow, SubtokenDisabled
from chain.runtime.subtensor.other_events import TransactionFeePaidWithAlpha
from chain.runtime.subtensor.stake import get_stake
from chain.runtime.types import Id
from tests.chain.blocks import Chain

ALICE, BOB = Keypair.from_uri("//Alice"), Keypair.from_uri("//Bob")
HOTKEY, OTHER = Keypair.from_uri("//Bob//hot").public_key, Keypair.from_uri("//Bob//other").public_key
STAKED = 10**10


class Poor(Chain):
    """Bob has stake, and as few rao as an account may have."""

    def __init__(self):
        super().__init__()
        self.build(self.sign(BOB, registration.burned_register, 1, HOTKEY))
        self.build(self.sign(BOB, registration.burned_register, 1, OTHER))
        self.build(self.sign(BOB, staking.add_stake, HOTKEY, 1, STAKED))
        account = system.ACCOUNT.get(self.state, BOB.public_key)
        raw = self.sign(BOB, balances.transfer_keep_alive, Id(ALICE.public_key), account.data.free // 2)
        fee = self.build(raw).results[1].fee
        rest = balances.get_free(self.state, BOB.public_key) - fee - 500
        self.build(self.sign(BOB, balances.transfer_keep_alive, Id(ALICE.public_key), rest))
        assert self.free == 500

    @property
    def free(self):
        return balances.get_free(self.state, BOB.public_key)

    def stake(self, hotkey=HOTKEY, netuid=1):
        return get_stake(self.state, hotkey, BOB.public_key, netuid)

    def events(self, kind):
        found = [record.event for record in system.EVENTS.get(self.state)]
        return [event for event in found if isinstance(event, kind)]

    def run(self, call, *args):
        """Bob's call in a block, which leaves all money accounted for."""
        raw, held = self.sign(BOB, call, *args), count_holdings(self.state).total
        self.validate(raw)
        result = self.build(raw)
        assert not result.rejected
        flow = count_flow(record.event for record in system.EVENTS.get(self.state))
        assert count_holdings(self.state).total == held + flow.emitted - flow.burned
        return result.results[1]

    def refuse(self, call, *args):
        raw = self.sign(BOB, call, *args)
        with pytest.raises(CannotPay):
            self.validate(raw)
        assert [type(error) for error in self.build(raw).rejected.values()] == [CannotPay]


@pytest.fixture
def poor():
    return Poor()


def test_who_takes_stake_back_pays_with_it(poor):
    staked = poor.stake()
    result = poor.run(staking.remove_stake, HOTKEY, 1, 10**9)
    (told,) = poor.events(TransactionFeePaidWithAlpha)
    assert told == TransactionFeePaidWithAlpha(BOB.public_key, 1, result.fee, result.fee)
    assert poor.events(payment.TransactionFeePaid) == [payment.TransactionFeePaid(BOB.public_key, result.fee, 0)]
    assert poor.free == 500 + 10**9
    assert poor.stake() == staked - 10**9 - result.fee
    assert system.ACCOUNT.get(poor.state, BOB.public_key).nonce == 6
    poor.run(staking.remove_stake, HOTKEY, 1, 10**9)
    assert poor.events(TransactionFeePaidWithAlpha) == []


def test_a_failed_call_costs_the_fee_and_nothing_else(poor):
    staked = poor.stake()
    result = poor.run(staking.remove_stake, HOTKEY, 1, 0)
    assert isinstance(result.error, AmountTooLow)
    assert (poor.free, poor.stake()) == (500, staked - result.fee)
    poor.change(storage.SUBTOKEN_ENABLED, 1, False)
    assert isinstance(poor.run(staking.remove_stake, HOTKEY, 1, 10**9).error, SubtokenDisabled)


@pytest.mark.parametrize(
    ("call", "args"),
    [
        (staking.remove_stake_limit, (HOTKEY, 1, 10**9, 0, True)),
        (staking.remove_stake_full_limit, (HOTKEY, 1, None)),
        (staking.unstake_all, (HOTKEY,)),
        (staking.unstake_all_alpha, (HOTKEY,)),
        (moving.move_stake, (HOTKEY, OTHER, 1, 1, 10**9)),
        (moving.transfer_stake, (ALICE.public_key, HOTKEY, 1, 1, 10**9)),
        (moving.swap_stake, (HOTKEY, 1, 0, 10**9)),
        (moving.swap_stake_limit, (HOTKEY, 1, 0, 10**9, 0, True)),
        (destroying.recycle_alpha, (HOTKEY, 10**9, 1)),
        (destroying.burn_alpha, (HOTKEY, 10**9, 1)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_calls_about_stake_pay_with_that_stake(poor, call, args):
    result = poor.run(call, *args)
    assert result.error is None
    assert [event.tao_amount for event in poor.events(TransactionFeePaidWithAlpha)] == [result.fee]


def test_other_calls_and_stake_elsewhere_do_not_pay(poor):
    poor.refuse(staking.add_stake, HOTKEY, 1, 10**9)
    poor.refuse(staking.remove_stake, OTHER, 1, 10**9)
    poor.refuse(staking.remove_stake, HOTKEY, 0, 10**9)
    poor.refuse(staking.remove_stake, HOTKEY, 9, 10**9)


def test_stake_in_two_subnets_does_not_say_which_pays(poor):
    poor.run(moving.swap_stake, HOTKEY, 1, 0, 10**9)
    poor.refuse(staking.unstake_all, HOTKEY)
    poor.run(staking.remove_stake, HOTKEY, 0, 10**8)


def test_too_little_stake_does_not_pay(poor):
    poor.run(staking.remove_stake, HOTKEY, 1, poor.stake() - 200_000)
    rest = poor.free - 500
    fee = poor.run(balances.transfer_keep_alive, Id(ALICE.public_key), rest // 2).fee
    poor.run(balances.transfer_keep_alive, Id(ALICE.public_key), poor.free - fee - 500)
    assert 0 < poor.stake() < 100_000
    poor.refuse(staking.remove_stake, HOTKEY, 1, 10)


def test_a_traded_subnet_sells_as_much_alpha_as_the_fee_is_worth(poor):
    poor.change(storage.SUBNET_MECHANISM, 1, 1)
    poor.change(storage.SUBNET_TAO, 1, 10**12)
    poor.change(storage.SUBNET_ALPHA_IN, 1, 4 * 10**12)
    raw = poor.sign(BOB, staking.remove_stake, HOTKEY, 1, 10**9)
    poor.validate(raw)
    result = poor.build(raw).results[1]
    (told,) = poor.events(TransactionFeePaidWithAlpha)
    assert told.tao_amount == result.fee
    assert told.alpha_fee - 4 <= 4 * result.fee <= told.alpha_fee + 4

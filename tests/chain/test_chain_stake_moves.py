"""Stake that moves, changes hands, is limited by a price, or destroyed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.runtime.subtensor import (
    associating,
    children,
    destroying,
    errors,
    moving,
    stake_errors,
    stake_storage,
    staking,
    storage,
)
from chain.runtime.subtensor.events import AlphaBurned, AlphaRecycled
from chain.runtime.subtensor.pools import Pool, find_most_to_buy, find_most_to_sell, get_pool
from chain.runtime.subtensor.stake_events import AddStakeBurn, StakeMoved, StakeSwapped, StakeTransferred
from tests.chain.ledger import ALICE, BOB, CHARLIE, DAVE, TAO, Ledger, hotkey


@pytest.fixture
def ledger():
    made = Ledger()
    made.seat(BOB, "one")
    made.seat(BOB, "two")
    made.add_stake(BOB, "one", 1, 100 * TAO)
    return made


@pytest.fixture
def market():
    """Two stable subnets, and one whose alpha is traded."""
    made = Ledger(mechanism=1)
    made.seat(BOB, "one")
    made.add_stake(BOB, "one", 1, 100 * TAO)
    assert made.open_subnet(CHARLIE, "owner") == 2
    return made


def test_stake_moves_to_another_hotkey_to_the_rao(ledger):
    ledger.send(BOB, moving.move_stake, hotkey("one"), hotkey("two"), 1, 1, 30 * TAO)
    assert (ledger.stake("one", BOB, 1), ledger.stake("two", BOB, 1)) == (70 * TAO, 30 * TAO)
    assert ledger.events(StakeMoved) == [StakeMoved(BOB, hotkey("one"), 1, hotkey("two"), 1, 30 * TAO)]


def test_moves_are_refused_in_the_order_of_the_rules(ledger):
    one, two, nobody = hotkey("one"), hotkey("two"), hotkey("nobody")
    ledger.refuse(stake_errors.SameNetuid, BOB, moving.move_stake, one, one, 1, 1, TAO)
    ledger.refuse(errors.SubnetNotExists, BOB, moving.move_stake, one, two, 9, 1, TAO)
    ledger.refuse(errors.SubnetNotExists, BOB, moving.move_stake, one, two, 1, 9, TAO)
    ledger.refuse(errors.HotKeyAccountNotExists, BOB, moving.move_stake, one, nobody, 1, 1, TAO)
    ledger.refuse(errors.AmountTooLow, BOB, moving.move_stake, one, two, 1, 1, 0)
    ledger.refuse(errors.AmountTooLow, BOB, moving.move_stake, one, two, 1, 1, 1_999_999)
    ledger.send(BOB, moving.move_stake, one, two, 1, 1, 101 * TAO)
    assert (ledger.stake("one", BOB, 1), ledger.stake("two", BOB, 1)) == (0, 100 * TAO)
    ledger.refuse(stake_errors.SameNetuid, BOB, moving.swap_stake, one, 1, 1, TAO)


def test_stake_passes_to_another_coldkey_where_its_subnet_allows(ledger):
    ledger.send(BOB, moving.transfer_stake, DAVE, hotkey("one"), 1, 0, 40 * TAO)
    assert (ledger.stake("one", BOB, 1), ledger.stake("one", DAVE, 0)) == (60 * TAO, 40 * TAO)
    assert ledger.events(StakeTransferred) == [StakeTransferred(BOB, DAVE, hotkey("one"), 1, 0, 40 * TAO)]
    storage.TRANSFER_TOGGLE.put(ledger.state, 1, False)
    args = (DAVE, hotkey("one"), 1, 1, TAO)
    ledger.refuse(stake_errors.TransferDisallowed, BOB, moving.transfer_stake, *args)


def test_stake_swaps_into_a_traded_subnet_at_its_price(market):
    pool = get_pool(market.state, 2)
    expected = replace(pool, fee_rate=0).buy(50 * TAO).received
    market.send(BOB, moving.swap_stake, hotkey("one"), 1, 2, 50 * TAO)
    assert market.stake("one", BOB, 2) == expected < 50 * TAO
    assert market.events(StakeSwapped) == [StakeSwapped(BOB, hotkey("one"), 1, 2, 50 * TAO)]
    assert get_pool(market.state, 2).price_rao > pool.price_rao


def test_stake_that_comes_from_root_pays_the_fee_of_its_destination(market):
    market.add_stake(BOB, "one", 0, 50 * TAO)
    expected = get_pool(market.state, 2).buy(50 * TAO).received
    market.send(BOB, moving.swap_stake, hotkey("one"), 0, 2, 50 * TAO)
    assert market.stake("one", BOB, 2) == expected


def test_the_least_stake_is_counted_after_the_fee(market):
    fee = 2_000_000 * 33 // 65_535
    market.refuse(errors.AmountTooLow, BOB, staking.add_stake, hotkey("one"), 2, 2_000_000 + fee - 1)
    market.send(BOB, staking.add_stake, hotkey("one"), 2, 2_000_000 + fee)
    args = (hotkey("one"), 2, 10 * TAO, 0, True)
    market.refuse(errors.NotEnoughStakeToWithdraw, BOB, staking.remove_stake_limit, *args)


def test_a_hotkey_that_loses_its_stake_loses_the_children_it_waits_for(ledger):
    storage.STAKE_THRESHOLD.put(ledger.state, 60 * TAO)
    ledger.send(BOB, children.set_children, hotkey("one"), 1, [(1, hotkey("two"))])
    ledger.send(BOB, staking.remove_stake, hotkey("one"), 1, 40 * TAO)
    assert stake_storage.PENDING_CHILD_KEYS.contains(ledger.state, 1, hotkey("one"))
    ledger.send(BOB, staking.remove_stake, hotkey("one"), 1, TAO)
    assert not stake_storage.PENDING_CHILD_KEYS.contains(ledger.state, 1, hotkey("one"))


def test_a_price_limit_holds_or_lets_a_part_through(market):
    limit = get_pool(market.state, 2).price_rao * 101 // 100
    buy = (hotkey("one"), 2, 90 * TAO, limit)
    market.refuse(stake_errors.SlippageTooHigh, BOB, staking.add_stake_limit, *buy, False)
    market.send(BOB, staking.add_stake_limit, *buy, True)
    price = get_pool(market.state, 2).price_rao
    assert limit * 9_999 // 10_000 <= price <= limit
    held = market.stake("one", BOB, 2)
    sell = (hotkey("one"), 2, held, price * 995 // 1_000)
    market.refuse(stake_errors.SlippageTooHigh, BOB, staking.remove_stake_limit, *sell, False)
    market.refuse(stake_errors.SlippageTooHigh, BOB, staking.remove_stake_full_limit, hotkey("one"), 2, price)
    market.send(BOB, staking.remove_stake_limit, *sell, True)
    assert 0 < market.stake("one", BOB, 2) < held
    market.send(BOB, staking.remove_stake_full_limit, hotkey("one"), 2, None)
    assert market.stake("one", BOB, 2) == 0


def test_a_swap_with_a_limit_compares_both_prices(market):
    swap = (hotkey("one"), 1, 2, 90 * TAO, TAO * 99 // 100)
    market.refuse(stake_errors.SlippageTooHigh, BOB, moving.swap_stake_limit, *swap, False)
    market.send(BOB, moving.swap_stake_limit, *swap, True)
    assert 0 < market.stake("one", BOB, 1) < 100 * TAO
    assert get_pool(market.state, 2).price_rao <= TAO * TAO // (TAO * 99 // 100)


def test_everything_comes_back_at_once_or_goes_to_root(market):
    market.send(BOB, staking.add_stake, hotkey("one"), 2, 10 * TAO)
    market.send(BOB, staking.unstake_all_alpha, hotkey("one"))
    assert market.stake("one", BOB, 1) == market.stake("one", BOB, 2) == 0
    assert 109 * TAO < market.stake("one", BOB, 0) < 110 * TAO
    before, staked = market.free(BOB), market.stake("one", BOB, 0)
    market.send(BOB, staking.unstake_all, hotkey("one"))
    assert market.free(BOB) == before + staked
    market.refuse(errors.AmountTooLow, BOB, staking.unstake_all_alpha, hotkey("one"))


def test_stake_can_be_destroyed_but_not_on_root(ledger):
    issued = storage.TOTAL_STAKE.get(ledger.state)
    ledger.send(BOB, destroying.recycle_alpha, hotkey("one"), 10 * TAO, 1)
    ledger.send(BOB, destroying.burn_alpha, hotkey("one"), 2**64 - 1, 1)
    assert storage.TOTAL_STAKE.get(ledger.state) == issued - 100 * TAO
    assert ledger.events(AlphaRecycled)[-1] == AlphaRecycled(BOB, hotkey("one"), 10 * TAO, 1)
    assert ledger.events(AlphaBurned)[-1] == AlphaBurned(BOB, hotkey("one"), 90 * TAO, 1)
    args = (hotkey("one"), TAO, 0)
    ledger.refuse(stake_errors.CannotBurnOrRecycleOnRootSubnet, BOB, destroying.burn_alpha, *args)
    ledger.refuse(errors.AmountTooLow, BOB, destroying.burn_alpha, hotkey("one"), TAO, 1)


def test_anybody_may_buy_stake_to_burn_it(market):
    alpha = storage.SUBNET_ALPHA_OUT.get(market.state, 2)
    args = (hotkey("owner"), 2, 10 * TAO, None)
    market.refuse(stake_errors.SlippageTooHigh, BOB, destroying.add_stake_burn, *args[:3], 1)
    market.send(BOB, destroying.add_stake_burn, *args)
    assert storage.SUBNET_ALPHA_OUT.get(market.state, 2) == alpha
    (event,) = market.events(AddStakeBurn)
    assert 9 * TAO < event.alpha < 10 * TAO == event.amount
    assert market.stake("owner", BOB, 2) == 0


def test_incentives_are_staked_where_the_coldkey_chose(ledger):
    ledger.seat(CHARLIE, "miner")
    ledger.send(CHARLIE, associating.set_coldkey_auto_stake_hotkey, 1, hotkey("two"))
    args = (1, hotkey("two"))
    ledger.refuse(stake_errors.SameAutoStakeHotkeyAlreadySet, CHARLIE, associating.set_coldkey_auto_stake_hotkey, *args)
    ledger.pass_blocks(20)
    from chain.runtime.subtensor.weights import set_weights

    ledger.send(hotkey("one"), set_weights, 1, [3], [65535], 0)
    ledger.pass_blocks(20)
    assert ledger.stake("miner", CHARLIE, 1) == 0
    assert ledger.stake("two", CHARLIE, 1) > TAO


def test_a_hotkey_is_claimed_once(ledger):
    ledger.send(ALICE, associating.try_associate_hotkey, hotkey("new"))
    ledger.send(BOB, associating.try_associate_hotkey, hotkey("new"))
    assert storage.OWNER.get(ledger.state, hotkey("new")) == ALICE


reserves = st.integers(10**7, 10**16)
rates = st.integers(0, 10_000)


@given(reserves, reserves, rates, st.integers(0, 10**16))
def test_no_trade_takes_value_out_of_a_pool(tao, alpha, rate, amount):
    pool = Pool(tao, alpha, rate)
    for trade, after in ((pool.buy, pool.after_buying), (pool.sell, pool.after_selling)):
        try:
            left = after(trade(amount))
        except errors.InsufficientLiquidity:
            continue
        assert left.tao * left.alpha >= tao * alpha
        assert min(left.tao, left.alpha) >= 10**6


@given(reserves, reserves, rates, st.integers(10**6, 10**15), st.integers(1, 10**12))
def test_the_most_within_a_limit_is_just_within_it(tao, alpha, rate, wanted, limit):
    pool = Pool(tao, alpha, rate)
    most = find_most_to_buy(pool, wanted, limit)
    if 0 < most < wanted:
        assert pool.after_buying(pool.buy(most)).price_rao <= limit
    most = find_most_to_sell(pool, wanted, limit)
    if 0 < most < wanted:
        assert pool.after_selling(pool.sell(most)).price_rao >= limit

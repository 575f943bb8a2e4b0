"""Subnets from their registration to their end: pools, mechanisms, identities, symbols, size."""

import pytest

from chain.runtime import admin, admin_chain, admin_structure, balances, hive, supply
from chain.runtime.errors import BadOrigin
from chain.runtime.issuance import count_holdings
from chain.runtime.subtensor import (
    coinbase,
    errors,
    faucet,
    founding,
    identities,
    key_errors,
    key_storage,
    scheduling,
    stake_storage,
    storage,
    subnets,
)
from chain.runtime.subtensor.events import NetworkRemoved
from chain.runtime.subtensor.key_events import EpochTriggered, SubnetIdentitySet, SymbolUpdated
from chain.runtime.subtensor.mechanisms import split_emission
from chain.runtime.subtensor.pools import get_pool
from chain.runtime.subtensor.stake_events import Faucet
from chain.runtime.subtensor.symbols import SYMBOLS
from chain.runtime.subtensor.types import ChainIdentity, SubnetIdentity
from chain.runtime.subtensor.weights import set_mechanism_weights
from tests.chain.ledger import ALICE, BOB, CHARLIE, DAVE, TAO, Ledger, hotkey


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def market():
    made = Ledger(mechanism=1)
    assert made.open_subnet(CHARLIE, "owner") == 2
    return made


def issued(ledger):
    return supply.get_held_by_accounts(ledger.state) + storage.TOTAL_STAKE.get(ledger.state)


def test_a_new_subnet_is_traded_unless_genesis_says_otherwise(market):
    assert storage.SUBNET_MECHANISM.get(market.state, 2) == 1
    assert (get_pool(market.state, 2).tao, get_pool(market.state, 2).alpha) == (1_000 * TAO, 1_000 * TAO)
    assert get_pool(market.state, 2).price_rao == TAO
    assert storage.TOKEN_SYMBOL.get(market.state, 2) == "β".encode()


def test_a_traded_subnet_mints_alpha_beside_the_tao_that_enters_its_pool(market):
    storage.SUBNET_EMISSION_ENABLED.put(market.state, 1, False)
    storage.SUBNET_MOVING_PRICE.put(market.state, 2, 1 << 31)
    before, pool, total = storage.SUBNET_ALPHA_OUT.get(market.state, 2), get_pool(market.state, 2), issued(market)
    market.pass_blocks(1)
    after = get_pool(market.state, 2)
    assert storage.SUBNET_ALPHA_OUT.get(market.state, 2) - before == TAO
    assert after.tao - pool.tao == TAO
    assert stake_storage.SUBNET_EXCESS_TAO.get(market.state, 2) == TAO
    assert pool.alpha - after.alpha == stake_storage.SUBNET_PROTOCOL_ALPHA.get(market.state, 2) > 0
    assert issued(market) - total == TAO


def test_alpha_enters_the_pool_at_its_price_up_to_roots_proportion(market):
    market.seat(BOB, "root")
    market.add_stake(BOB, "root", 0, 100_000 * TAO)
    injection = coinbase.compute_injection(market.state, 2, TAO)
    proportion = coinbase.compute_root_proportion(market.state, 2)
    assert injection.alpha_in == (proportion * TAO) >> 32
    assert injection.tao + injection.excess_tao == TAO
    small = coinbase.compute_injection(market.state, 2, TAO // 2)
    assert (small.tao, small.alpha_in, small.excess_tao) == (TAO // 2, TAO // 2, 0)


def test_root_is_paid_in_traded_alpha_only_while_prices_sum_to_more_than_one(market):
    market.seat(BOB, "root")
    market.add_stake(BOB, "root", 0, 100_000 * TAO)
    storage.SUBNET_MOVING_PRICE.put(market.state, 1, 1 << 30)
    market.pass_blocks(1)
    assert storage.PENDING_ROOT_ALPHA_DIVS.get(market.state, 2) == 0
    assert storage.PENDING_ROOT_ALPHA_DIVS.get(market.state, 1) > 0
    storage.SUBNET_MOVING_PRICE.put(market.state, 1, 1 << 32)
    storage.SUBNET_MOVING_PRICE.put(market.state, 2, 1 << 20)
    market.pass_blocks(1)
    assert storage.PENDING_ROOT_ALPHA_DIVS.get(market.state, 2) > 0


def test_a_full_ledger_dissolves_the_cheapest_subnet_for_a_new_one(ledger):
    ledger.open_subnet(CHARLIE, "owner")
    storage.SUBNET_LIMIT.put(ledger.state, 2)
    poor = hotkey("poor")
    ledger.refuse(errors.SubnetLimitReached, poor, founding.register_network, poor)
    ledger.refuse(errors.SubnetLimitReached, DAVE, founding.register_network, hotkey("d"))
    ledger.number += 1_296_000
    storage.SUBNET_MOVING_PRICE.put(ledger.state, 1, 5)
    ledger.send(DAVE, founding.register_network, hotkey("d"))
    assert ledger.events(NetworkRemoved) == [NetworkRemoved(2)]
    assert storage.SUBNET_OWNER.get(ledger.state, 2) == DAVE
    assert key_storage.REGISTERED_SUBNET_COUNTER.get(ledger.state, 2) == 2


def test_a_pool_starts_at_the_price_in_the_middle_of_all_subnets(market):
    storage.SUBNET_TAO.put(market.state, 2, 3 * storage.SUBNET_ALPHA_IN.get(market.state, 2))
    assert founding.get_median_price(market.state) == 2 << 32
    market.send(DAVE, founding.register_network, hotkey("d"))
    assert storage.SUBNET_TAO.get(market.state, 3) == 2 * storage.SUBNET_ALPHA_IN.get(market.state, 3)


def test_the_cost_of_a_subnet_falls_faster_when_blocks_mint_less(ledger):
    ledger.send(CHARLIE, founding.register_network, hotkey("c"))
    cost = 1_500 * TAO
    storage.NETWORK_LAST_LOCK_COST.put(ledger.state, cost)
    hundred = ledger.number + 100
    per_block = cost // storage.NETWORK_LOCK_REDUCTION_INTERVAL.get(ledger.state)
    assert subnets.compute_lock_cost(ledger.state, hundred) == 2 * cost - 100 * per_block
    balances.TOTAL_ISSUANCE.put(ledger.state, 105 * 10**14)
    halved = cost // (storage.NETWORK_LOCK_REDUCTION_INTERVAL.get(ledger.state) // 2)
    assert subnets.compute_lock_cost(ledger.state, hundred) == 2 * cost - 100 * halved


def test_raising_the_least_nomination_pays_lesser_ones_out(ledger):
    ledger.seat(BOB, "bob")
    ledger.add_stake(BOB, "bob", 1, 5 * TAO)
    ledger.add_stake(CHARLIE, "bob", 1, 5 * TAO)
    ledger.add_stake(DAVE, "bob", 1, 7 * TAO)
    ledger.send(None, admin_chain.sudo_set_nominator_min_required_stake, 6 * TAO)
    assert (ledger.stake("bob", BOB, 1), ledger.stake("bob", CHARLIE, 1), ledger.stake("bob", DAVE, 1)) == (
        5 * TAO,
        0,
        7 * TAO,
    )


@pytest.mark.parametrize("mechanism", [0, 1])
def test_the_end_of_a_subnet_pays_everybody_and_leaves_nothing(mechanism):
    ledger = Ledger(mechanism=mechanism)
    ledger.open_subnet(CHARLIE, "owner")
    ledger.add_stake(BOB, "owner", 2, 300 * TAO)
    ledger.add_stake(DAVE, "owner", 2, 100 * TAO)
    ledger.pass_blocks(45)
    before, poor = count_holdings(ledger.state).total, ledger.free(BOB)
    ledger.refuse(errors.SubnetNotExists, None, subnets.root_dissolve_network, 9)
    burned = len(ledger.state.events)
    ledger.send(None, subnets.dissolve_network, BOB, 2)
    assert ledger.free(BOB) - poor > 299 * TAO
    destroyed = sum(getattr(event, "amount", 0) for event in ledger.state.events[burned:] if is_rescinded(event))
    assert count_holdings(ledger.state).total == before - destroyed
    assert issued(ledger) == before - destroyed
    netuids = [keys for keys, _ in storage.NETWORKS_ADDED.items(ledger.state)]
    assert netuids == [0, 1]
    for item in (storage.ALPHA, storage.TOTAL_HOTKEY_ALPHA, storage.IS_NETWORK_MEMBER):
        assert not [keys for keys, _ in item.items(ledger.state) if keys[-1] == 2]
    for by_netuid in (storage.SUBNET_TAO, storage.TEMPO, storage.KEYS, storage.WEIGHTS, storage.SUBNET_ALPHA_IN):
        assert not list(ledger.state.iter_prefix(by_netuid.raw_key(2)))


def is_rescinded(event):
    return type(event).__name__ == "Rescinded"


def two_mechanisms(ledger):
    storage.MAX_ALLOWED_UIDS.put(ledger.state, 1, 128)
    ledger.send(None, admin_structure.sudo_set_mechanism_count, 1, 2)


def test_mechanisms_share_the_emission_as_the_owner_says(ledger):
    ledger.seat(BOB, "validator")
    ledger.seat(CHARLIE, "first")
    ledger.seat(DAVE, "second")
    ledger.add_stake(BOB, "validator", 1, 1_000 * TAO)
    two_mechanisms(ledger)
    ledger.send(None, admin_structure.sudo_set_mechanism_emission_split, 1, [49_151, 16_384])
    ledger.pass_blocks(20)
    ledger.send(hotkey("validator"), set_mechanism_weights, 1, 0, [2], [65_535], 0)
    ledger.send(hotkey("validator"), set_mechanism_weights, 1, 1, [3], [65_535], 0)
    ledger.pass_blocks(20)
    state = ledger.state
    assert storage.INCENTIVE.get(state, 1) == [0, 0, 65_535, 0]
    assert storage.INCENTIVE.get(state, 4_097) == [0, 0, 0, 65_535]
    first, second = ledger.stake("first", CHARLIE, 1), ledger.stake("second", DAVE, 1)
    assert first == pytest.approx(3 * second, rel=1e-4)
    assert storage.DIVIDENDS.get(state, 1)[1] == 65_534
    ledger.send(None, admin_structure.sudo_set_mechanism_count, 1, 1)
    assert not storage.INCENTIVE.contains(state, 4_097)
    assert not list(storage.WEIGHTS.items(state, 4_097))


def test_mechanisms_are_bounded(ledger):
    count, split = admin_structure.sudo_set_mechanism_count, admin_structure.sudo_set_mechanism_emission_split
    ledger.refuse(errors.InvalidValue, None, count, 1, 0)
    ledger.refuse(errors.InvalidValue, None, count, 1, 3)
    ledger.refuse(key_errors.TooManyUIDsPerMechanism, None, count, 1, 2)
    two_mechanisms(ledger)
    ledger.refuse(errors.InvalidValue, None, split, 1, [])
    ledger.refuse(errors.InvalidValue, None, split, 1, [1, 2])
    ledger.refuse(errors.InvalidValue, None, split, 1, [65_533, 1, 1])
    ledger.send(None, split, 1, [65_535])
    assert split_emission(ledger.state, 1, 7) == [7, 0]
    ledger.seat(BOB, "late")
    assert len(storage.LAST_UPDATE.get(ledger.state, 4_097)) == 2
    ledger.refuse(key_errors.TooManyUIDsPerMechanism, None, admin.sudo_set_max_allowed_uids, 1, 129)


def test_trimming_keeps_those_who_earn_and_renumbers_all_of_them(ledger):
    for name in ("a", "b", "c", "d"):
        ledger.seat(BOB, name)
    state = ledger.state
    storage.MIN_ALLOWED_UIDS.put(state, 1, 1)
    storage.EMISSION.put(state, 1, [0, 5, 1, 9, 2])
    storage.WEIGHTS.put(state, 1, 3, [(1, 7), (2, 8), (4, 9)])
    storage.IMMUNITY_PERIOD.put(state, 1, 0)
    trim = admin_structure.sudo_trim_to_max_allowed_uids
    ledger.refuse(key_errors.TrimmingWouldExceedMaxImmunePercentage, None, trim, 1, 1)
    ledger.send(None, trim, 1, 3)
    assert [storage.KEYS.get(state, 1, uid) for uid in range(3)][1:] == [hotkey("a"), hotkey("c")]
    assert storage.WEIGHTS.get(state, 1, 2) == [(1, 7)]
    assert storage.EMISSION.get(state, 1) == [0, 5, 9]
    assert storage.UIDS.get(state, 1, hotkey("b")) is None
    assert (storage.SUBNETWORK_N.get(state, 1), storage.MAX_ALLOWED_UIDS.get(state, 1)) == (3, 3)
    ledger.pass_blocks(20)


def test_identities_are_bounded_and_their_owners_known(ledger):
    texts = [b"text"] * 7
    ledger.refuse(errors.HotKeyNotRegisteredInNetwork, BOB, identities.set_identity, *texts)
    ledger.seat(BOB, "bob")
    ledger.refuse(key_errors.InvalidIdentity, BOB, identities.set_identity, bytes(257), *texts[1:])
    ledger.send(BOB, identities.set_identity, *texts)
    assert key_storage.IDENTITIES_V2.get(ledger.state, BOB) == ChainIdentity(*texts)
    ledger.refuse(errors.NotSubnetOwner, BOB, identities.set_subnet_identity, 1, *[b"x"] * 8)
    ledger.send(ALICE, identities.set_subnet_identity, 1, b"x", bytes(1_024), *[b"x"] * 6)
    assert ledger.events(SubnetIdentitySet) == [SubnetIdentitySet(1)]
    ledger.send(BOB, founding.register_network_with_identity, hotkey("b2"), SubnetIdentity(*[b"y"] * 8))
    assert key_storage.SUBNET_IDENTITIES_V3.get(ledger.state, 2) == SubnetIdentity(*[b"y"] * 8)


def test_symbols_are_letters_that_no_other_subnet_has(ledger):
    ledger.open_subnet(CHARLIE, "owner")
    ledger.refuse(key_errors.SymbolDoesNotExist, CHARLIE, identities.update_symbol, 2, b"?")
    ledger.refuse(key_errors.SymbolAlreadyInUse, CHARLIE, identities.update_symbol, 2, SYMBOLS[0])
    ledger.send(CHARLIE, identities.update_symbol, 2, SYMBOLS[5])
    assert ledger.events(SymbolUpdated) == [SymbolUpdated(2, SYMBOLS[5])]
    assert len(set(SYMBOLS)) == len(SYMBOLS) > 128


def test_owners_call_an_epoch_and_choose_the_tempo(ledger):
    storage.ADMIN_FREEZE_WINDOW.put(ledger.state, 3)
    storage.OWNER_HYPERPARAM_RATE_LIMIT.put(ledger.state, 2)
    ledger.refuse(BadOrigin, BOB, scheduling.trigger_epoch, 1)
    ledger.refuse(BadOrigin, ALICE, scheduling.trigger_epoch, 9)
    ledger.send(ALICE, scheduling.trigger_epoch, 1)
    assert ledger.events(EpochTriggered) == [EpochTriggered(1, ALICE, ledger.number + 3)]
    ledger.refuse(key_errors.EpochTriggerAlreadyPending, ALICE, scheduling.trigger_epoch, 1)
    ledger.refuse(errors.AdminActionProhibitedDuringWeightsWindow, ALICE, scheduling.set_tempo, 1, 360)
    ledger.pass_blocks(3)
    assert storage.LAST_EPOCH_BLOCK.get(ledger.state, 1) == ledger.number
    ledger.refuse(errors.TxRateLimitExceeded, ALICE, scheduling.trigger_epoch, 1)
    ledger.pass_blocks(18)
    ledger.refuse(key_errors.AutoEpochAlreadyImminent, ALICE, scheduling.trigger_epoch, 1)
    ledger.pass_blocks(2)
    ledger.refuse(key_errors.TempoOutOfBounds, ALICE, scheduling.set_tempo, 1, 359)
    ledger.pass_blocks(5)
    ledger.send(ALICE, scheduling.set_tempo, 1, 360)
    assert storage.LAST_EPOCH_BLOCK.get(ledger.state, 1) == ledger.number
    ledger.pass_blocks(19)
    assert storage.LAST_EPOCH_BLOCK.get(ledger.state, 1) == ledger.number - 19
    ledger.refuse(errors.TxRateLimitExceeded, ALICE, scheduling.set_tempo, 1, 361)
    storage.COMMIT_REVEAL_WEIGHTS_ENABLED.put(ledger.state, 1, True)
    ledger.refuse(key_errors.DynamicTempoBlockedByCommitReveal, ALICE, scheduling.trigger_epoch, 1)
    ledger.refuse(key_errors.ActivityCutoffFactorMilliOutOfBounds, ALICE, scheduling.set_activity_cutoff_factor, 1, 999)


def test_the_faucet_is_open_only_where_money_is_worth_nothing(ledger):
    before = issued(ledger)
    ledger.send(DAVE, faucet.faucet, 0, 0, b"")
    assert ledger.events(Faucet) == [Faucet(DAVE, 1_000 * TAO)]
    assert issued(ledger) == before + 1_000 * TAO
    hive.FAUCET.put(ledger.state, False)
    ledger.refuse(key_errors.FaucetDisabled, DAVE, faucet.faucet, 0, 0, b"")

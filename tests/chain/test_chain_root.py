"""The root network: seats, stake that counts everywhere, and dividends that wait to be claimed."""

import pytest

from chain.runtime.hive import ROOT_CLAIM_RESERVE
from chain.runtime.subtensor import (
    claims,
    errors,
    founding,
    root,
    root_claims,
    stake_errors,
    stake_storage,
    staking,
    storage,
)
from chain.runtime.subtensor.inheritance import get_stake_weight
from chain.runtime.subtensor.stake_events import RootClaimed
from chain.runtime.subtensor.types import Keep, KeepSubnets, Swap
from chain.runtime.subtensor.weights import set_weights
from tests.chain.ledger import BOB, CHARLIE, DAVE, TAO, Ledger, hotkey


@pytest.fixture
def ledger():
    """A validator with stake on its subnet and on root, by itself and by a nominator, and a miner it likes."""
    made = Ledger()
    made.seat(BOB, "validator")
    made.seat(DAVE, "miner")
    made.add_stake(BOB, "validator", 1, 1_000 * TAO)
    made.add_stake(CHARLIE, "validator", 0, 30_000 * TAO)
    made.add_stake(BOB, "validator", 0, 10_000 * TAO)
    stake_storage.NUM_ROOT_CLAIM.put(made.state, 0)
    made.pass_blocks(20)
    made.send(hotkey("validator"), set_weights, 1, [2], [65535], 0)
    return made


def owed(ledger, coldkey):
    staked = ledger.stake("validator", coldkey, 0)
    return claims.get_owed(ledger.state, 1, hotkey("validator"), coldkey, staked)


def test_hotkeys_on_root_lend_their_stake_to_owners_of_new_subnets(ledger):
    ledger.send(BOB, root.root_register, hotkey("validator"))
    ledger.pass_blocks(1)
    ledger.send(DAVE, root.root_register, hotkey("miner"))
    ledger.refuse(errors.NonAssociatedColdKey, BOB, founding.set_auto_parent_delegation_enabled, hotkey("miner"), False)
    ledger.send(DAVE, founding.set_auto_parent_delegation_enabled, hotkey("miner"), False)
    ledger.send(CHARLIE, founding.register_network, hotkey("owner"))
    assert stake_storage.PARENT_KEYS.get(ledger.state, hotkey("owner"), 2) == [(2**64 - 1, hotkey("validator"))]
    args = (hotkey("nobody"), True)
    ledger.refuse(errors.NonAssociatedColdKey, DAVE, founding.set_auto_parent_delegation_enabled, *args)


def test_the_parents_hash_picks_whom_the_chain_claims_for():
    seed = b"".join(number.to_bytes(8, "big") for number in (7, 1, 2, 3))
    assert root_claims.choose_numbers(seed, 5, 10) == [0, 4, 5, 7]
    assert root_claims.choose_numbers(seed, 0, 10) == []
    assert root_claims.choose_numbers(b"\xff" * 32, 3, 1) == [0]


def test_choosing_what_becomes_of_dividends_makes_a_coldkey_known(ledger):
    ledger.send(DAVE, root_claims.set_root_claim_type, Keep())
    assert stake_storage.STAKING_COLDKEYS.get(ledger.state, DAVE) is not None


def test_seats_on_root_are_bounded_per_block(ledger):
    ledger.send(BOB, root.root_register, hotkey("validator"))
    assert storage.UIDS.get(ledger.state, 0, hotkey("validator")) == 0
    assert storage.DELEGATES.contains(ledger.state, hotkey("validator"))
    ledger.refuse(stake_errors.TooManyRegistrationsThisBlock, DAVE, root.root_register, hotkey("miner"))
    ledger.pass_blocks(1)
    ledger.refuse(errors.HotKeyAlreadyRegisteredInSubNet, BOB, root.root_register, hotkey("validator"))
    ledger.refuse(errors.NonAssociatedColdKey, BOB, root.root_register, hotkey("miner"))


def test_a_full_root_network_replaces_only_the_poorer(ledger):
    storage.MAX_ALLOWED_UIDS.put(ledger.state, 0, 1)
    ledger.send(DAVE, root.root_register, hotkey("miner"))
    ledger.pass_blocks(1)
    ledger.refuse(stake_errors.StakeTooLowForRoot, DAVE, root.root_register, hotkey("poor"))
    ledger.send(BOB, root.root_register, hotkey("validator"))
    assert storage.KEYS.get(ledger.state, 0, 0) == hotkey("validator")
    assert not storage.UIDS.contains(ledger.state, 0, hotkey("miner"))


def test_root_stake_counts_by_its_weight_in_every_subnet(ledger):
    alpha = storage.TOTAL_HOTKEY_ALPHA.get(ledger.state, hotkey("validator"), 1)
    weight = get_stake_weight(ledger.state, hotkey("validator"), 1) >> 64
    assert weight == alpha + (40_000 * TAO * 226245882 >> 32)


def test_root_shares_an_epoch_s_dividends_by_stake_weight(ledger):
    proportion = stake_storage.ROOT_PROP.get(ledger.state, 1)
    expected = 40_000 * TAO * 226245882
    issued = storage.SUBNET_ALPHA_OUT.get(ledger.state, 1)
    assert proportion == (expected << 32) // (expected + (issued << 32))
    ledger.pass_blocks(20)
    reserve = ROOT_CLAIM_RESERVE.get(ledger.state, 1)
    paid = stake_storage.ROOT_ALPHA_DIVIDENDS_PER_SUBNET.get(ledger.state, 1, hotkey("validator"))
    take = paid * 11_796 // 65_535
    assert 0 < reserve - (paid - take) < 2 * paid
    assert 0 <= reserve - owed(ledger, BOB) - owed(ledger, CHARLIE) <= 40_000 * TAO >> 30
    assert abs(owed(ledger, CHARLIE) - 3 * owed(ledger, BOB)) <= 3


def test_a_claim_sells_for_root_stake_unless_told_to_keep(ledger):
    ledger.pass_blocks(20)
    due, before = owed(ledger, CHARLIE), ledger.stake("validator", CHARLIE, 0)
    ledger.send(CHARLIE, root_claims.claim_root, [1])
    assert ledger.stake("validator", CHARLIE, 0) == before + due
    assert ledger.events(RootClaimed) == [RootClaimed(CHARLIE)]
    assert owed(ledger, CHARLIE) == 0
    due, alpha = owed(ledger, BOB), ledger.stake("validator", BOB, 1)
    ledger.send(BOB, root_claims.set_root_claim_type, Keep())
    ledger.send(BOB, root_claims.claim_root, [1])
    assert ledger.stake("validator", BOB, 1) == alpha + due
    assert ledger.stake("validator", BOB, 0) == 10_000 * TAO


def test_only_named_subnets_are_kept(ledger):
    ledger.refuse(stake_errors.InvalidSubnetNumber, BOB, root_claims.set_root_claim_type, KeepSubnets([]))
    ledger.send(BOB, root_claims.set_root_claim_type, KeepSubnets([3]))
    assert not root_claims.keeps_alpha(ledger.state, BOB, 1)
    assert root_claims.keeps_alpha(ledger.state, BOB, 3)
    assert stake_storage.ROOT_CLAIM_TYPE_OF.get(ledger.state, CHARLIE) == Swap()


def test_claims_name_one_to_five_subnets(ledger):
    ledger.refuse(stake_errors.InvalidSubnetNumber, BOB, root_claims.claim_root, [])
    ledger.refuse(stake_errors.InvalidSubnetNumber, BOB, root_claims.claim_root, [1, 2, 3, 4, 5, 6])
    ledger.refuse(stake_errors.InvalidNumRootClaim, None, root_claims.sudo_set_num_root_claims, 51)
    ledger.refuse(
        stake_errors.InvalidRootClaimThreshold, None, root_claims.sudo_set_root_claim_threshold, 1, 10_000_001
    )


def test_less_than_the_threshold_waits(ledger):
    ledger.pass_blocks(20)
    due = owed(ledger, CHARLIE)
    stake_storage.ROOT_CLAIMABLE_THRESHOLD.put(ledger.state, 1, (due + 1) << 32)
    ledger.send(CHARLIE, root_claims.claim_root, [1])
    assert owed(ledger, CHARLIE) == due


def test_new_root_stake_earns_nothing_of_the_past(ledger):
    ledger.pass_blocks(20)
    before = owed(ledger, CHARLIE)
    ledger.add_stake(CHARLIE, "validator", 0, 5_000 * TAO)
    ledger.add_stake(DAVE, "validator", 0, 5_000 * TAO)
    assert (owed(ledger, CHARLIE), owed(ledger, DAVE)) == (before, 0)
    ledger.send(CHARLIE, staking.remove_stake, hotkey("validator"), 0, 4_000 * TAO)
    assert owed(ledger, CHARLIE) <= before


def test_the_chain_claims_for_some_in_every_block(ledger):
    stake_storage.NUM_ROOT_CLAIM.put(ledger.state, 5)
    before = ledger.stake("validator", CHARLIE, 0)
    ledger.pass_blocks(20)
    assert ledger.stake("validator", CHARLIE, 0) > before
    assert owed(ledger, CHARLIE) == 0

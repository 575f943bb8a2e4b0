"""Hotkeys and coldkeys that are replaced take everything with them."""

import pytest

from chain.crypto import blake2_256
from chain.keys import Keypair
from chain.runtime.subtensor import (
    children,
    coldkey_swaps,
    errors,
    hotkey_swaps,
    key_errors,
    key_storage,
    serving,
    stake_storage,
    storage,
)
from chain.runtime.subtensor.key_events import ColdkeySwapAnnounced, ColdkeySwapped, HotkeySwapped, SubnetOwnerHotkeySet
from chain.runtime.subtensor.types import ChainIdentity, NeuronCertificate
from tests.chain.ledger import ALICE, BOB, CHARLIE, DAVE, TAO, Ledger, hotkey

OLD, NEW = hotkey("old"), hotkey("new")
HEIR = Keypair.from_uri("//Heir").public_key


@pytest.fixture
def ledger():
    """A hotkey with a seat, an address, stake of two coldkeys, root dividends and a child."""
    made = Ledger()
    made.seat(BOB, "old")
    made.seat(CHARLIE, "child")
    made.add_stake(BOB, "old", 1, 100 * TAO)
    made.add_stake(CHARLIE, "old", 1, 50 * TAO)
    made.add_stake(CHARLIE, "old", 0, 500 * TAO)
    made.send(OLD, serving.serve_axon_tls, 1, 1, 1 << 24, 9, 4, 0, 0, 0, b"\1key")
    children.put_children(made.state, 1, OLD, [(7, hotkey("child"))])
    stake_storage.ROOT_CLAIMABLE.put(made.state, OLD, {1: 1 << 31})
    made.number += 2_000
    return made


def test_a_hotkey_is_replaced_with_all_it_has(ledger):
    before = ledger.free(BOB)
    ledger.send(BOB, hotkey_swaps.swap_hotkey, OLD, NEW, None)
    state = ledger.state
    assert ledger.events(HotkeySwapped) == [HotkeySwapped(BOB, OLD, NEW)]
    assert before - ledger.free(BOB) == TAO // 10
    assert (storage.KEYS.get(state, 1, 1), storage.UIDS.get(state, 1, NEW)) == (NEW, 1)
    assert storage.AXONS.contains(state, 1, NEW)
    assert key_storage.NEURON_CERTIFICATES.get(state, 1, NEW) == NeuronCertificate(b"key", 1)
    assert ledger.stake("new", BOB, 1) == 100 * TAO
    assert ledger.stake("new", CHARLIE, 1) == 50 * TAO
    assert ledger.stake("new", CHARLIE, 0) == 500 * TAO
    assert stake_storage.ROOT_CLAIMABLE.get(state, NEW) == {1: 1 << 31}
    assert stake_storage.PARENT_KEYS.get(state, hotkey("child"), 1) == [(7, NEW)]
    assert storage.OWNED_HOTKEYS.get(state, BOB) == [NEW]
    assert storage.STAKING_HOTKEYS.get(state, CHARLIE)[-1] == NEW
    assert not storage.OWNER.contains(state, OLD)
    assert not any(OLD in keys for item in (storage.ALPHA, storage.AXONS) for keys, _ in item.items(state))


def test_a_hotkey_is_replaced_on_one_subnet_and_may_leave_its_stake(ledger):
    ledger.send(BOB, hotkey_swaps.swap_hotkey_v2, OLD, NEW, 1, True)
    assert storage.UIDS.get(ledger.state, 1, NEW) == 1
    assert (ledger.stake("old", BOB, 1), ledger.stake("new", BOB, 1)) == (100 * TAO, 0)
    assert storage.OWNER.get(ledger.state, OLD) == BOB
    args = (NEW, hotkey("third"), 1)
    ledger.refuse(key_errors.HotKeySetTxRateLimitExceeded, BOB, hotkey_swaps.swap_hotkey, *args)
    ledger.number += 1_001
    ledger.refuse(key_errors.HotKeySwapOnSubnetIntervalNotPassed, BOB, hotkey_swaps.swap_hotkey, *args[:2], None)
    ledger.refuse(key_errors.HotKeySwapOnSubnetIntervalNotPassed, BOB, hotkey_swaps.swap_hotkey, *args)


def test_a_hotkey_is_replaced_where_others_wait_for_it_and_where_it_owns(ledger):
    state = ledger.state
    storage.SUBNET_OWNER_HOTKEY.put(state, 1, OLD)
    stake_storage.PENDING_CHILD_KEYS.put(state, 1, hotkey("child"), ([(9, OLD)], 5))
    storage.ALPHA_DIVIDENDS_PER_SUBNET.put(state, 1, OLD, 3)
    storage.ALPHA_DIVIDENDS_PER_SUBNET.put(state, 1, NEW, 4)
    ledger.send(BOB, hotkey_swaps.swap_hotkey, OLD, NEW, None)
    assert stake_storage.PENDING_CHILD_KEYS.get(state, 1, hotkey("child")) == ([(9, NEW)], 5)
    assert ledger.events(SubnetOwnerHotkeySet) == [SubnetOwnerHotkeySet(1, NEW)]
    assert storage.ALPHA_DIVIDENDS_PER_SUBNET.get(state, 1, NEW) == 7
    assert key_storage.LAST_HOTKEY_SWAP_ON_NETUID.get(state, 1, BOB) == ledger.number


def test_hotkey_swaps_are_refused_in_the_order_of_the_rules(ledger):
    def refuse(error, *args, account=BOB):
        ledger.refuse(error, account, hotkey_swaps.swap_hotkey, *args)

    refuse(errors.NonAssociatedColdKey, OLD, NEW, None, account=CHARLIE)
    refuse(key_errors.NewHotKeyIsSameWithOld, OLD, OLD, None)
    refuse(errors.NonAssociatedColdKey, OLD, hotkey("child"), None)
    ledger.seat(BOB, "second")
    refuse(errors.HotKeyAlreadyRegisteredInSubNet, OLD, hotkey("second"), None)
    refuse(errors.SubnetNotExists, OLD, NEW, 9)
    ledger.send(BOB, hotkey_swaps.swap_hotkey, OLD, NEW, None)
    refuse(key_errors.HotKeySetTxRateLimitExceeded, NEW, hotkey("third"), None)


def test_root_stake_moves_only_to_a_hotkey_without_any(ledger):
    ledger.seat(BOB, "new", 1)
    ledger.add_stake(BOB, "new", 0, 10 * TAO)
    storage.IS_NETWORK_MEMBER.remove(ledger.state, NEW, 1)
    args = (OLD, NEW, None)
    ledger.refuse(key_errors.NewHotKeyNotCleanForRootSwap, BOB, hotkey_swaps.swap_hotkey, *args)


def announce(ledger, who=BOB, heir=HEIR):
    ledger.send(who, coldkey_swaps.announce_coldkey_swap, blake2_256(heir))


def test_a_coldkey_is_replaced_after_its_announcement(ledger):
    key_storage.IDENTITIES_V2.put(ledger.state, BOB, ChainIdentity(*[b"text"] * 7))
    announce(ledger)
    assert ledger.events(ColdkeySwapAnnounced) == [ColdkeySwapAnnounced(BOB, blake2_256(HEIR))]
    ledger.refuse(key_errors.ColdkeySwapTooEarly, BOB, coldkey_swaps.swap_coldkey_announced, HEIR)
    ledger.refuse(key_errors.AnnouncedColdkeyHashDoesNotMatch, BOB, coldkey_swaps.swap_coldkey_announced, DAVE)
    ledger.number += 36_000
    free, staked = ledger.free(BOB), ledger.stake("old", BOB, 1)
    ledger.send(BOB, coldkey_swaps.swap_coldkey_announced, HEIR)
    assert ledger.events(ColdkeySwapped) == [ColdkeySwapped(BOB, HEIR)]
    assert (ledger.free(BOB), ledger.free(HEIR)) == (0, free)
    assert (ledger.stake("old", BOB, 1), ledger.stake("old", HEIR, 1)) == (0, staked)
    assert storage.OWNER.get(ledger.state, OLD) == HEIR
    assert storage.OWNED_HOTKEYS.get(ledger.state, HEIR) == [OLD]
    assert key_storage.IDENTITIES_V2.contains(ledger.state, HEIR)


def test_a_subnet_follows_its_owner_and_claims_their_coldkey(ledger):
    stake_storage.ROOT_CLAIMED.put(ledger.state, (1, OLD, CHARLIE), 5)
    ledger.send(None, coldkey_swaps.swap_coldkey, ALICE, HEIR, 0)
    assert storage.SUBNET_OWNER.get(ledger.state, 1) == HEIR
    other = Keypair.from_uri("//Other").public_key
    ledger.send(None, coldkey_swaps.swap_coldkey, CHARLIE, other, TAO)
    assert stake_storage.ROOT_CLAIMED.get(ledger.state, 1, OLD, other) == 5
    number = stake_storage.STAKING_COLDKEYS.get(ledger.state, other)
    assert number is not None
    assert stake_storage.STAKING_COLDKEYS_BY_INDEX.get(ledger.state, number) == other


def test_a_coldkey_in_use_or_a_hotkey_inherits_nothing(ledger):
    ledger.refuse(key_errors.ColdKeyAlreadyAssociated, None, coldkey_swaps.swap_coldkey, BOB, CHARLIE, 0)
    ledger.refuse(key_errors.NewColdKeyIsHotkey, None, coldkey_swaps.swap_coldkey, BOB, OLD, 0)


def test_a_disputed_swap_waits_for_root(ledger):
    ledger.refuse(key_errors.ColdkeySwapAnnouncementNotFound, BOB, coldkey_swaps.dispute_coldkey_swap)
    announce(ledger)
    ledger.refuse(key_errors.ColdkeySwapReannouncedTooEarly, BOB, coldkey_swaps.announce_coldkey_swap, bytes(32))
    ledger.send(BOB, coldkey_swaps.dispute_coldkey_swap)
    ledger.number += 36_000
    ledger.refuse(key_errors.ColdkeySwapDisputed, BOB, coldkey_swaps.swap_coldkey_announced, HEIR)
    ledger.refuse(key_errors.ColdkeySwapAlreadyDisputed, BOB, coldkey_swaps.dispute_coldkey_swap)
    ledger.send(None, coldkey_swaps.reset_coldkey_swap, BOB)
    assert not key_storage.COLDKEY_SWAP_ANNOUNCEMENTS.contains(ledger.state, BOB)


def test_an_announcement_can_be_withdrawn_late(ledger):
    announce(ledger)
    ledger.refuse(key_errors.ColdkeySwapClearTooEarly, BOB, coldkey_swaps.clear_coldkey_swap_announcement)
    ledger.number += 36_000 + 7_200
    ledger.send(BOB, coldkey_swaps.clear_coldkey_swap_announcement)
    assert not key_storage.COLDKEY_SWAP_ANNOUNCEMENTS.contains(ledger.state, BOB)

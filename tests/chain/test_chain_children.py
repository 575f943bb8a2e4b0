"""Children inherit stake, wait to be in force, and share dividends with their parents."""

import pytest

from chain.runtime.dispatch import Context, Root
from chain.runtime.fixed import U64_MAX
from chain.runtime.subtensor import children, errors, stake_errors, stake_storage, storage
from chain.runtime.subtensor.dividends import share_with_parents
from chain.runtime.subtensor.inheritance import get_stake_weight
from chain.runtime.subtensor.stake_events import ChildKeyTakeSet, SetChildren, SetChildrenScheduled
from tests.chain.ledger import BOB, CHARLIE, DAVE, TAO, Ledger, hotkey

HALF = U64_MAX // 2
PARENT, CHILD, OTHER = hotkey("parent"), hotkey("child"), hotkey("other")


@pytest.fixture
def ledger():
    made = Ledger()
    made.seat(BOB, "parent")
    made.seat(CHARLIE, "child")
    made.seat(DAVE, "other")
    made.add_stake(BOB, "parent", 1, 1_000 * TAO)
    stake_storage.PENDING_CHILD_KEY_COOLDOWN.put(made.state, 15)
    return made


def weight(ledger, key):
    return get_stake_weight(ledger.state, key, 1) >> 64


def test_a_choice_is_in_force_after_the_first_epoch_past_its_cooldown(ledger):
    ledger.send(BOB, children.set_children, PARENT, 1, [(HALF, CHILD)])
    assert ledger.events(SetChildrenScheduled)[-1].cooldown_block == ledger.number + 15
    assert weight(ledger, CHILD) == 0
    ledger.pass_blocks(20)
    assert ledger.events(SetChildren) == [SetChildren(PARENT, 1, [(HALF, CHILD)])]
    left = storage.TOTAL_HOTKEY_ALPHA.get(ledger.state, PARENT, 1) * (HALF * 2**32 // U64_MAX) >> 32
    assert weight(ledger, CHILD) == left
    assert stake_storage.PARENT_KEYS.get(ledger.state, CHILD, 1) == [(HALF, PARENT)]
    ledger.number += 150
    ledger.send(BOB, children.set_children, PARENT, 1, [])
    ledger.pass_blocks(40)
    assert weight(ledger, CHILD) == 0
    assert not stake_storage.PARENT_KEYS.contains(ledger.state, CHILD, 1)


def test_a_choice_is_not_yet_in_force_in_the_very_block_that_ends_its_cooldown(ledger):
    ledger.send(BOB, children.set_children, PARENT, 1, [(HALF, CHILD)])
    ledger.number = ledger.events(SetChildrenScheduled)[-1].cooldown_block
    children.apply_pending_children(Context(ledger.state, Root(), ledger.number, 0), 1)
    assert not ledger.events(SetChildren)
    children.apply_pending_children(Context(ledger.state, Root(), ledger.number + 1, 0), 1)
    assert ledger.events(SetChildren)


def test_children_are_kept_in_the_order_of_accounts_and_parents_keep_their_places(ledger):
    state = ledger.state
    children.put_children(state, 1, PARENT, [(5, max(CHILD, OTHER)), (6, min(CHILD, OTHER))])
    assert stake_storage.CHILD_KEYS.get(state, PARENT, 1) == [(6, min(CHILD, OTHER)), (5, max(CHILD, OTHER))]
    children.put_children(state, 1, hotkey("second"), [(7, CHILD)])
    children.put_children(state, 1, PARENT, [(9, CHILD)])
    assert stake_storage.PARENT_KEYS.get(state, CHILD, 1) == [(9, PARENT), (7, hotkey("second"))]
    assert not stake_storage.PARENT_KEYS.contains(state, OTHER, 1)


def test_a_child_keeps_at_least_the_lowest_take(ledger):
    stake_storage.MIN_CHILDKEY_TAKE_PER_SUBNET.put(ledger.state, 1, 700)
    assert children.get_childkey_take(ledger.state, CHILD, 1) == 700
    ledger.refuse(stake_errors.InvalidChildkeyTake, CHARLIE, children.set_childkey_take, CHILD, 1, 699)


def test_stake_anywhere_lets_a_hotkey_choose_children(ledger):
    storage.STAKE_THRESHOLD.put(ledger.state, 1_000 * TAO)
    ledger.refuse(stake_errors.NotEnoughStakeToSetChildkeys, DAVE, children.set_children, OTHER, 1, [(1, CHILD)])
    ledger.add_stake(DAVE, "other", 0, 1_000 * TAO)
    ledger.send(DAVE, children.set_children, OTHER, 1, [(1, CHILD)])


def test_a_subnet_that_was_not_started_relates_at_once(ledger):
    storage.SUBTOKEN_ENABLED.put(ledger.state, 1, False)
    ledger.send(BOB, children.set_children, PARENT, 1, [(U64_MAX, CHILD)])
    assert (weight(ledger, PARENT), weight(ledger, CHILD)) == (0, 1_000 * TAO)


def test_children_are_refused_in_the_order_of_the_rules(ledger):
    def refuse(error, *args, account=BOB):
        ledger.refuse(error, account, children.set_children, *args)

    refuse(errors.SubnetNotExists, PARENT, 9, [])
    refuse(errors.NonAssociatedColdKey, PARENT, 1, [], account=CHARLIE)
    refuse(stake_errors.TooManyChildren, PARENT, 1, [(1, bytes([n]) * 32) for n in range(6)])
    refuse(stake_errors.InvalidChild, PARENT, 1, [(1, PARENT)])
    refuse(stake_errors.DuplicateChild, PARENT, 1, [(1, CHILD), (2, CHILD)])
    refuse(stake_errors.ProportionOverflow, PARENT, 1, [(U64_MAX, CHILD), (1, OTHER)])
    stake_storage.PARENT_KEYS.put(ledger.state, PARENT, 1, [(1, CHILD)])
    refuse(stake_errors.ChildParentInconsistency, PARENT, 1, [(1, CHILD)])
    stake_storage.PARENT_KEYS.remove(ledger.state, PARENT, 1)
    storage.STAKE_THRESHOLD.put(ledger.state, 1_001 * TAO)
    refuse(stake_errors.NotEnoughStakeToSetChildkeys, PARENT, 1, [(1, CHILD)])
    storage.STAKE_THRESHOLD.put(ledger.state, 0)
    ledger.send(BOB, children.set_children, PARENT, 1, [(1, CHILD)])
    refuse(errors.TxRateLimitExceeded, PARENT, 1, [])


def test_parents_share_dividends_by_what_they_contributed_less_the_take(ledger):
    state = ledger.state
    children.put_children(state, 1, PARENT, [(U64_MAX, CHILD)])
    ledger.add_stake(CHARLIE, "child", 1, 3_000 * TAO)
    assert share_with_parents(state, 1, CHILD, 4_000) == [(PARENT, 1_000), (CHILD, 3_000)]
    stake_storage.CHILDKEY_TAKE.put(state, CHILD, 1, 6_553)
    assert share_with_parents(state, 1, CHILD, 4_000) == [(PARENT, 901), (CHILD, 3_099)]
    storage.OWNER.put(state, PARENT, CHARLIE)
    assert share_with_parents(state, 1, CHILD, 4_000) == [(PARENT, 1_000), (CHILD, 3_000)]
    assert share_with_parents(state, 1, OTHER, 7) == [(OTHER, 7)]


def test_takes_of_children_are_bounded_and_raised_seldom(ledger):
    ledger.refuse(stake_errors.InvalidChildkeyTake, BOB, children.set_childkey_take, PARENT, 1, 11_797)
    ledger.send(BOB, children.set_childkey_take, PARENT, 1, 100)
    assert ledger.events(ChildKeyTakeSet) == [ChildKeyTakeSet(PARENT, 100)]
    ledger.refuse(stake_errors.TxChildkeyTakeRateLimitExceeded, BOB, children.set_childkey_take, PARENT, 1, 101)
    ledger.send(BOB, children.set_childkey_take, PARENT, 1, 99)


def test_a_child_votes_with_its_parents_stake_and_both_are_paid(ledger):
    from chain.runtime.subtensor.weights import set_weights

    ledger.seat(DAVE, "miner")
    children.put_children(ledger.state, 1, PARENT, [(U64_MAX, CHILD)])
    ledger.pass_blocks(20)
    ledger.send(CHILD, set_weights, 1, [4], [65535], 0)
    before = ledger.stake("parent", BOB, 1)
    ledger.pass_blocks(20)
    assert ledger.stake("parent", BOB, 1) - before > 7 * TAO
    assert storage.DIVIDENDS.get(ledger.state, 1)[2] == 65_535

"""Changing the rules: who may, when, and within which bounds."""

import pytest

from chain.keys import Keypair
from chain.runtime import admin
from chain.runtime.dispatch import Context, Root, Signed
from chain.runtime.errors import BadOrigin
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.subtensor import errors, storage
from chain.runtime.subtensor.rule_events import KappaSet
from chain.state.overlay import MemoryState, State

OWNER = Signed(Keypair.from_uri("//Alice").public_key)
STRANGER = Signed(Keypair.from_uri("//Bob").public_key)


@pytest.fixture
def state():
    return State(MemoryState(build_genesis(dev_spec())))


def send(state, origin, call, *args, block=5):
    call.with_args(*args).dispatch(Context(state, origin, block, 0))


def test_root_sets_any_rule_and_an_event_tells(state):
    send(state, Root(), admin.sudo_set_kappa, 1, 40_000)
    assert storage.KAPPA.get(state, 1) == 40_000
    assert state.events[-1] == KappaSet(1, 40_000)
    with pytest.raises(admin.SubnetDoesNotExist):
        send(state, Root(), admin.sudo_set_kappa, 9, 40_000)


def test_the_owner_sets_only_the_owners_rules(state):
    send(state, OWNER, admin.sudo_set_immunity_period, 1, 7)
    assert storage.IMMUNITY_PERIOD.get(state, 1) == 7
    with pytest.raises(BadOrigin):
        send(state, OWNER, admin.sudo_set_kappa, 1, 1)
    with pytest.raises(BadOrigin):
        send(state, STRANGER, admin.sudo_set_immunity_period, 1, 1)


def test_the_owner_waits_between_changes_of_one_rule(state):
    storage.OWNER_HYPERPARAM_RATE_LIMIT.put(state, 2)
    send(state, OWNER, admin.sudo_set_immunity_period, 1, 7)
    send(state, OWNER, admin.sudo_set_min_allowed_weights, 1, 2)
    with pytest.raises(errors.TxRateLimitExceeded):
        send(state, OWNER, admin.sudo_set_immunity_period, 1, 8, block=6)
    send(state, OWNER, admin.sudo_set_immunity_period, 1, 8, block=45)


def test_the_owner_changes_nothing_right_before_an_epoch(state):
    storage.ADMIN_FREEZE_WINDOW.put(state, 10)
    send(state, OWNER, admin.sudo_set_immunity_period, 1, 7, block=10)
    with pytest.raises(errors.AdminActionProhibitedDuringWeightsWindow):
        send(state, OWNER, admin.sudo_set_immunity_period, 1, 8, block=11)
    send(state, Root(), admin.sudo_set_immunity_period, 1, 8, block=11)


def test_rules_have_bounds(state):
    for call, values, error in [
        (admin.sudo_set_max_allowed_uids, [0], admin.MaxAllowedUIdsLessThanCurrentUIds),
        (admin.sudo_set_max_allowed_uids, [5_000], admin.ValueNotInBounds),
        (admin.sudo_set_max_allowed_validators, [257], admin.MaxValidatorsLargerThanMaxUIds),
        (admin.sudo_set_min_burn, [0], admin.ValueNotInBounds),
        (admin.sudo_set_max_burn, [0], admin.ValueNotInBounds),
        (admin.sudo_set_alpha_values, [45_875, 58_982], errors.LiquidAlphaDisabled),
    ]:
        with pytest.raises(error):
            send(state, Root(), call, 1, *values)
    with pytest.raises(admin.BondsMovingAverageMaxReached):
        send(state, OWNER, admin.sudo_set_bonds_moving_average, 1, 975_001)
    send(state, Root(), admin.sudo_set_liquid_alpha_enabled, 1, True)
    with pytest.raises(errors.AlphaHighTooLow):
        send(state, Root(), admin.sudo_set_alpha_values, 1, 45_875, 50_000)
    with pytest.raises(errors.AlphaLowOutOfRange):
        send(state, Root(), admin.sudo_set_alpha_values, 1, 60_000, 58_982)
    send(state, Root(), admin.sudo_set_alpha_values, 1, 45_875, 58_982)

"""Changing the rules: who may, when, and within which bounds."""

import pytest

from chain.keys import Keypair
from chain.runtime import admin, admin_access, admin_chain, admin_structure, admin_subnets
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
    with pytest.raises(admin_access.SubnetDoesNotExist):
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
    with pytest.raises(errors.AdminActionProhibitedDuringWeightsWindow):
        send(state, Root(), admin.sudo_set_tempo, 1, 30, block=20)
    send(state, Root(), admin.sudo_set_kappa, 1, 8, block=11)
    storage.PENDING_EPOCH_AT.put(state, 1, 9)
    with pytest.raises(errors.AdminActionProhibitedDuringWeightsWindow):
        send(state, OWNER, admin.sudo_set_min_allowed_weights, 1, 8, block=8)


def test_a_new_tempo_counts_from_the_block_that_sets_it(state):
    send(state, Root(), admin.sudo_set_tempo, 1, 30, block=7)
    assert (storage.TEMPO.get(state, 1), storage.LAST_EPOCH_BLOCK.get(state, 1)) == (30, 7)


def test_the_owners_hotkey_changes_once_a_week_whoever_asks(state):
    hotkey = bytes([1]) * 32
    send(state, OWNER, admin_structure.sudo_set_sn_owner_hotkey, 1, hotkey)
    assert storage.SUBNET_OWNER_HOTKEY.get(state, 1) == hotkey
    for origin in (OWNER, Root()):
        with pytest.raises(errors.TxRateLimitExceeded):
            send(state, origin, admin_structure.sudo_set_subnet_owner_hotkey, 1, hotkey, block=50_404)
    send(state, Root(), admin_structure.sudo_set_subnet_owner_hotkey, 1, hotkey, block=50_405)
    with pytest.raises(BadOrigin):
        send(state, STRANGER, admin_structure.sudo_set_sn_owner_hotkey, 1, hotkey)


def test_the_owner_changes_the_version_of_weights_once_in_some_tempos(state):
    send(state, OWNER, admin.sudo_set_weights_version_key, 1, 1)
    with pytest.raises(errors.TxRateLimitExceeded):
        send(state, OWNER, admin.sudo_set_weights_version_key, 1, 2, block=104)
    send(state, OWNER, admin.sudo_set_weights_version_key, 1, 2, block=105)


def test_rules_of_older_chains_say_that_they_are_gone(state):
    with pytest.raises(admin_access.POWRegistrationDisabled):
        send(state, Root(), admin_subnets.sudo_set_network_pow_registration_allowed, 1, True)
    with pytest.raises(admin_access.Deprecated):
        send(state, Root(), admin_chain.sudo_set_total_issuance, 1)


def test_rules_have_bounds(state):
    for call, values, error in [
        (admin.sudo_set_max_allowed_uids, [63], admin_access.MaxAllowedUidsLessThanMinAllowedUids),
        (admin.sudo_set_max_allowed_uids, [5_000], admin_access.MaxAllowedUidsGreaterThanDefaultMaxAllowedUids),
        (admin.sudo_set_max_allowed_validators, [257], admin_access.MaxValidatorsLargerThanMaxUIds),
        (admin.sudo_set_min_burn, [10**9], admin_access.ValueNotInBounds),
        (admin.sudo_set_max_burn, [10**8], admin_access.ValueNotInBounds),
        (admin_subnets.sudo_set_burn_half_life, [0], admin_access.InvalidValue),
        (admin_subnets.sudo_set_burn_increase_mult, [4 << 64], admin_access.InvalidValue),
        (admin_subnets.sudo_set_min_childkey_take_per_subnet, [11_797], admin_access.InvalidValue),
        (admin_subnets.sudo_set_owner_immune_neuron_limit, [11], errors.InvalidValue),
        (admin.sudo_set_alpha_values, [45_875, 58_982], errors.LiquidAlphaDisabled),
    ]:
        with pytest.raises(error):
            send(state, Root(), call, 1, *values)
    with pytest.raises(admin_access.MaxAllowedUidsGreaterThanDefaultMaxAllowedUids):
        send(state, OWNER, admin.sudo_set_max_allowed_uids, 1, 257)
    send(state, Root(), admin.sudo_set_max_allowed_uids, 1, 4_096)
    with pytest.raises(admin_access.NotPermittedOnRootSubnet):
        send(state, Root(), admin.sudo_set_subnet_emission_enabled, 0, True)
    with pytest.raises(admin_access.BondsMovingAverageMaxReached):
        send(state, OWNER, admin.sudo_set_bonds_moving_average, 1, 975_001)
    send(state, Root(), admin.sudo_set_liquid_alpha_enabled, 1, True)
    with pytest.raises(errors.AlphaHighTooLow):
        send(state, Root(), admin.sudo_set_alpha_values, 1, 45_875, 1_637)
    with pytest.raises(errors.AlphaLowOutOfRange):
        send(state, Root(), admin.sudo_set_alpha_values, 1, 60_000, 58_982)
    send(state, Root(), admin.sudo_set_alpha_values, 1, 45_875, 58_982)

"""The subnet interfaces, read from the state of a network that ran."""

from dataclasses import replace

import pytest

from chain.keys import Keypair
from chain.runtime.executive import BlockEnv, build_block, call_api
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.runtime import RUNTIME
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.interfaces.metagraph_shape import Metagraph
from chain.runtime.subtensor.interfaces.neurons import NeuronInfo, NeuronInfoLite
from chain.runtime.subtensor.interfaces.rules import SubnetHyperparams
from chain.runtime.subtensor.interfaces.selective import NAMES
from chain.runtime.subtensor.interfaces.stakes import StakeInfo
from chain.runtime.subtensor.stake import increase_stake
from chain.runtime.subtensor.storage_index import storage_index
from chain.runtime.types import ACCOUNT_ID
from chain.scale.containers import Option, Vec
from chain.scale.hints import of
from chain.scale.types import U16, U64
from chain.state.overlay import MemoryState, State

ALICE = Keypair.from_uri("//Alice").public_key
HIVE = Keypair.from_uri("//Alice//hive").public_key
NETUID = U16.encode(1)


@pytest.fixture(scope="module")
def state():
    state = MemoryState(build_genesis(dev_spec(tempo=4)))
    overlay = State(state)
    increase_stake(overlay, HIVE, ALICE, 1, 5_000_000_000)
    storage.DELEGATES.put(overlay, HIVE, 6_000)
    storage.MECHANISM_COUNT_CURRENT.put(overlay, 1, 2)
    storage.LAST_UPDATE.put(overlay, storage_index(1, 1), [77])
    state.apply(overlay.changes)
    for number in range(1, 6):
        state.apply(build_block(state, BlockEnv(number, bytes(32), 1000 * number, bytes(32)), []).changes)
    return state


def test_neurons_show_their_scores_and_stake(state):
    (lite,) = Vec(of(NeuronInfoLite)).decode(call_api(state, "NeuronInfoRuntimeApi_get_neurons_lite", NETUID))
    assert (lite.hotkey, lite.coldkey, lite.uid) == (HIVE, ALICE, 0)
    assert lite.stake[0][1] > 5_000_000_000
    assert lite.validator_permit
    (full,) = Vec(of(NeuronInfo)).decode(call_api(state, "NeuronInfoRuntimeApi_get_neurons", NETUID))
    assert (full.dividends, full.weights) == (lite.dividends, [])
    one = call_api(state, "NeuronInfoRuntimeApi_get_neuron_lite", NETUID + U16.encode(0))
    assert Option(of(NeuronInfoLite)).decode(one) == lite
    assert call_api(state, "NeuronInfoRuntimeApi_get_neuron_lite", NETUID + U16.encode(7)) == b"\0"


def test_the_metagraph_holds_rules_money_and_neurons(state):
    graph = Option(of(Metagraph)).decode(call_api(state, "SubnetInfoRuntimeApi_get_metagraph", NETUID))
    assert graph is not None
    assert (graph.block, graph.tempo, graph.num_uids) == (5, 4, 1)
    assert graph.hotkeys == [HIVE]
    assert graph.alpha_stake == [storage.TOTAL_HOTKEY_ALPHA.get(state, HIVE, 1)]
    assert call_api(state, "SubnetInfoRuntimeApi_get_metagraph", U16.encode(9)) == b"\0"


def test_rules_schedule_and_cost_are_told(state):
    rules = call_api(state, "SubnetInfoRuntimeApi_get_subnet_hyperparams", NETUID)
    decoded = Option(of(SubnetHyperparams)).decode(rules)
    assert decoded is not None
    assert (decoded.tempo, decoded.kappa, decoded.activity_cutoff) == (4, 32_767, 55)
    due = call_api(state, "SubnetInfoRuntimeApi_get_next_epoch_start_block", NETUID)
    assert Option(U64).decode(due) == 8
    assert U64.decode(call_api(state, "SubnetRegistrationRuntimeApi_get_network_registration_cost", b"")) == 10**12


def test_stakes_of_a_coldkey_are_listed(state):
    infos = Vec(of(StakeInfo)).decode(call_api(state, "StakeInfoRuntimeApi_get_stake_info_for_coldkey", ALICE))
    assert [(info.hotkey, info.netuid, info.is_registered) for info in infos] == [(HIVE, 1, True)]
    one = call_api(state, "StakeInfoRuntimeApi_get_stake_info_for_hotkey_coldkey_netuid", HIVE + ALICE + NETUID)
    assert Option(of(StakeInfo)).decode(one) == infos[0]


def test_all_stake_is_available_because_none_is_locked(state):
    method = "StakeInfoRuntimeApi_get_stake_availability_for_coldkeys"
    staked = decoded(state, "StakeInfoRuntimeApi_get_stake_info_for_coldkey", ALICE)[0].stake
    accounts = Vec(ACCOUNT_ID).encode([ALICE, HIVE])
    found = decoded(state, method, accounts + b"\0")
    assert {netuid: (info.total, info.locked, info.available) for netuid, info in found[ALICE].items()} == {
        1: (staked, 0, staked)
    }
    assert found[HIVE] == {}
    wanted = Option(Vec(U16))
    assert decoded(state, method, accounts + wanted.encode([1, 1, 9])) == found
    for none in ([], [0], [1, 2, 3]):
        assert decoded(state, method, accounts + wanted.encode(none))[ALICE] == {}
    assert decoded(state, "StakeInfoRuntimeApi_get_coldkey_lock", ALICE + NETUID) is None
    assert decoded(state, "StakeInfoRuntimeApi_get_hotkey_conviction", HIVE + NETUID) == 0
    assert decoded(state, "StakeInfoRuntimeApi_get_most_convicted_hotkey_on_subnet", NETUID) is None


def decoded(state, method, data=b""):
    """Answer of an interface as Python values, by the types that the metadata gives."""
    interface, name = method.split("_", 1)
    api = next(api for api in RUNTIME.apis if api.name == interface)
    output = next(found.output for found in api.methods if found.name == name)
    return output.decode(call_api(state, method, data))


def test_rules_are_told_in_three_forms(state):
    second = decoded(state, "SubnetInfoRuntimeApi_get_subnet_hyperparams_v2", NETUID)
    assert (second.yuma_version, second.subnet_is_active) == (3, True)
    assert second.alpha_sigmoid_steepness == 1_000 << 32
    third = decoded(state, "SubnetInfoRuntimeApi_get_subnet_hyperparams_v3", NETUID)
    named = {entry.name.decode(): entry.value.value for entry in third}
    assert (named["tempo"], named["kappa"], named["yuma_version"]) == (4, 32_767, 3)
    assert named["burn_half_life"] == storage.BURN_HALF_LIFE.get(state, 1)
    assert (named["activity_cutoff_factor"], named["min_childkey_take"]) == (13_889, 0)
    assert len(named) == 33
    for form in ("", "_v2", "_v3"):
        assert decoded(state, f"SubnetInfoRuntimeApi_get_subnet_hyperparams{form}", U16.encode(9)) is None


def test_lists_of_subnets_show_what_each_is(state):
    plain = decoded(state, "SubnetInfoRuntimeApi_get_subnets_info")
    newer = decoded(state, "SubnetInfoRuntimeApi_get_subnets_info_v2")
    assert [info.netuid for info in plain] == [info.netuid for info in newer] == [0, 1]
    assert (plain[-1].netuid, plain[-1].owner, plain[-1].subnetwork_n) == (1, ALICE, 1)
    money = decoded(state, "SubnetInfoRuntimeApi_get_all_dynamic_info")
    assert money[-1] == decoded(state, "SubnetInfoRuntimeApi_get_dynamic_info", NETUID)
    assert money[-1].tao_in == storage.SUBNET_TAO.get(state, 1)
    assert (bytes(money[0].subnet_name), money[0].netuid) == (b"root", 0)
    assert len(decoded(state, "SubnetInfoRuntimeApi_get_all_metagraphs")) == 2
    neurons = decoded(state, "SubnetInfoRuntimeApi_get_subnet_state", NETUID)
    assert (neurons.hotkeys, neurons.coldkeys, neurons.validator_permit) == ([HIVE], [ALICE], [True])
    assert len(neurons.emission_history) == len(plain)


def test_selected_fields_of_the_metagraph_equal_those_of_the_whole(state):
    whole = decoded(state, "SubnetInfoRuntimeApi_get_metagraph", NETUID)
    positions = Vec(U16).encode([3, 7, 52, 72, 73, 900])
    chosen = decoded(state, "SubnetInfoRuntimeApi_get_selective_metagraph", NETUID + positions)
    assert (chosen.netuid, chosen.block, chosen.hotkeys) == (1, (whole.block,), (whole.hotkeys,))
    assert chosen.identity == (None,)
    assert (chosen.validators, chosen.commitments) == (([0],), ([],))
    assert chosen.tempo is None
    everything = Vec(U16).encode(list(range(72)))
    full = decoded(state, "SubnetInfoRuntimeApi_get_selective_mechagraph", NETUID + b"\0" + everything)
    assert all(getattr(full, name) == (getattr(whole, name),) for name in NAMES[1:72])
    assert decoded(state, "SubnetInfoRuntimeApi_get_selective_metagraph", U16.encode(9) + everything) is None


def test_each_mechanism_is_seen_with_its_own_updates_and_incentives(state):
    first, second = decoded(state, "SubnetInfoRuntimeApi_get_all_mechagraphs")[1:]
    assert first == decoded(state, "SubnetInfoRuntimeApi_get_metagraph", NETUID)
    assert (second.netuid, second.hotkeys) == (4_097, first.hotkeys)
    assert (second.last_update, second.incentives) == ([77], [0])
    assert second == decoded(state, "SubnetInfoRuntimeApi_get_mechagraph", NETUID + b"\1")
    assert decoded(state, "SubnetInfoRuntimeApi_get_mechagraph", NETUID + b"\2") is None
    positions = Vec(U16).encode([52, 59])
    chosen = decoded(state, "SubnetInfoRuntimeApi_get_selective_mechagraph", NETUID + b"\1" + positions)
    assert (chosen.netuid, chosen.hotkeys, chosen.last_update) == (1, (first.hotkeys,), ([77],))


def test_weights_and_bonds_of_zero_are_not_told(state):
    overlay = State(state)
    storage.WEIGHTS.put(overlay, 1, 0, [(0, 0), (1, 65_535)])
    storage.BONDS.put(overlay, 1, 0, [(0, 7), (1, 0)])
    neuron = decoded(overlay, "NeuronInfoRuntimeApi_get_neuron", NETUID + U16.encode(0))
    assert (neuron.weights, neuron.bonds) == ([(1, 65_535)], [(0, 7)])


def test_validators_are_selected_by_their_stake_and_by_what_all_must_have(state):
    selected = "SubnetInfoRuntimeApi_get_selective_metagraph"
    data = NETUID + Vec(U16).encode([72])
    assert decoded(state, selected, data).validators == ([0],)
    overlay = State(state)
    storage.STAKE_THRESHOLD.put(overlay, 10**12)
    assert decoded(overlay, selected, data).validators == ([],)


def test_delegates_are_listed_with_their_nominators(state):
    (delegate,) = decoded(state, "DelegateInfoRuntimeApi_get_delegates")
    assert delegate == decoded(state, "DelegateInfoRuntimeApi_get_delegate", HIVE)
    assert (delegate.owner_ss58, delegate.registrations, delegate.validator_permits) == (ALICE, [1], [1])
    ((nominator, stakes),) = delegate.nominators
    assert (nominator, stakes[0][0]) == (ALICE, 1)
    emission = storage.EMISSION.get(state, 1)[0]
    assert (delegate.total_daily_return, delegate.return_per_1000) == (emission * 7_200 // 4, 0)
    ((same, position),) = decoded(state, "DelegateInfoRuntimeApi_get_delegated", ALICE)
    assert (same, position) == (replace(delegate, nominators=[]), stakes[0])
    assert decoded(state, "DelegateInfoRuntimeApi_get_delegate", bytes(32)) is None


def test_alpha_of_a_stable_subnet_is_worth_one_tao_without_fee(state):
    assert decoded(state, "SwapRuntimeApi_current_alpha_price", NETUID) == 10**9
    assert {price.price for price in decoded(state, "SwapRuntimeApi_current_alpha_price_all")} == {10**9}
    bought = decoded(state, "SwapRuntimeApi_sim_swap_tao_for_alpha", NETUID + U64.encode(500))
    assert (bought.tao_amount, bought.alpha_amount, bought.tao_fee, bought.alpha_slippage) == (500, 500, 0, 0)
    sold = decoded(state, "SwapRuntimeApi_sim_swap_alpha_for_tao", NETUID + U64.encode(500))
    assert (sold.tao_amount, sold.alpha_amount, sold.alpha_fee, sold.tao_slippage) == (500, 500, 0, 0)
    place = b"\1" + HIVE + NETUID
    assert decoded(state, "StakeInfoRuntimeApi_get_stake_fee", place + ALICE + b"\0" + ALICE + U64.encode(9)) == 0

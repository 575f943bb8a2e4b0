"""The subnet interfaces, read from the state of a network that ran."""

import pytest

from chain.keys import Keypair
from chain.runtime.executive import BlockEnv, build_block, call_api
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.interfaces.metagraph_shape import Metagraph
from chain.runtime.subtensor.interfaces.neurons import NeuronInfo, NeuronInfoLite
from chain.runtime.subtensor.interfaces.stakes import StakeInfo
from chain.runtime.subtensor.interfaces.subnets import SubnetHyperparams
from chain.runtime.subtensor.stake import increase_stake
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

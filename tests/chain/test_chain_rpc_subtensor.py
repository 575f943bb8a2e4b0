"""Runtime interfaces under the names that SDKs of before use."""

import pytest
from substrateinterface import SubstrateInterface
from substrateinterface.exceptions import SubstrateRequestException

from chain.keys import Keypair

HIVE = Keypair.from_uri("//Alice//hive")


@pytest.fixture
def rpc(node_thread):
    with SubstrateInterface(url=node_thread().url) as chain:
        yield lambda name, *params: chain.rpc_request(name, list(params))["result"]


def call(rpc, name, data=""):
    return list(bytes.fromhex(rpc("state_call", name, "0x" + data)[2:]))


def test_answers_are_those_of_the_runtime_as_lists_of_bytes(rpc):
    assert rpc("neuronInfo_getNeuronsLite", 1) == call(rpc, "NeuronInfoRuntimeApi_get_neurons_lite", "0100")
    assert rpc("subnetInfo_getMetagraph", 1) == call(rpc, "SubnetInfoRuntimeApi_get_metagraph", "0100")
    assert rpc("subnetInfo_getAllDynamicInfo") == call(rpc, "SubnetInfoRuntimeApi_get_all_dynamic_info")
    selected = call(rpc, "SubnetInfoRuntimeApi_get_selective_metagraph", "01000805000800")
    assert rpc("subnetInfo_getSelectiveMetagraph", 1, [5, 8]) == selected


def test_accounts_come_as_address_digits_or_bytes(rpc):
    expected = call(rpc, "DelegateInfoRuntimeApi_get_delegate", HIVE.public_key.hex())
    for account in (HIVE.ss58_address, "0x" + HIVE.public_key.hex(), list(HIVE.public_key)):
        assert rpc("delegateInfo_getDelegate", account) == expected


def test_costs_and_prices_are_plain_numbers(rpc):
    assert rpc("subnetInfo_getLockCost") == 10**12
    assert rpc("swap_currentAlphaPrice", 1) == 10**9
    assert {"netuid": 1, "price": 10**9} in rpc("swap_currentAlphaPriceAll")
    assert rpc("subnetInfo_getSubnetToPrune") in (None, 1)
    assert "subnetInfo_getMetagraph" in rpc("rpc_methods")["methods"]


@pytest.mark.parametrize("wrong", [[1, 2], "0x00", [0] * 31 + [300], 5])
def test_what_is_no_account_is_refused(rpc, wrong):
    with pytest.raises(SubstrateRequestException) as refused:
        rpc("delegateInfo_getDelegate", wrong)
    assert refused.value.args[0]["code"] == -32602

"""Metadata as two foreign decoders see it: scalecodec for version 14, bt-decode for version 15."""

import json

import bt_decode
import pytest
from scalecodec.base import RuntimeConfigurationObject, ScaleBytes
from scalecodec.type_registry import load_type_registry_preset

from chain.crypto import blake2_64
from chain.keys import Keypair
from chain.runtime import balances, system
from chain.runtime.dispatch import Context, Root
from chain.runtime.executive import BlockEnv, UnknownRuntimeApi, build_block, call_api
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.runtime import METADATA_V14, METADATA_V15, RUNTIME
from chain.runtime.version import API_VERSIONS, RUNTIME_VERSION
from chain.scale.errors import ScaleError
from chain.scale.registry import encode_text
from chain.scale.types import U32, U64
from chain.state.overlay import MemoryState, State

ALICE = Keypair.from_uri("//Alice")


@pytest.fixture(scope="module")
def config():
    made = RuntimeConfigurationObject(implements_scale_info=True)
    made.update_type_registry(load_type_registry_preset("core"))
    made.update_type_registry({"types": {"Balance": "u64"}})
    return made


@pytest.fixture(scope="module")
def metadata(config):
    decoded = config.create_scale_object("MetadataVersioned", ScaleBytes(METADATA_V14))
    decoded.decode()
    config.add_portable_registry(decoded)
    return decoded


@pytest.fixture(scope="module")
def metadata_v15():
    option = call_api(MemoryState(), "Metadata_metadata_at_version", (15).to_bytes(4, "little"))
    return bt_decode.MetadataV15.decode_from_metadata_option(option)


@pytest.fixture(scope="module")
def described(metadata_v15):
    return json.loads(metadata_v15.to_json())


def test_pallets_stand_at_the_indices_of_the_dialect(metadata):
    indices = {pallet.name: pallet.value["index"] for pallet in metadata.pallets}
    dialect = {
        "System": 0,
        "Timestamp": 2,
        "Balances": 5,
        "TransactionPayment": 6,
        "SubtensorModule": 7,
        "Utility": 11,
        "Sudo": 12,
        "Commitments": 18,
    }
    assert dialect.items() <= indices.items()


def test_signed_extensions_stand_in_the_order_clients_have_built_in(metadata):
    assert list(metadata.get_signed_extensions()) == [
        "CheckNonZeroSender",
        "CheckSpecVersion",
        "CheckTxVersion",
        "CheckGenesis",
        "CheckMortality",
        "CheckNonce",
        "CheckWeight",
        "ChargeTransactionPayment",
        "SubtensorTransactionExtension",
        "CheckMetadataHash",
    ]


def test_type_paths_are_those_that_clients_look_for(described):
    paths = {"::".join(entry["type"].get("path", [])) for entry in described["types"]["types"]}
    assert {
        "sp_core::crypto::AccountId32",
        "sp_runtime::multiaddress::MultiAddress",
        "sp_runtime::generic::era::Era",
        "primitive_types::H256",
        "sp_weights::weight_v2::Weight",
        "node_subtensor_runtime::RuntimeCall",
        "node_subtensor_runtime::RuntimeEvent",
        "node_subtensor_runtime::RuntimeError",
        "frame_system::EventRecord",
        "sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic",
    } <= paths


def test_every_argument_of_every_call_names_its_type(described):
    types = {entry["id"]: entry["type"] for entry in described["types"]["types"]}
    calls = types[described["outer_enums"]["call_enum_ty"]]["def"]["variant"]["variants"]
    assert len(calls) == sum(1 for pallet in RUNTIME.pallets if pallet.calls)
    for pallet in calls:
        for call in types[pallet["fields"][0]["type"]]["def"]["variant"]["variants"]:
            assert all(argument["typeName"] for argument in call.get("fields", [])), call["name"]


def test_storage_defaults_decode(metadata, config):
    checked = 0
    for pallet in metadata.pallets:
        for item in pallet.storage or []:
            if item.value["modifier"] == "Default" and not item.value["name"].startswith(":"):  # one that it makes up
                value = config.create_scale_object(
                    item.get_value_type_string(), ScaleBytes(item.value_object["default"].value_object)
                )
                value.decode()
                checked += 1
    assert checked > 20


def test_constants_decode(metadata, config):
    constants = {}
    for pallet in metadata.pallets:
        for constant in pallet.constants or []:
            kind = f"scale_info::{constant.value['type']}"
            value = config.create_scale_object(kind, ScaleBytes(constant.constant_value))
            constants[constant.value["name"]] = value.decode()
    assert constants["ExistentialDeposit"] == 500
    assert constants["BlockHashCount"] == 2400
    assert constants["Version"]["spec_version"] == RUNTIME_VERSION.spec_version


def test_accounts_and_events_decode(metadata, config):
    state = MemoryState()
    genesis = State(state)
    balances.deposit(Context(genesis, Root(), 0, 0), ALICE.public_key, 10**9)
    state.apply(genesis.changes)
    state.apply(build_block(state, BlockEnv(1, bytes(32), 1000, bytes(32)), []).changes)
    account = metadata.get_metadata_pallet("System").get_storage_function("Account")
    kind = account.get_value_type_string()
    info = config.create_scale_object(kind, ScaleBytes(state[system.ACCOUNT.raw_key(ALICE.public_key)])).decode()
    assert info["data"] == {"free": 10**9, "reserved": 0, "frozen": 0, "flags": 1 << 127}
    assert info["providers"] == 1
    events = metadata.get_metadata_pallet("System").get_storage_function("Events")
    records = config.create_scale_object(
        events.get_value_type_string(), ScaleBytes(state[system.EVENTS.prefix]), metadata=metadata
    ).decode()
    assert records[-1]["event_id"] == "ExtrinsicSuccess"
    assert records[-1]["attributes"]["dispatch_info"]["class"] == "Mandatory"


def test_version_15_tells_the_parts_of_an_extrinsic_and_all_errors(described):
    types = {entry["id"]: entry["type"] for entry in described["types"]["types"]}
    extrinsic = described["extrinsic"]
    assert extrinsic["version"] == 4
    assert types[extrinsic["address_ty"]]["path"][-1] == "MultiAddress"
    assert types[extrinsic["signature_ty"]]["path"][-1] == "MultiSignature"
    assert len(types[extrinsic["extra_ty"]]["def"]["tuple"]) == len(extrinsic["signed_extensions"])
    errors = types[described["outer_enums"]["error_enum_ty"]]["def"]["variant"]["variants"]
    assert {"System", "Balances", "SubtensorModule", "Sudo"} <= {variant["name"] for variant in errors}


def test_a_runtime_call_decodes_by_version_15_alone(metadata_v15, described):
    core = next(api for api in described["apis"] if api["name"] == "Core")
    output = next(method["output"] for method in core["methods"] if method["name"] == "version")
    registry = bt_decode.PortableRegistry.from_metadata_v15(metadata_v15)
    version = bt_decode.decode(f"scale_info::{output}", registry, call_api(MemoryState(), "Core_version", b""))
    assert version["spec_name"] == "node-subtensor"
    assert {bytes(digest) for digest, _ in version["apis"]} == {blake2_64(api.name.encode()) for api in RUNTIME.apis}


def test_the_version_lists_the_interfaces_that_there_are():
    assert sorted(name for name, _ in API_VERSIONS) == sorted(api.name for api in RUNTIME.apis)


def test_an_unknown_interface_is_named_in_the_error():
    with pytest.raises(UnknownRuntimeApi, match="Exported method Nothing_here is not found"):
        call_api(MemoryState(), "Nothing_here", b"")


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(33)])
def test_arguments_of_another_length_are_refused(data):
    with pytest.raises(ScaleError):
        call_api(MemoryState(), "AccountNonceApi_account_nonce", data)


def test_the_code_of_the_chain_follows_the_metadata():
    changes = build_block(MemoryState(), BlockEnv(1, bytes(32), 1000, bytes(32)), []).changes
    assert changes[system.CODE_KEY] is not None
    assert METADATA_V14[:5] == b"meta\x0e"
    assert METADATA_V15[:5] == b"meta\x0f"


def test_metadata_and_interface_tell_the_pace_that_genesis_was_made_for():
    quick = MemoryState(build_genesis(dev_spec(block_time_ms=250)))
    assert call_api(quick, "AuraApi_slot_duration", b"") == U64.encode(250)
    for version in (14, 15):
        asked = (
            call_api(state, "Metadata_metadata_at_version", U32.encode(version)) for state in (MemoryState(), quick)
        )
        usual, told = (data.partition(encode_text("SlotDuration")) for data in asked)
        assert (usual[0], usual[1]) == (told[0], told[1])
        assert usual[2].replace(U64.encode(1_000), U64.encode(250), 1) == told[2]

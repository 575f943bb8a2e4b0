"""Random calls, extrinsics, events and storage keys mean the same to other projects' codecs.

scalecodec and bt-decode take them apart here; @polkadot/types, which also puts them together again, with ``--clients``.
"""

import json

import bt_decode
import pytest
from scalecodec.base import RuntimeConfigurationObject, ScaleBytes
from scalecodec.type_registry import load_type_registry_preset
from substrateinterface.storage import StorageKey

from chain.keys import Keypair
from chain.runtime.dispatch import RUNTIME_CALL, RUNTIME_EVENT
from chain.runtime.era import build_era
from chain.runtime.extrinsic import Anchor, Terms, decode_extrinsic, encode_signed
from chain.runtime.runtime import METADATA_V14, METADATA_V15, RUNTIME
from chain.runtime.types import MULTI_ADDRESS, Sr25519
from chain.scale.collections import BTreeSet
from chain.scale.compact import encode_bytes
from chain.scale.composite import UnitEnum
from chain.scale.containers import BYTES, Compact, FixedBytes, Option, Vec
from chain.scale.products import Newtype, Tuple
from chain.scale.types import Primitive
from tests.chain.clients.cases import draw_cases
from tests.chain.clients.environments import needs_node, run_node

ALICE = Keypair.from_uri("//Alice")
PERIODS = (None, 4, 64, 128, 65_536)


@pytest.fixture(scope="module")
def cases():
    return draw_cases(1_500)


class ScaleCodec:
    """scalecodec on our metadata of version 14."""

    def __init__(self):
        self.config = RuntimeConfigurationObject(implements_scale_info=True)
        self.config.update_type_registry(load_type_registry_preset("core"))
        self.config.update_type_registry({"types": {"Balance": "u64"}})
        self.metadata = self.config.create_scale_object("MetadataVersioned", ScaleBytes(METADATA_V14))
        self.metadata.decode()
        self.config.add_portable_registry(self.metadata)

    def decode(self, kind, data):
        """Its value, which takes all the bytes."""
        made = self.config.create_scale_object(kind, ScaleBytes(data), metadata=self.metadata)
        value = made.decode()
        assert made.data.get_remaining_length() == 0
        return value


@pytest.fixture(scope="module")
def scalecodec():
    return ScaleCodec()


@pytest.fixture(scope="module")
def bt():
    metadata = bt_decode.MetadataV15.decode_from_metadata_option(b"\1" + encode_bytes(METADATA_V15))
    outer = json.loads(metadata.to_json())["outer_enums"]
    registry = bt_decode.PortableRegistry.from_metadata_v15(metadata)
    return lambda name, data: bt_decode.decode(f"scale_info::{outer[name]}", registry, data)


UNKNOWN = object()
"""Stands for values that scalecodec tells in a way of its own."""


def as_told(kind, value):
    """How scalecodec tells a value: accounts and hashes in hexadecimal, text where bytes are text."""
    if kind == MULTI_ADDRESS:
        return "0x" + value.account.hex()
    if kind == BYTES:
        return text_of(value)
    build = next((build for cls, build in TOLD.items() if isinstance(kind, cls)), None)
    return UNKNOWN if build is None else build(kind, value)


def text_of(data):
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "0x" + data.hex()


def wrap(kind, value):
    told = as_told(kind.inner, value)
    return {kind.field: told} if kind.field else told


TOLD = {
    BTreeSet: lambda kind, value: join(as_told(kind.item, item) for item in sorted(set(value))),
    Newtype: wrap,
    Compact: lambda kind, value: as_told(kind.inner, value),
    FixedBytes: lambda _, value: "0x" + value.hex(),
    Primitive: lambda _, value: value,
    UnitEnum: lambda _, value: value.name,
    Option: lambda kind, value: None if value is None else as_told(kind.inner, value),
    Vec: lambda kind, value: join(as_told(kind.inner, item) for item in value),
    Tuple: lambda kind, value: join(map(as_told, kind.types, value), tuple),
}


def join(items, build=list):
    found = build(items)
    return UNKNOWN if any(item is UNKNOWN for item in found) else found


def frame(call, number):
    """A signed extrinsic with one of many nonces, tips and eras."""
    period = PERIODS[number % len(PERIODS)]
    era = build_era(period, number * 7919 % 2**32) if period else None
    terms = Terms(number * 104_729 % 2**32, number * 15_485_863**2 % 2**64, era)
    anchor = Anchor(bytes(32), bytes(32))
    return encode_signed(call, ALICE.public_key, lambda data: Sr25519(bytes(range(64))), anchor, terms), terms


def test_calls_are_taken_apart_alike(cases, scalecodec, bt):
    for call in cases.calls:
        data = RUNTIME_CALL.encode(call)
        told = scalecodec.decode("Call", data)
        pallet, name = RUNTIME.call_type.names[call.declaration].split(".")
        assert (told["call_module"], told["call_function"]) == (pallet, name)
        for argument, field, value in zip(told["call_args"], call.declaration.fields, call.args, strict=True):
            assert argument["name"] == field.name
            assert as_told(field.type, value) in (argument["value"], UNKNOWN)
        assert list(bt("call_enum_ty", data)) == [pallet]
        assert list(bt("call_enum_ty", data)[pallet][0]) == [name]


def test_signed_extrinsics_are_framed_alike(cases, scalecodec):
    for number, call in enumerate(cases.calls):
        raw, terms = frame(call, number)
        told = scalecodec.decode("Extrinsic", raw)
        assert (told["nonce"], told["tip"]) == (terms.nonce, terms.tip)
        assert (told["era"] == "00") == (terms.era is None)
        assert told["call"]["call_function"] == call.declaration.name
        assert decode_extrinsic(raw).size_bytes == len(raw)


def test_events_are_told_alike(cases, scalecodec, bt):
    kind = scalecodec.metadata.get_metadata_pallet("System").get_storage_function("Events").get_value_type_string()
    for event in cases.events:
        data = RUNTIME_EVENT.encode(event.value)
        (record,) = scalecodec.decode(kind, b"\4\1" + data + b"\0")
        assert (record["module_id"], record["event_id"]) == (event.pallet.name, event.variant.name)
        shape, told = event.variant.shape, record["attributes"]
        if not shape.named:
            told = told if len(shape.fields) > 1 else (told,)
            told = dict(zip([field.name.rstrip("_") for field in shape.fields], told, strict=False))
        for field in shape.fields:
            value = as_told(field.type, getattr(event.value, field.name))
            assert value in (told[field.name.rstrip("_")], UNKNOWN)
        assert list(bt("event_enum_ty", data)) == [event.pallet.name]


def test_storage_keys_are_hashed_alike(cases, scalecodec):
    for wanted in cases.keys:
        item = wanted.item
        function = scalecodec.metadata.get_metadata_pallet(item.pallet).get_storage_function(item.name)
        params = [
            scalecodec.decode(name, kind.encode(key))
            for name, (_, kind), key in zip(function.get_params_type_string(), item.keys, wanted.keys, strict=True)
        ]
        key = StorageKey.create_from_storage_function(
            item.pallet, item.name, params, runtime_config=scalecodec.config, metadata=scalecodec.metadata
        )
        assert bytes(key.data) == item.raw_key(*wanted.keys)


@needs_node
@pytest.mark.clients
def test_polkadot_js_puts_together_what_it_took_apart(cases, tmp_path):
    written = {
        "metadata": "0x" + METADATA_V14.hex(),
        "calls": ["0x" + RUNTIME_CALL.encode(call).hex() for call in cases.calls],
        "extrinsics": ["0x" + frame(call, number)[0].hex() for number, call in enumerate(cases.calls)],
        "events": ["0x01" + RUNTIME_EVENT.encode(event.value).hex() + "00" for event in cases.events],
        "keys": [
            {
                "pallet": wanted.item.pallet,
                "item": wanted.item.name,
                "parts": [
                    "0x" + kind.encode(key).hex() for (_, kind), key in zip(wanted.item.keys, wanted.keys, strict=True)
                ],
                "key": "0x" + wanted.item.raw_key(*wanted.keys).hex(),
            }
            for wanted in cases.keys
        ],
    }
    path = tmp_path / "cases.json"
    path.write_text(json.dumps(written))
    found = run_node("codecs.mjs", str(path))
    assert found["count"] > 4_000
    assert found["failures"] == 0, found["different"]

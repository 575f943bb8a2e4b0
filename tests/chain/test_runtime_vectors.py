"""Calls, extrinsics, eras and storage keys that real runtimes of the dialect and their clients made."""

import json
from pathlib import Path

import pytest

from chain.crypto import blake2_256
from chain.keys import Keypair, ss58_decode
from chain.runtime.era import ERA, build_era
from chain.runtime.errors import BadProof, UnexpectedCall
from chain.runtime.extrinsic import Anchor, Authorization, build_payload, decode_extrinsic, verify_signature
from chain.runtime.runtime import RUNTIME
from chain.runtime.types import Id, Sr25519
from chain.scale.errors import ScaleError
from chain.scale.types import U32

_DIRECTORY = Path(__file__).parents[1] / "vectors" / "codec"
_CLIENT = json.loads((_DIRECTORY / "metadata381.json").read_text())
_NODE = json.loads((_DIRECTORY / "runtime218.json").read_text())
_DIALECT = json.loads((_DIRECTORY.parent / "dialect" / "runtime381.json").read_text())
_STORAGE = {(item.pallet, item.name): item for pallet in RUNTIME.pallets for item in pallet.storage}
_CALLS = {(pallet.name, call.name) for pallet in RUNTIME.pallets for call in pallet.calls}
_RETYPED = {"Alpha", "Events"}
"""Items whose values are of another type since the vectors were made."""


def _name(vector):
    return f"{vector['pallet']}.{vector.get('call') or vector.get('item')}"


def _bytes(text):
    return bytes.fromhex(text.removeprefix("0x"))


def _known_calls(vectors):
    """Those whose calls, inner ones included, this chain has."""
    return [vector for vector in vectors if all(call in _CALLS for call in _calls_in(vector))]


def _calls_in(vector):
    inner = vector["args"].get("call"), *(vector["args"].get("calls") or ())
    named = [(call["call_module"], call["call_function"]) for call in inner if isinstance(call, dict)]
    return [(vector["pallet"], vector["call"]), *named]


def _known_items(vectors):
    return [vector for vector in vectors if (vector["pallet"], vector["item"]) in _STORAGE]


def _plain(value):
    """Key parameters as our codecs take them."""
    return ss58_decode(value) if isinstance(value, str) and not value.startswith("0x") else value


@pytest.mark.parametrize("vector", _known_calls(_CLIENT["calls"] + _NODE["extrinsics"]), ids=_name)
def test_call_data_is_read_as_the_client_meant_it(vector):
    data = _bytes(vector["call_data"])
    call = RUNTIME.call_type.decode(data)
    assert call.declaration.name == vector["call"]
    assert RUNTIME.call_type.encode(call) == data
    assert [field.name.rstrip("_") for field in call.declaration.fields] == list(vector["args"])
    for value, expected in zip(call.args, vector["args"].values(), strict=True):
        if isinstance(value, int):
            assert value == expected
        if isinstance(value, Id):
            assert value.account == ss58_decode(expected)


@pytest.mark.parametrize("vector", _known_items(_CLIENT["storage_keys"] + _NODE["storage_keys"]), ids=_name)
def test_storage_keys_and_values_agree(vector):
    item = _STORAGE[vector["pallet"], vector["item"]]
    assert item.raw_key(*map(_plain, vector["params"])) == _bytes(vector["key"])
    if "hashers" in vector:
        assert [hasher.name for hasher, _ in item.keys] == vector["hashers"]
        assert ("Optional" if item.default is None else "Default") == vector["modifier"]
    if vector.get("raw") and vector["item"] not in _RETYPED:
        data = _bytes(vector["raw"])
        assert item.value.encode(item.value.decode(data)) == data


@pytest.mark.parametrize("vector", _CLIENT["eras"], ids=lambda vector: f"{vector['period']}-{vector['current']}")
def test_eras_agree(vector):
    era = build_era(vector["period"], vector["current"])
    assert ERA.encode(era).hex() == vector["bytes"]
    assert ERA.decode(_bytes(vector["bytes"])) == era
    assert era.birth(vector["current"]) <= vector["current"] < era.death(vector["current"])


def test_framing_agrees_with_the_client():
    checked = 0
    for vector in _CLIENT["extrinsics"]:
        try:
            extrinsic = decode_extrinsic(_bytes(vector["extrinsic"]))
        except UnexpectedCall:
            continue  # a pallet that this chain does not have
        authorization = extrinsic.authorization
        assert authorization is not None
        assert authorization.signed_bytes == _bytes(vector["call_data"]) + _bytes(vector["extra"])
        assert (authorization.nonce, authorization.tip) == (vector["nonce"], vector["tip"])
        checked += 1
    assert checked >= 20


def test_payloads_agree_but_for_the_spec_version():
    birth = _bytes(_CLIENT["era_block_hash"])
    genesis = _bytes(_CLIENT["genesis_hash"])
    spec_version = U32.encode(_CLIENT["spec_version"])
    checked = 0
    for vector in _CLIENT["extrinsics"]:
        signed = _bytes(vector["call_data"]) + _bytes(vector["extra"])
        if len(signed) > 150:
            continue
        ours = build_payload(signed, Anchor(genesis, genesis if vector["extra"].startswith("00") else birth))
        start = len(signed)
        assert ours[:start] + spec_version + ours[start + 4 :] == _bytes(vector["bytes_to_sign"])
        checked += 1
    assert checked >= 20


@pytest.mark.parametrize("vector", _known_calls(_NODE["extrinsics"]), ids=_name)
def test_extrinsics_of_a_real_node_are_read_and_hashed_alike(vector):
    raw = _bytes(vector["extrinsic"])
    extrinsic = decode_extrinsic(raw)
    assert blake2_256(raw) == _bytes(vector["extrinsic_hash"])
    authorization = extrinsic.authorization
    assert authorization is not None
    assert isinstance(authorization.signature, Sr25519)
    assert authorization.account == _bytes(_NODE["keys"][vector["signer"]])
    assert (authorization.nonce, authorization.tip) == (vector["nonce"], vector["tip"])


def test_long_payloads_are_signed_as_their_hash():
    alice = Keypair.from_uri("//Alice")
    short, long = b"c" * 100, b"c" * 300
    anchor = Anchor(bytes(32), bytes(32))
    assert len(build_payload(short, anchor)) == 173
    assert len(build_payload(long, anchor)) == 32
    authorization = Authorization(
        alice.public_key, Sr25519(alice.sign(build_payload(long, anchor))), era=None, nonce=0, tip=0, signed_bytes=long
    )
    verify_signature(authorization, anchor)
    with pytest.raises(BadProof):
        verify_signature(authorization, Anchor(b"1" * 32, bytes(32)))


@pytest.mark.parametrize("data", ["", "0f", "01", "01ff", "0000"])
def test_malformed_eras_are_refused(data):
    with pytest.raises(ScaleError):
        ERA.decode(bytes.fromhex(data))


_ITEMS = [item for item in _STORAGE.values() if item.name in _DIALECT.get(item.pallet, {"storage": {}})["storage"]]


@pytest.mark.parametrize("item", _ITEMS, ids=repr)
def test_storage_items_are_those_of_the_dialect(item):
    theirs = _DIALECT[item.pallet]["storage"][item.name]
    assert [hasher.name for hasher, _ in item.keys] == theirs["hashers"]
    assert ("Optional" if item.default is None else "Default") == theirs["modifier"]
    if item.default is not None:
        shown = theirs["default"]  # the recording cuts long ones
        assert item.value.encode(item.default).hex()[: len(shown)].startswith(shown[:40])


@pytest.mark.parametrize(
    "pallet", [pallet for pallet in RUNTIME.pallets if pallet.name in _DIALECT], ids=lambda p: p.name
)
def test_calls_are_those_of_the_dialect(pallet):
    theirs = _DIALECT[pallet.name]
    assert pallet.index == theirs["index"]
    for call in pallet.calls:
        recorded = theirs["calls"][call.name]
        assert call.index == recorded["index"]
        assert [field.name.rstrip("_") for field in call.fields] == recorded["args"]

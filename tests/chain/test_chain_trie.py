"""The trie against a real network's genesis, recorded roots and a plain dictionary."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.crypto import blake2_256
from chain.scale.compact import encode_compact
from chain.state.node import EMPTY_ROOT, Value, ValueHash
from chain.state.proof import InvalidProof, decode_node, verify_proof
from chain.state.trie import Trie, compute_ordered_root

VECTORS = Path(__file__).parents[1] / "vectors" / "trie"

keys = st.lists(st.sampled_from([0x00, 0x01, 0x10, 0x11, 0xF0]), max_size=5).map(bytes)
values = st.binary(max_size=80)
changes = st.dictionaries(keys, st.none() | values, max_size=20)


def load(name: str):
    return json.loads((VECTORS / name).read_text())


def load_genesis() -> dict[bytes, Value]:
    items: dict[bytes, Value] = {}
    for item in load("testnet-genesis.json")["items"]:
        digest = item.get("value_hash")
        items[bytes.fromhex(item["key"])] = ValueHash(bytes.fromhex(digest)) if digest else bytes.fromhex(item["value"])
    return items


def test_genesis_of_a_public_testnet_has_its_real_root_and_hash():
    vector = load("testnet-genesis.json")
    root = Trie().update(load_genesis()).root
    header = bytes(32) + encode_compact(0) + root + EMPTY_ROOT + encode_compact(0)
    assert root.hex() == vector["root"].removeprefix("0x")
    assert blake2_256(header).hex() == vector["genesis_hash"].removeprefix("0x")


def test_root_after_each_recorded_operation_matches():
    vector = load("operations.json")
    trie = Trie()
    assert trie.root.hex() == vector["empty_root"]
    for step in vector["operations"]:
        kind, key, *value = step["op"]
        trie = trie.update({bytes.fromhex(key): bytes.fromhex(value[0]) if kind == "put" else None})
        assert trie.root.hex() == step["root"]


@given(st.lists(changes, max_size=5))
def test_updates_in_batches_equal_a_dictionary_and_a_trie_built_at_once(batches):
    trie = Trie()
    expected: dict[bytes, bytes] = {}
    for batch in batches:
        before, root_before = trie, trie.root
        trie = trie.update(batch)
        for key, value in batch.items():
            if value is None:
                expected.pop(key, None)
            else:
                expected[key] = value
        assert before.root == root_before
    assert dict(trie.iter_prefix()) == expected
    assert [key for key, _ in trie.iter_prefix()] == sorted(expected)
    assert trie.root == Trie().update(expected).root
    assert all(trie.get(key) == value for key, value in expected.items())


@given(changes, keys, st.none() | keys)
def test_iteration_by_prefix_and_start_equals_a_sorted_filter(batch, prefix, after):
    trie = Trie().update(batch)
    expected = sorted(key for key, value in batch.items() if value is not None and key.startswith(prefix))
    assert [key for key, _ in trie.iter_prefix(prefix, after)] == [k for k in expected if after is None or k > after]


@given(changes, st.lists(keys, max_size=6))
def test_proof_shows_presence_and_absence_and_only_under_its_root(batch, asked):
    trie = Trie().update(batch)
    proof = trie.prove(asked)
    for key in asked:
        assert verify_proof(trie.root, proof, key) == batch.get(key)
    other = Trie().update({b"other": b"x"}).root
    with pytest.raises(InvalidProof):
        verify_proof(other, proof, b"key")


def test_proof_that_lacks_a_node_or_a_large_value_is_refused():
    trie = Trie().update({bytes([i, j]): bytes([i]) * 40 for i in range(8) for j in range(8)})
    proof = trie.prove([b"\x03\x04"])
    for missing in range(len(proof)):
        with pytest.raises(InvalidProof):
            verify_proof(trie.root, proof[:missing] + proof[missing + 1 :], b"\x03\x04")


@given(st.binary(max_size=60))
def test_malformed_nodes_are_refused_with_one_error(data):
    try:
        decode_node(data)
    except InvalidProof:
        return


def test_ordered_root_of_nothing_is_the_empty_root():
    assert compute_ordered_root([]) == EMPTY_ROOT
    assert compute_ordered_root([b"a"]) != compute_ordered_root([b"b"])

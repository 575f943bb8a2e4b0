"""Raw chain specifications and snapshots: from a running node to a file and back."""

import json
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from chain.crypto import blake2_256
from chain.keys import Keypair
from chain.node.dev import build_dev_genesis
from chain.node.genesis import ChainIdentity, build_genesis_block
from chain.node.rpc.server import ServerConfig
from chain.node.service import NodeConfig, run_node
from chain.node.snapshot import InvalidSnapshot, NotEmpty, import_snapshot, read_snapshot
from chain.node.spec import InvalidSpec, encode_spec, parse_spec, read_spec
from chain.runtime.balances import transfer_keep_alive
from chain.state.node import Value, ValueHash

TESTNET = Path(__file__).parents[1] / "vectors" / "trie" / "testnet-genesis.json"
ALICE, BOB = Keypair.from_uri("//Alice"), Keypair.from_uri("//Bob")


def test_public_testnet_begins_with_its_real_block():
    vector = json.loads(TESTNET.read_text())
    items: dict[bytes, Value] = {
        bytes.fromhex(item["key"]): ValueHash(bytes.fromhex(item["value_hash"]))
        if "value_hash" in item
        else bytes.fromhex(item["value"])
        for item in vector["items"]
    }
    assert build_genesis_block(items).hash.hex() == vector["genesis_hash"]


def test_large_values_of_a_spec_count_as_their_hashes_do():
    items = {b"code": b"x" * 1000, b"key": b"value"}
    genesis = parse_spec(encode_spec(items, ChainIdentity()))
    assert genesis.build() == items
    hashed: dict[bytes, Value] = {**items, b"code": ValueHash(blake2_256(items[b"code"]))}
    assert build_genesis_block(genesis.build()).hash == build_genesis_block(hashed).hash


def test_spec_keeps_items_name_and_units_and_tells_chains_apart():
    chain = ChainIdentity("My Chain", "Local", 13, 12, "UNIT")
    genesis = parse_spec(encode_spec({b"\0": b"", b"a": b"1"}, chain))
    assert (genesis.build(), genesis.chain) == ({b"\0": b"", b"a": b"1"}, chain)
    assert genesis.identity != parse_spec(encode_spec({b"\0": b"", b"a": b"2"}, chain)).identity


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"genesis":{"runtime":{}}}',
        b'{"genesis":{"raw":{"top":{}}}}',
        b'{"name":"x","genesis":{"raw":{"top":{"0xz":"0x"}}}}',
        b'{"name":"x","properties":[],"genesis":{"raw":{"top":[]}}}',
    ],
)
def test_what_is_no_spec_is_refused_with_the_fix(tmp_path, text):
    (tmp_path / "spec.json").write_bytes(text)
    with pytest.raises(InvalidSpec, match="--raw"):
        read_spec(tmp_path / "spec.json")


def make_config(directory: Path, genesis=None) -> NodeConfig:
    return NodeConfig(directory, genesis or build_dev_genesis(), ServerConfig(port=0), manual=True)


def export(url: str, *flags: str) -> bytes:
    command = (sys.executable, "-m", "hivegate", "chain", "export", "--chain", url, *flags)
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_exported_spec_begins_the_same_chain(tmp_path, node_thread, sign):
    thread = node_thread()
    (tmp_path / "spec.json").write_bytes(export(thread.url, "--raw"))
    genesis = read_spec(tmp_path / "spec.json")
    assert build_genesis_block(genesis.build()).hash == thread.running.node.ledger.genesis_hash
    assert genesis.chain == ChainIdentity()


async def test_snapshot_goes_on_from_its_block_in_another_directory(tmp_path, node_thread, sign):
    thread = node_thread()
    thread.running.node.submit(bytes.fromhex(sign(ALICE, transfer_keep_alive, dest=BOB, value=5)[2:]))
    for _ in range(3):
        thread.seal()
    (tmp_path / "snapshot.json").write_bytes(export(thread.url, "--snapshot"))
    snapshot = read_snapshot(tmp_path / "snapshot.json")
    assert snapshot.head.number >= 2
    import_snapshot(snapshot, tmp_path / "copy")
    with pytest.raises(NotEmpty, match="--data-dir"):
        import_snapshot(snapshot, tmp_path / "copy")
    async with run_node(make_config(tmp_path / "copy")) as running:
        ledger = running.node.ledger
        assert ledger.head == thread.running.node.ledger.block(snapshot.head.number)
        assert ledger.genesis_hash == thread.running.node.ledger.genesis_hash
        running.node.submit(bytes.fromhex(sign(ALICE, transfer_keep_alive, nonce=1, dest=BOB, value=5)[2:]))
        block = await running.sequencer.create_block()  # type: ignore[attr-defined]
        assert (block.number, len(block.extrinsics)) == (snapshot.head.number + 1, 2)


def test_damaged_snapshot_is_refused_with_the_fix(tmp_path, node_thread):
    document = orjson.loads(export(node_thread().url, "--snapshot"))
    key = next(iter(document["state"]))
    document["state"][key] += "00"
    (tmp_path / "snapshot.json").write_bytes(orjson.dumps(document))
    with pytest.raises(InvalidSnapshot, match="export it again"):
        read_snapshot(tmp_path / "snapshot.json")
    (tmp_path / "snapshot.json").write_bytes(b"{}")
    with pytest.raises(InvalidSnapshot, match="--snapshot"):
        read_snapshot(tmp_path / "snapshot.json")

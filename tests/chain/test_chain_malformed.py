"""Malformed input of every kind, one by one: each gets its error code, over HTTP as over WebSocket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import urllib3
import websocket

from chain.block import Header
from chain.crypto import blake2_256
from chain.keys import Keypair
from chain.node.dev import build_dev_genesis
from chain.runtime.balances import transfer_keep_alive
from chain.runtime.dispatch import RUNTIME_CALL, Call
from chain.runtime.extrinsic import Anchor, Terms, encode_signed
from chain.runtime.system import remark
from chain.runtime.types import Ed25519, Id, Sr25519
from chain.runtime.utility import batch_all
from chain.scale.compact import decode_bytes, encode_bytes, encode_compact
from chain.state.node import EMPTY_ROOT
from chain.state.trie import Trie
from chain.testing import DevChain, run_dev_chain

ALICE, BOB = Keypair.from_uri("//Alice"), Keypair.from_uri("//Bob")
GENESIS_HASH = Header(bytes(32), 0, Trie().update(build_dev_genesis().build()).root, EMPTY_ROOT).hash
ANCHOR = Anchor(GENESIS_HASH, GENESIS_HASH)
TRANSFER = transfer_keep_alive.with_args(Id(BOB.public_key), 1)

# Where the parts of a signed extrinsic's body lie: version, address, signature, era, nonce, tip, mode, call.
_ADDRESS, _SIGNATURE, _NONCE = 1, 34, 100
_CALL = 103


def sign(call: Call = TRANSFER, anchor: Anchor = ANCHOR) -> bytes:
    return encode_signed(call, ALICE.public_key, lambda data: Sr25519(ALICE.sign(data)), anchor, Terms(0))


def body(call: Call = TRANSFER) -> bytearray:
    """A good extrinsic without its length."""
    return bytearray(decode_bytes(sign(call), 0)[0])


def changed(position: int, *values: int) -> bytes:
    """A good extrinsic with bytes put in the place of its own."""
    made = body()
    made[position : position + len(values)] = bytes(values)
    return encode_bytes(bytes(made))


def widened(position: int, form: bytes) -> bytes:
    """A good extrinsic with another form of the compact number, of one byte, at a position."""
    made = body()
    made[position : position + 1] = form
    return encode_bytes(bytes(made))


def nested(depth: int) -> bytes:
    """A signed batch that holds a batch that holds a batch."""
    inner = RUNTIME_CALL.encode(TRANSFER)
    head = RUNTIME_CALL.encode(batch_all.with_args([TRANSFER]))[:2]
    for _ in range(depth):
        inner = head + encode_compact(1) + inner
    made = body()
    return encode_bytes(bytes(made[:_CALL]) + inner)


def signed_by(signature: object) -> bytes:
    return encode_signed(TRANSFER, ALICE.public_key, lambda _: signature, ANCHOR, Terms(0))  # type: ignore[arg-type, return-value]


EXTRINSICS = {
    "nothing": b"",
    "a length alone": encode_compact(100),
    "cut short": sign()[:-1],
    "cut in the signature": encode_bytes(bytes(body()[:60])),
    "one byte too many": sign() + b"\0",
    "one byte too many inside": encode_bytes(bytes(body()) + b"\0"),
    "a length of 2**63": b"\x13" + (2**63).to_bytes(8, "little") + bytes(body()),
    "a length of 2**536": b"\xff" + b"\xff" * 67 + bytes(body()),
    "a length in a longer form": b"\x02" + (len(body()) << 2 | 2).to_bytes(4, "little")[1:] + bytes(body()),
    "a huge list of calls": encode_bytes(
        bytes(body(batch_all.with_args([TRANSFER]))[: _CALL + 2]) + b"\x03\xff\xff\xff\xff"
    ),
    "huge bytes": encode_bytes(bytes(body(remark.with_args(b""))[: _CALL + 2]) + b"\xfe\xff\xff\xff"),
    "a nonce in a longer form": widened(_NONCE, b"\1\0"),
    "a tip in a longer form": widened(_NONCE + 1, b"\2\0\0\0"),
    "version 5": changed(0, 0x85),
    "an unsigned transfer": encode_bytes(b"\4" + RUNTIME_CALL.encode(TRANSFER)),
    "an unknown kind of address": changed(_ADDRESS, 9),
    "an unknown kind of signature": changed(_SIGNATURE, 9),
    "an unknown mode": changed(_NONCE + 2, 7),
    "an unknown pallet": changed(_CALL, 250),
    "an unknown call": changed(_CALL + 1, 250),
    "calls 17 deep": nested(17),
    "calls 5,000 deep": nested(5_000),
    "a signature of zeros": signed_by(Sr25519(bytes(64))),
    "a signature of ones": signed_by(Sr25519(b"\xff" * 64)),
    "another kind's signature": signed_by(Ed25519(ALICE.sign(b"payload"))),
    "another chain's signature": sign(anchor=Anchor(bytes(32), bytes(32))),
    "bytes of nothing": encode_bytes(b"\xff" * 500),
}


@dataclass(frozen=True)
class Node:
    """Asks one node both ways."""

    chain: DevChain
    socket: websocket.WebSocket
    http: urllib3.PoolManager

    def ask(self, frame: bytes) -> list[Any]:
        """The answers over WebSocket and over HTTP."""
        self.socket.send_binary(frame)
        url = self.chain.url.replace("ws:", "http:")
        return [orjson.loads(self.socket.recv()), orjson.loads(self.http.request("POST", url, body=frame).data)]

    def refuse(self, code: int, frame: bytes) -> None:
        for answer in self.ask(frame):
            assert answer.get("error", {}).get("code") == code, answer

    def ask_method(self, method: str, *params: object) -> bytes:
        return orjson.dumps({"id": 1, "method": method, "params": params})


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with run_dev_chain() as chain:
        socket = websocket.create_connection(chain.url, timeout=60)
        with urllib3.PoolManager() as http:
            yield Node(chain, socket, http)
        socket.close()


def test_the_parts_of_an_extrinsic_lie_where_these_tests_say():
    made = body()
    assert made[0] == 0x84
    assert bytes(made[_ADDRESS : _ADDRESS + 33]) == b"\0" + ALICE.public_key
    assert made[_SIGNATURE] == 1
    assert bytes(made[_CALL:]) == RUNTIME_CALL.encode(TRANSFER)


@pytest.mark.parametrize("raw", EXTRINSICS.values(), ids=EXTRINSICS)
def test_malformed_extrinsics_are_invalid_transactions(node, raw):
    node.refuse(1010, node.ask_method("author_submitExtrinsic", "0x" + raw.hex()))
    node.socket.send(node.ask_method("author_submitAndWatchExtrinsic", "0x" + raw.hex()))
    assert orjson.loads(node.socket.recv())["error"]["code"] == 1010


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"{", -32700),
        (b'{"id": 1, "method": "\xc3\x28"}', -32700),
        (b'{"id": 1, "method": "\\ud800"}', -32700),
        (b"[" * 100_000, -32700),
        (b"[" * 500 + b"]" * 500, -32600),
        (b'{"a":' * 100_000, -32700),
        (b"9" * 100_000, -32600),
        (b"\0" * 1_000, -32700),
        (b'{"id": 1, "method": "system_health", "params": ' + b"[" * 1_000 + b"]" * 1_000 + b"}", -32602),
        (b"[" + b",".join([b'{"id":1,"method":"system_health"}'] * 1_000) + b"]", -32010),
    ],
)
def test_broken_and_bomb_like_json_gets_its_code(node, frame, code):
    for answer in node.ask(frame):
        found = answer[0] if isinstance(answer, list) else answer
        assert found["error"]["code"] in (code, -32700), found


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("state_getStorage", ["0x0"], -32602),
        ("state_getStorage", ["0xzz"], -32602),
        ("state_getStorage", ["0x", "0x00"], -32602),
        ("state_getStorage", ["0x", "0x" + "00" * 32], 4003),
        ("state_getKeysPaged", ["0x", 10**9], -32602),
        ("state_getKeysPaged", ["0x", -1], -32602),
        ("state_getKeysPaged", ["0x", 1.5], -32602),
        ("state_queryStorageAt", [["0x"] * 100_000], -32602),
        ("state_call", ["NeuronInfoRuntimeApi_get_neurons_lite", "0x01"], 4003),
        ("state_call", ["NeuronInfoRuntimeApi_get_neurons_lite", "0x010000"], 4003),
        ("state_call", ["TransactionPaymentApi_query_info", "0xffffffff"], 4003),
        ("state_call", ["No_such_method", "0x"], 4003),
        ("chain_getBlockHash", [2**40], -32602),
        ("chain_getBlockHash", ["٣"], -32602),
        ("system_accountNextIndex", ["5Nobody"], -32602),
        ("chain_getBlockHash", ["1_0"], -32602),
        ("payment_queryInfo", ["0x04"], -32602),
        ("payment_queryFeeDetails", ["0x" + sign()[:-1].hex()], -32602),
    ],
)
def test_arguments_out_of_range_get_their_code(node, method, params, code):
    node.refuse(code, node.ask_method(method, *params))


def test_after_all_that_the_node_takes_a_good_extrinsic(node):
    raw = sign()
    for answer, wanted in zip(
        node.ask(node.ask_method("author_submitExtrinsic", "0x" + raw.hex())), (0, 1013), strict=True
    ):
        if wanted:
            assert answer["error"]["code"] == wanted
        else:
            assert answer["result"] == "0x" + blake2_256(raw).hex()
    block = node.chain.seal()
    assert raw in block.extrinsics

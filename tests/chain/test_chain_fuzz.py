"""Whatever a client sends, the node answers with an error that says whose fault it is, and goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import websocket
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from chain.keys import Keypair
from chain.runtime.balances import transfer_keep_alive
from chain.runtime.runtime import RUNTIME

ALICE, BOB = Keypair.from_uri("//Alice"), Keypair.from_uri("//Bob")
APIS = [f"{api.name}_{method.name}" for api in RUNTIME.apis for method in api.methods]
INTERNAL_ERROR = -32603
EXAMPLES = 150

hexadecimal = st.binary(max_size=80).map(lambda data: "0x" + data.hex())
odd_texts = st.sampled_from(
    ["", "0x", "0xz", "0x0", "٠", "\ud7ff", "null", "-1", "1e9", ALICE.ss58_address, "0x" + "00" * 32]
)
numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.booleans() | st.none()
values = st.recursive(
    numbers | odd_texts | hexadecimal | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
bombs = st.sampled_from([b"[" * 200_000, b'{"a":' * 50_000, b"[" * 900 + b"]" * 900, b"9" * 100_000, b'"\\ud800"'])


def encode(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str) if fits(value) else b"null"


def fits(value: object) -> bool:
    """Whether the encoder of these tests takes ``value``: no integers above 64 bits."""
    if isinstance(value, list | tuple):
        return all(map(fits, value))
    if isinstance(value, dict):
        return all(map(fits, value.values()))
    return not isinstance(value, int) or -(2**63) <= value < 2**64


@st.composite
def mutated(draw: Any, valid: bytes) -> bytes:
    """``valid`` cut, repeated, or with bytes changed."""
    data = bytearray(valid)
    for _ in range(draw(st.integers(1, 4))):
        position = draw(st.integers(0, max(0, len(data) - 1)))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            del data[position:]
        elif kind == 1:
            data[position:position] = draw(st.binary(max_size=6))
        elif data:
            data[position] = draw(st.sampled_from([0, 1, 3, 4, 0x7F, 0x80, 0xFC, 0xFF]))
        if not data:
            break
    return bytes(data)


def requests(names: list[str], extrinsics: list[bytes]) -> st.SearchStrategy[bytes]:
    """Frames of every degree of nonsense."""
    extrinsic = st.sampled_from(extrinsics).flatmap(mutated).map(lambda data: "0x" + data.hex())
    submitted = extrinsic.map(lambda raw: request("author_submitExtrinsic", raw))
    asked = extrinsic.map(lambda raw: request("payment_queryInfo", raw))
    called = st.tuples(st.sampled_from(APIS), hexadecimal).map(lambda pair: request("state_call", *pair))
    valid = st.tuples(st.sampled_from(names), st.lists(values, max_size=5)).map(lambda pair: request(pair[0], *pair[1]))
    shapes = values.map(encode)
    batches = st.lists(valid | submitted | shapes, max_size=5).map(lambda items: b"[" + b",".join(items) + b"]")
    broken = valid.flatmap(mutated)
    return st.one_of(submitted, asked, called, valid, batches, broken, shapes, bombs, st.binary(max_size=60))


def request(method: str, *params: object) -> bytes:
    return encode({"jsonrpc": "2.0", "id": 7, "method": method, "params": list(params)})


class Prober:
    """Sends a frame and something that must be answered; whatever comes back is checked."""

    def __init__(self, url: str) -> None:
        self._socket = websocket.create_connection(url, timeout=60)
        self._count = 0

    def close(self) -> None:
        self._socket.close()

    def ask(self, method: str) -> Any:
        return self.probe(request(method))["result"]

    def probe(self, frame: bytes) -> Any:
        """The last reply before the one that ends the probe."""
        self._count += 1
        end = f"end {self._count}"
        self._socket.send_binary(frame)
        self._socket.send_binary(encode({"id": end, "method": "system_health"}))
        last = None
        while True:
            message = orjson.loads(self._socket.recv())
            for item in message if isinstance(message, list) else [message]:
                assert item.get("error", {}).get("code") != INTERNAL_ERROR, (frame[:500], item)
            if isinstance(message, dict) and message.get("id") == end:
                return last
            last = message


@pytest.fixture
def fuzz(node_thread: Any, sign: Any) -> Iterator[Callable[[int], None]]:
    """Runs many examples against one node, which makes a block now and then."""
    thread = node_thread()
    prober = Prober(thread.url)
    unsafe = {"engine_createBlock"}
    names = [name for name in prober.ask("rpc_methods")["methods"] if name not in unsafe]
    extrinsics = [bytes.fromhex(sign(ALICE, transfer_keep_alive, nonce=n, dest=BOB, value=10**n)[2:]) for n in range(3)]

    def run(number: int) -> None:
        @seed(number)
        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(requests(names, extrinsics))
        def check(frame: bytes) -> None:
            prober.probe(frame)

        check()
        thread.seal()
        assert prober.ask("system_health") == {"peers": 0, "isSyncing": False, "shouldHavePeers": False}

    yield run
    prober.close()


def test_no_frame_is_answered_as_a_bug(fuzz):
    for number in range(8):
        fuzz(number)


@pytest.mark.full
def test_no_frame_of_ten_minutes_is_answered_as_a_bug(fuzz):
    ends, number = time.monotonic() + 600, 100
    while time.monotonic() < ends:
        fuzz(number)
        number += 1

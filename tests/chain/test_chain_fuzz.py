"""Whatever a client sends, the node answers with an error that says whose fault it is, and goes on.

Frames of four kinds: nonsense; JSON-RPC with arguments of any kind; well-formed questions with values of the right
types (keys, runtime calls, signed extrinsics), which reach deep into the runtime; and all of these with bytes changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import websocket
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from chain.block import Header
from chain.keys import Keypair
from chain.node.dev import build_dev_genesis
from chain.runtime.api import Method
from chain.runtime.dispatch import Call
from chain.runtime.extrinsic import Anchor, Terms, encode_signed
from chain.runtime.runtime import RUNTIME
from chain.runtime.types import Sr25519
from chain.scale.products import Tuple
from chain.state.node import EMPTY_ROOT
from chain.state.trie import Trie
from tests.chain.clients.cases import keys
from tests.chain.test_runtime_fuzz import calls
from tests.chain.test_runtime_fuzz import values as typed

SIGNERS = [Keypair.from_uri(uri) for uri in ("//Alice", "//Bob", "//Charlie", "//Alice//hive")]
GENESIS_HASH = Header(bytes(32), 0, Trie().update(build_dev_genesis().build()).root, EMPTY_ROOT).hash
APIS = [(f"{api.name}_{method.name}", method) for api in RUNTIME.apis for method in api.methods]
READERS = ["state_getStorage", "state_getStorageHash", "state_getStorageSize", "state_getKeysPaged", "state_getKeys"]
INTERNAL_ERROR = -32603
EXAMPLES = 150
FULL_SECONDS = 600.0
ALICE = SIGNERS[0]

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


def to_hex(data: bytes) -> str:
    return "0x" + data.hex()


@st.composite
def extrinsics(draw: Any) -> bytes:
    """Any call of any pallet, signed by somebody with any nonce and tip, mostly as it should be."""
    call: Call = draw(calls())
    signer: Keypair = draw(st.sampled_from(SIGNERS))
    terms = Terms(draw(st.integers(0, 3) | st.integers(0, 2**32 - 1)), draw(st.just(0) | st.integers(0, 2**64 - 1)))
    anchor = Anchor(GENESIS_HASH, GENESIS_HASH)
    return encode_signed(call, signer.public_key, lambda data: Sr25519(signer.sign(data)), anchor, terms)


def runtime_calls() -> st.SearchStrategy[tuple[str, bytes]]:
    """Any method of any runtime interface, with arguments of its types."""

    def with_arguments(found: tuple[str, Method]) -> st.SearchStrategy[tuple[str, bytes]]:
        types = [argument.type for argument in found[1].inputs]
        made = st.tuples(*map(typed, types))
        return made.map(lambda arguments: (found[0], Tuple(types).encode(arguments)))

    return st.sampled_from(APIS).flatmap(with_arguments)


def questions() -> st.SearchStrategy[bytes]:
    """Requests whose arguments have the right types."""
    sent = extrinsics() | extrinsics().flatmap(mutated)
    submitted = sent.map(lambda raw: request("author_submitExtrinsic", to_hex(raw)))
    priced = sent.map(lambda raw: request("payment_queryInfo", to_hex(raw)))
    raw_keys = keys().map(lambda found: found.item.raw_key(*found.keys))
    raw_keys |= raw_keys.flatmap(mutated)
    read = st.tuples(st.sampled_from(READERS), raw_keys).map(lambda pair: request(pair[0], to_hex(pair[1]), 10))
    proven = st.lists(raw_keys.map(to_hex), max_size=4).map(lambda found: request("state_getReadProof", found))
    asked = runtime_calls() | runtime_calls().flatmap(lambda pair: mutated(pair[1]).map(lambda data: (pair[0], data)))
    called = asked.map(lambda pair: request("state_call", pair[0], to_hex(pair[1])))
    return st.one_of(submitted, priced, read, proven, called)


def requests(names: list[str]) -> st.SearchStrategy[bytes]:
    """Frames of every degree of nonsense."""
    valid = st.tuples(st.sampled_from(names), st.lists(values, max_size=5)).map(lambda pair: request(pair[0], *pair[1]))
    shapes = values.map(encode)
    batches = st.lists(valid | questions() | shapes, max_size=5).map(lambda items: b"[" + b",".join(items) + b"]")
    broken = (valid | questions()).flatmap(mutated)
    return st.one_of(questions(), valid, batches, broken, shapes, bombs, st.binary(max_size=60))


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
def fuzz(node_thread: Any) -> Iterator[Callable[[int], None]]:
    """Runs many examples against one node, which makes a block now and then."""
    thread = node_thread()
    prober = Prober(thread.url)
    unsafe = {"engine_createBlock"}
    names = [name for name in prober.ask("rpc_methods")["methods"] if name not in unsafe]

    def run(number: int) -> None:
        @seed(number)
        @settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
        @given(requests(names))
        def check(frame: bytes) -> None:
            prober.probe(frame)

        check()
        thread.seal()
        assert prober.ask("system_health") == {"peers": 0, "isSyncing": False, "shouldHavePeers": False}

    yield run
    prober.close()


def test_no_frame_is_answered_as_a_bug(fuzz, pytestconfig):
    """For as long as ``--fuzz`` says; the seeds are the same at every run, so longer runs see more."""
    seconds = FULL_SECONDS if pytestconfig.getoption("--full") else pytestconfig.getoption("--fuzz")
    began, number = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        fuzz(number)
        number += 1
    print(f"{number * EXAMPLES} examples in {time.monotonic() - began:.0f} s")

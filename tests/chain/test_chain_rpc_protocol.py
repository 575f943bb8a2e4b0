"""JSON-RPC by itself: shapes of requests, batches, errors; and a client that does not read."""

import asyncio

import aiohttp
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.node.rpc.params import Param, optional, parse_block_number, parse_hex
from chain.node.rpc.protocol import Client, Dispatcher
from chain.node.rpc.registry import Subscription, build_table, method, subscription
from chain.node.rpc.server import ServerConfig, serve
from tests.patience import PATIENCE_SECONDS


class Echo:
    """Methods of every kind."""

    def __init__(self) -> None:
        self.streams: list[Subscription] = []

    @method("echo", "echoAgain", params=(Param("data", parse_hex), optional("number", parse_block_number)))
    def echo(self, data, number):
        return [data.hex(), number]

    @method("slow")
    async def slow(self):
        await asyncio.sleep(0)
        return "done"

    @method("bug")
    def bug(self):
        raise RuntimeError("a bug")

    @method("zeros", params=(Param("count", parse_block_number),))
    def zeros(self, count):
        return bytes(count)

    @subscription("watch")
    def watch(self, caller):
        stream = caller.open("news")
        stream.notify("first")
        self.streams.append(stream)
        return stream


def ask(request, dispatcher=None):
    raw = request if isinstance(request, bytes) else orjson.dumps(request)
    reply = asyncio.run((dispatcher or Dispatcher(build_table([Echo()]), 3)).answer(raw, Client()))
    return None if reply.payload is None else orjson.loads(reply.payload)


def call(name, *params, **more):
    return {"jsonrpc": "2.0", "id": 1, "method": name, "params": list(params)} | more


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (b"", -32700),
        ([], -32600),
        (1, -32600),
        ({"id": 1}, -32600),
        ({"id": 1, "method": 5}, -32600),
        ({"id": {}, "method": "echo"}, -32600),
        (call("nothing"), -32601),
        (call("watch"), -32601),
        (call("echo"), -32602),
        (call("echo", "0x1"), -32602),
        (call("echo", "0x 12"), -32602),
        (call("echo", 5), -32602),
        (call("echo", "0x", -1), -32602),
        (call("echo", "0x", True), -32602),
        (call("echo", "0x", 1, 2), -32602),
        (call("echo", params={"data": "0x"}), -32602),
        ([call("slow")] * 4, -32010),
    ],
)
def test_bad_request_gets_its_code(request_, code):
    assert ask(request_)["error"]["code"] == code


def test_good_requests_under_all_names_and_in_batches():
    assert ask(call("echo", "0x0102", "0xff"))["result"] == ["0102", 255]
    assert ask(call("echoAgain", "0102"))["result"] == ["0102", None]
    batch = ask([call("slow"), call("echo", id="x"), {"jsonrpc": "2.0", "method": "slow"}])
    assert [(item["id"], "result" in item) for item in batch] == [(1, True), ("x", False)]


def test_notification_gets_no_reply():
    assert ask({"jsonrpc": "2.0", "method": "slow"}) is None


def test_only_a_bug_is_an_internal_error(caplog):
    assert ask(call("bug"))["error"]["code"] == -32603
    assert "method bug failed" in caplog.text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
requests = st.fixed_dictionaries(
    {}, optional={"id": json_values, "method": json_values | st.just("echo"), "params": json_values}
)


@given(json_values | requests | st.lists(requests, max_size=5))
def test_whatever_comes_in_is_answered_and_never_as_a_bug(request_):
    answer = ask(request_)
    for item in answer if isinstance(answer, list) else [answer]:
        assert item is None or "error" not in item or item["error"]["code"] != -32603


async def test_reply_comes_before_the_first_notification_and_unread_news_drop_the_reader():
    echo = Echo()
    config = ServerConfig(port=0)
    async with serve(Dispatcher(build_table([echo]), 3), config) as url, aiohttp.ClientSession() as session:
        stalled, reader = await session.ws_connect(url), await session.ws_connect(url)
        for socket in (stalled, reader):
            await socket.send_str(orjson.dumps(call("watch")).decode())
            identifier = (await socket.receive_json())["result"]
            first = await socket.receive_json()
            assert first["params"] == {"subscription": identifier, "result": "first"}
        slow, quick = echo.streams
        for _ in range(3000):
            slow.notify("x" * 20_000)
        quick.notify("news")
        assert (await reader.receive_json())["params"]["result"] == "news"
        while not stalled.closed:
            await stalled.receive()
        await reader.send_str(orjson.dumps(call("slow")).decode())
        assert (await reader.receive_json())["result"] == "done"
        await reader.close()


async def test_replies_of_every_length_come_whole_and_in_order_also_many_at_once():
    counts = [0, 43, 44, 32_748, 32_749, 200_000, 0]
    async with (
        serve(Dispatcher(build_table([Echo()]), 3), ServerConfig(port=0)) as url,
        aiohttp.ClientSession() as session,
        session.ws_connect(url, max_msg_size=0) as socket,
    ):
        for count in counts:
            await socket.send_str(orjson.dumps(call("zeros", count)).decode())
        for count in counts:
            assert (await socket.receive_json())["result"] == "0x" + "00" * count


async def test_who_asks_and_never_reads_holds_up_nobody_and_is_cut_off():
    config = ServerConfig(port=0, patience_seconds=0.2)
    async with serve(Dispatcher(build_table([Echo()]), 3), config) as url:
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as reader:
            flood = await session.ws_connect(url)
            sending = asyncio.create_task(send_for_ever(flood, call("echo", "00" * 50_000)))
            for _ in range(50):
                await reader.send_str(orjson.dumps(call("slow")).decode())
                assert (await reader.receive_json())["result"] == "done"
            with pytest.raises(ConnectionError):
                await asyncio.wait_for(sending, PATIENCE_SECONDS)
            await flood.close()
        assert len(asyncio.all_tasks()) < 10


async def send_for_ever(socket, request):
    payload = orjson.dumps(request).decode()
    while True:
        await socket.send_str(payload)
        await asyncio.sleep(0)


async def test_frame_above_the_limit_closes_that_connection_only():
    config = ServerConfig(port=0, max_frame_bytes=1000)
    async with serve(Dispatcher(build_table([Echo()]), 3), config) as url, aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            await socket.send_str("x" * 2000)
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        http = url.replace("ws:", "http:")
        async with session.post(http, data=b"x" * 2000) as answer:
            assert answer.status == 413
        async with session.post(http, json=call("slow")) as answer:
            assert (await answer.json())["result"] == "done"
        async with session.get(http) as answer:
            assert answer.status == 405

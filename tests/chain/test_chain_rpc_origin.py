"""Which web pages and which machines may call what."""

import aiohttp
import pytest

from chain.node.rpc.origin import OriginPolicy, is_loopback, parse_origins
from chain.node.rpc.protocol import Client, Dispatcher
from chain.node.rpc.registry import build_table, method
from chain.node.rpc.server import ServerConfig, serve


class Methods:
    @method("safe")
    def safe(self) -> int:
        return 1

    @method("dangerous", unsafe=True)
    def dangerous(self) -> int:
        return 2


REQUEST = {"jsonrpc": "2.0", "id": 1, "method": "safe", "params": []}


@pytest.mark.parametrize(
    ("origin", "permitted"),
    [
        (None, True),
        ("http://localhost:3000", True),
        ("https://127.0.0.1", True),
        ("http://[::1]:8080", True),
        ("https://wallet.example", True),
        ("https://Wallet.example", True),
        ("http://wallet.example", False),
        ("https://wallet.example:444", False),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://[::1", False),
        ("null", False),
        ("", False),
        ("file://", False),
    ],
)
def test_pages_of_this_machine_and_of_configured_origins_are_answered(origin, permitted):
    policy = OriginPolicy(parse_origins(("https://wallet.example",)))
    assert policy.permits(origin) is permitted


def test_star_admits_every_page_and_what_is_no_origin_is_refused():
    assert OriginPolicy(parse_origins(("*",))).permits("http://evil.example")
    for text in ("wallet.example", "https://wallet.example/", "https://", ""):
        with pytest.raises(ValueError, match="origin"):
            parse_origins((text,))


def test_own_addresses_are_told_from_others():
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "localhost")))
    assert not any(map(is_loopback, ("10.0.0.1", "::ffff:10.0.0.1", "", None)))


async def test_foreign_pages_are_turned_away_before_a_socket_opens():
    async with (
        serve(Dispatcher(build_table([Methods()]), 3), ServerConfig(port=0)) as url,
        aiohttp.ClientSession() as session,
    ):
        http = url.replace("ws:", "http:")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await session.ws_connect(url, origin="http://rebound.example:9944")
        assert refusal.value.status == 403
        async with session.post(http, json=REQUEST, headers={"Origin": "http://rebound.example"}) as answer:
            assert answer.status == 403
        async with session.ws_connect(url, origin="http://localhost:3000") as socket:
            await socket.send_json(REQUEST)
            assert (await socket.receive_json())["result"] == 1


async def test_permitted_pages_may_read_the_answer_to_a_post():
    async with (
        serve(Dispatcher(build_table([Methods()]), 3), ServerConfig(port=0)) as url,
        aiohttp.ClientSession() as session,
    ):
        http, headers = url.replace("ws:", "http:"), {"Origin": "http://localhost:3000"}
        async with session.options(http, headers=headers) as answer:
            assert (answer.status, answer.headers["Access-Control-Allow-Headers"]) == (204, "Content-Type")
        async with session.post(http, json=REQUEST, headers=headers) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
            assert (await answer.json())["result"] == 1


async def test_dangerous_methods_answer_only_on_this_machine():
    dispatcher = Dispatcher(build_table([Methods()]), 3)
    request = b'{"jsonrpc":"2.0","id":1,"method":"dangerous"}'
    near, far = [(await dispatcher.answer(request, Client(local=local))).payload for local in (True, False)]
    assert near is not None
    assert b'"result":2' in near
    assert far is not None
    assert b"-32601" in far
    assert b"unsafe" in far

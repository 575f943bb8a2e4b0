"""The explorer's JSON, read from a real node that makes a block when asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings

from chain.keys import Keypair
from chain.node.dev import build_dev_genesis
from chain.node.explorer.shown import Group, Shown, format_amount
from chain.node.explorer.values import show_call, show_fields
from chain.node.rpc.server import ServerConfig
from chain.node.sequencer import ManualSequencer
from chain.node.service import NodeConfig, RunningNode, run_node
from chain.runtime.balances import transfer_keep_alive
from chain.runtime.dispatch import Call
from chain.runtime.subtensor.registration import burned_register
from chain.runtime.system import remark_with_event
from tests.chain.clients.cases import SomeEvent, events
from tests.chain.test_runtime_fuzz import calls
from tests.patience import PATIENCE_SECONDS

ALICE, BOB = Keypair.from_uri("//Alice"), Keypair.from_uri("//Bob")
MARKUP = "<b>hello</b>"


@dataclass
class Site:
    """The explorer of a node, and the node."""

    running: RunningNode
    http: aiohttp.ClientSession
    url: str

    async def get(self, path: str, status: int = 200, **query: object) -> Any:
        params = {name: str(value) for name, value in query.items()}
        async with self.http.get(f"{self.url}/api/{path}", params=params) as reply:
            assert reply.status == status, await reply.text()
            return await reply.json()

    async def seal(self, *extrinsics: str) -> None:
        for extrinsic in extrinsics:
            self.running.node.submit(bytes.fromhex(extrinsic[2:]))
        assert isinstance(self.running.sequencer, ManualSequencer)
        await self.running.sequencer.create_block()


@pytest.fixture
async def site(manual_node: RunningNode) -> AsyncIterator[Site]:
    async with aiohttp.ClientSession() as http:
        yield Site(manual_node, http, manual_node.url.replace("ws:", "http:") + "/explorer")


@pytest.fixture
async def busy(site: Site, sign: Callable[..., str]) -> Site:
    """Block 1 has a transfer, block 2 a call that fails and one that says markup."""
    await site.seal(sign(ALICE, transfer_keep_alive, dest=BOB, value=1_500_000_000, tip=7))
    failing = sign(BOB, burned_register, netuid=99, hotkey=BOB.public_key)
    await site.seal(failing, sign(ALICE, remark_with_event, nonce=1, remark=MARKUP.encode()))
    return site


def leaves(shown: Shown) -> list[str]:
    """All texts of a value."""
    if isinstance(shown, Group):
        return [text for member in shown.items for text in leaves(member.value)]
    return [shown.text]


async def test_blocks_come_newest_first_in_pages(busy):
    rows = await busy.get("blocks", count=2)
    assert [row["number"] for row in rows] == [2, 1]
    assert (rows[1]["extrinsics"], rows[1]["time_ms"] > 0) == (2, True)
    assert rows[1]["events"] > 3
    (genesis,) = await busy.get("blocks", before=1)
    assert (genesis["number"], genesis["time_ms"], genesis["extrinsics"]) == (0, None, 0)


async def test_a_transfer_is_told_with_names_amounts_and_addresses(busy):
    found = await busy.get("extrinsics/1-1")
    assert found["row"]["call"] == "Balances.transfer_keep_alive"
    assert (found["row"]["signer"], found["row"]["outcome"]) == (ALICE.ss58_address, "ok")
    told = {member["name"]: member["value"] for member in found["call"]["items"]}
    assert (told["dest"]["kind"], told["dest"]["text"]) == ("account", BOB.ss58_address)
    assert (told["value"]["kind"], told["value"]["text"]) == ("tao", "1.5")
    assert (found["tip"], found["nonce"], found["era"]) == ("0.000000007", 0, "for ever")
    names = [event["name"] for event in found["events"]]
    assert "Balances.Transfer" in names
    fee = next(event for event in found["events"] if event["name"] == "TransactionPayment.TransactionFeePaid")
    assert fee["fields"][1]["value"]["text"] == found["row"]["fee"]
    assert await busy.get(f"extrinsics/{found['row']['hash']}") == found


async def test_a_failed_call_is_told_by_the_name_of_its_error(busy):
    (feed,) = [await busy.get("extrinsics", name="burned")]
    (row,) = feed["items"]
    assert row["outcome"] == "failed"
    found = await busy.get(f"extrinsics/{row['id']}")
    assert found["error"]["text"] == "SubtensorModule.SubnetNotExists"
    assert found["error"]["note"]


async def test_lists_go_on_where_they_ended(busy):
    seen: list[str] = []
    before: dict[str, str] = {}
    while True:
        feed = await busy.get("extrinsics", count=1, **before)
        seen += [row["id"] for row in feed["items"]]
        if feed["next"] is None:
            break
        before = {"before": feed["next"]}
    assert [place.split("-")[0] for place in seen] == ["2", "2", "1"]
    assert len(set(seen)) == 3
    whole = [event for number in (2, 1) for event in reversed((await busy.get(f"blocks/{number}"))["events"])]
    paged = await busy.get("events", count=3)
    rest = await busy.get("events", count=100, before=paged["next"])
    assert paged["items"] + rest["items"] == whole
    news = await busy.get("extrinsics", after=1)
    assert [row["block"] for row in news["items"]] == [2, 2]
    assert news["next"] is None


async def test_accounts_tell_what_they_hold_and_who_named_them(busy):
    page = await busy.get("accounts")
    assert page["complete"]
    assert ALICE.ss58_address in [row["address"] for row in page["accounts"]]
    bob = await busy.get(f"accounts/{BOB.ss58_address}")
    assert bob["exists"]
    assert bob["row"]["free"].startswith("1,000,001.4")
    feed = await busy.get("extrinsics", account=BOB.ss58_address)
    assert [row["call"] for row in feed["items"]] == ["SubtensorModule.burned_register", "Balances.transfer_keep_alive"]
    owner = await busy.get(f"accounts/{Keypair.from_uri('//Alice//hive').ss58_address}")
    assert owner["seats"] or not owner["exists"]


async def test_search_knows_numbers_hashes_places_and_addresses(busy):
    block = await busy.get("blocks/1")
    first = block["extrinsics"][1]
    for text, page, at in [
        ("1", "block", "1"),
        (block["row"]["hash"], "block", "1"),
        (" 1-1 ", "extrinsic", "1-1"),
        (first["hash"], "extrinsic", first["id"]),
        (BOB.ss58_address, "account", BOB.ss58_address),
        ("0x" + BOB.public_key.hex(), "account", BOB.ss58_address),
    ]:
        assert await busy.get("search", q=text) == {"page": page, "at": at}
    assert "newest is 2" in (await busy.get("search", 404, q="77"))["error"]
    assert "No block" in (await busy.get("search", 404, q="0x" + "77" * 32))["error"]
    assert "Search for" in (await busy.get("search", 400, q="<script>"))["error"]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("blocks", {"count": 101}, 400),
        ("blocks", {"count": "٣"}, 400),
        ("blocks", {"before": -1}, 400),
        ("blocks/9999999999", {}, 404),
        ("blocks/1-1", {}, 404),
        ("extrinsics", {"before": "x"}, 400),
        ("extrinsics/1-9", {}, 404),
        ("extrinsics/nothing", {}, 400),
        ("events", {"count": 10**12}, 400),
        ("accounts/5Nobody", {}, 400),
    ],
)
async def test_odd_questions_are_told_what_is_wrong(busy, path, query, status):
    assert (await busy.get(path, status, **query))["error"]


async def test_blocks_without_state_say_so_and_keep_their_extrinsics(tmp_path, sign):
    config = NodeConfig(tmp_path / "chain", build_dev_genesis(), ServerConfig(port=0), manual=True, history=2)
    async with run_node(config) as running, aiohttp.ClientSession() as http:
        site = Site(running, http, running.url.replace("ws:", "http:") + "/explorer")
        await site.seal(sign(ALICE, transfer_keep_alive, dest=BOB, value=1))
        for _ in range(300):
            await site.seal()
        block = await site.get("blocks/1")
        assert block["row"]["events"] is None
        assert "no longer keeps the state of block 1" in block["missing"]
        assert block["extrinsics"][1]["outcome"] == "unknown"
        found = await site.get("extrinsics/1-1")
        assert (found["row"]["fee"], found["call"]["name"]) == (None, "Balances.transfer_keep_alive")
        feed = await site.get("events", count=100, name="Transfer")
        assert feed["items"] == []
        assert "no longer keeps" in feed["missing"]


async def test_pages_of_other_names_and_origins_are_turned_away(site):
    assert "--allow-origin" in (await _refuse(site, {"Host": "rebound.example:9944"}))
    assert await _refuse(site, {"Origin": "http://evil.example"})
    async with site.http.get(f"{site.url}/", headers={"Host": "localhost:1"}) as reply:
        assert reply.status == 200
        assert "default-src 'self'" in reply.headers["Content-Security-Policy"]
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


async def _refuse(site: Site, headers: dict[str, str]) -> str:
    async with site.http.get(f"{site.url}/api/overview", headers=headers) as reply:
        assert reply.status == 403
        return str((await reply.json())["error"])


async def test_browsers_are_led_to_the_page_and_programs_still_post(site):
    root = site.url.removesuffix("/explorer")
    for path in ("/", "/explorer"):
        async with site.http.get(root + path) as reply:
            assert reply.url.path == "/explorer/"
            assert "<title>Explorer" in await reply.text()
    for part in ("page/app.js", "look/base.css", "look/icon.svg"):
        async with site.http.get(f"{site.url}/{part}") as reply:
            assert reply.status == 200
    async with site.http.post(root, json={"id": 1, "method": "system_chain"}) as reply:
        assert (await reply.json())["result"]


async def test_the_stream_tells_each_new_block_and_ends_with_the_node(site):
    async with site.http.get(f"{site.url}/api/live") as reply:
        assert b'"number":0' in await reply.content.readuntil(b"\n\n")
        await site.seal()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while b'"number":1' not in await reply.content.readuntil(b"\n\n"):
                pass


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(calls(), events())
def test_every_call_and_event_can_be_shown(call: Call, event: SomeEvent):
    shown = show_call(call)
    assert shown.name.endswith(call.declaration.name)
    assert len(shown.items) == len(call.args)
    texts = leaves(shown)
    texts += [text for member in show_fields(event.variant.shape.fields, event.value) for text in leaves(member.value)]
    assert all(isinstance(text, str) and len(text) < 1_000 for text in texts)


@pytest.mark.parametrize(
    ("rao", "text"),
    [(0, "0"), (1, "0.000000001"), (10**9, "1"), (1_234_567_500_000_000, "1,234,567.5"), (-5 * 10**8, "-0.5")],
)
def test_amounts_are_exact(rao, text):
    assert format_amount(rao) == text

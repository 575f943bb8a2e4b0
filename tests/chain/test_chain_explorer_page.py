"""The explorer in a real browser, on a real chain: it fills in, follows the head, searches, and shows text as text."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

from chain.keys import Keypair
from chain.node.sequencer import ManualSequencer
from chain.node.service import RunningNode
from chain.runtime.balances import transfer_keep_alive
from chain.runtime.system import remark_with_event
from tests.browser import browsing, keep, marks

ALICE, BOB = Keypair.from_uri("//Alice"), Keypair.from_uri("//Bob")
MARKUP = "<b>hello</b>"

ROUTES = {
    "": "Overview",
    "blocks": "Blocks",
    "block/1": "Block 1",
    "extrinsics": "Extrinsics",
    "extrinsic/1-1": "Extrinsic 1-1",
    "events": "Events",
    "accounts": "Accounts",
}

pytestmark = marks


async def test_page_follows_the_chain_and_finds_what_is_asked_for(
    manual_node: RunningNode, sign: Callable[..., str], tmp_path: Path
) -> None:
    sequencer = manual_node.sequencer
    assert isinstance(sequencer, ManualSequencer)
    for extrinsic in (
        sign(ALICE, transfer_keep_alive, dest=BOB, value=1_500_000_000),
        sign(ALICE, remark_with_event, nonce=1, remark=MARKUP.encode()),
    ):
        manual_node.node.submit(bytes.fromhex(extrinsic[2:]))
    await sequencer.create_block()
    page = manual_node.url.replace("ws:", "http:")
    async with browsing(tmp_path / "profile") as tab:
        await tab.call("Page.navigate", url=page)
        await tab.until("document.querySelector('.figures dd')?.textContent === '1'")
        await sequencer.create_block()
        await tab.until("document.querySelector('.figures dd').textContent === '2'")
        await tab.call("Input.dispatchKeyEvent", type="keyDown", key="/")
        assert await tab.evaluate("document.activeElement.id") == "query"
        await tab.evaluate("document.getElementById('query').value = '1-2'")
        await tab.evaluate("document.getElementById('search').requestSubmit()")
        await tab.until("document.title.startsWith('Extrinsic 1-2')")
        assert MARKUP in await tab.evaluate("document.body.innerText"), "what the chain holds is text, never markup"
        await tab.evaluate("document.getElementById('query').value = 'nonsense'")
        await tab.evaluate("document.getElementById('search').requestSubmit()")
        await tab.until("document.getElementById('notice').innerText.includes('Search for')")
        await tab.evaluate(f"location.hash = '#/account/{BOB.ss58_address}'")
        await tab.until("document.body.innerText.includes('transfer_keep_alive')")
        grounds = set()
        for (name, width), scheme in itertools.product((("wide", 1400), ("phone", 375)), ("light", "dark")):
            await tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            await tab.call(
                "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
            )
            for route, title in ROUTES.items():
                await tab.evaluate(f"location.hash = '#/{route}'")
                await tab.until(f"document.title.startsWith('{title} ·')")
                fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
                assert await tab.evaluate(fits), f"{route} at {width}"
            grounds.add(await tab.evaluate("getComputedStyle(document.body).backgroundColor"))
            keep(f"explorer-{name}-{scheme}.png", await tab.shoot())
        assert len(grounds) == 2
        assert tab.errors == []

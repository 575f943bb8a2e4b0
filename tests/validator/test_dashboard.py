"""The page in a real browser: it fills in, sorts, filters, streams an answer, and says when it is stale."""

import itertools
from typing import Any

import orjson

from tests.browser import browsing, keep, marks

Json = dict[str, Any]

pytestmark = marks


def miner(hotkey: str, domain: str, incentive: float) -> Json:
    return {
        "hotkey": hotkey,
        "uid": 1,
        "domain": domain,
        "audit_score": incentive,
        "audited": 3,
        "weight": incentive,
        "incentive": incentive,
        "emission": 1,
        "stake": 10**9,
        "available": True,
    }


def kind(state: str, labels: list[str], words: list[str], share: float, helpers: int) -> Json:
    figures = {"texts": 64, "anchor_loss": 4.5, "gain": 0.9 * bool(helpers), "worth": 1.0}
    return {"labels": labels, "words": words, "share": share, "state": state, "helpers": helpers, **figures}


def state(hotkeys, block: int = 41) -> Json:
    names = ["python", "<b>legal</b>"]
    miners = [
        miner(hotkey, name, 0.75 - 0.5 * at) for at, (hotkey, name) in enumerate(zip(hotkeys, names, strict=True))
    ]
    figures = {"mixture": 1.25, "best_single": 2.0, "anchor": 2.5}
    return {
        "hotkey": "5Validator",
        "block": block,
        "epoch": 2,
        "tempo": 20,
        "blocks_since_last_step": 1,
        "chain": {"connected": True, "problem": None, "explorer": "http://127.0.0.1:9944/explorer/"},
        "anchor": {"ready": True, "problem": None},
        "miners": miners,
        "bits_per_byte": figures,
        "history": [{"block": 20, **figures, "mixture": 2.4}, {"block": 40, **figures}],
        "audits": {"rounds": 3, "texts": 48},
        "gate": {"domains": ["python"], "experts": list(hotkeys), "gains": [[1.5, None]]},
        "weights": {
            "targets": [{"uid": 1, "hotkey": hotkey} for hotkey in hotkeys],
            "rows": [{"uid": 0, "hotkey": "5Validator", "shares": [0.75, 0.25]}],
        },
        "demand": {
            "missing_share": 0.25,
            "contexts": [
                kind("missing", ["songs"], ["<i>moon</i>", "heart"], 0.25, 0),
                kind("served", ["python"], [], 0.75, 2),
            ],
        },
        "texts_note": "demo grade",
        "last_weights_receipt": None,
        "weights_on_their_way": {"way": "hashed", "waiting": [{"commit": "0x00", "reveals_at_block": 61}]},
        "validators": {"alarms": [{"validator": "5Validator", "miner": hotkeys[0], "difference": 1.25}]},
        "apps": {"running": 0, "waiting": 0},
        "models": ["moe/auto", "moe/k2"],
        "seed_commitment": "00",
    }


async def test_page_lives(api, tmp_path):
    api.broadcast.publish(orjson.dumps(state(api.hotkeys)))
    async with browsing(tmp_path / "profile") as tab:
        await tab.call("Page.navigate", url=f"{api.url}/")
        await tab.until("document.getElementById('block')?.textContent === '41'")
        text = await tab.evaluate("document.body.innerText")
        assert "38 % fewer bits" in text
        assert "explorer of the chain" in text
        assert "committed, reveals at block 61" in text
        assert "python with 5Validat" in text
        assert "+1.25" in text
        assert (await tab.evaluate("document.querySelector('#explorer a').href")).endswith(":9944/explorer/")
        assert "<b>legal</b>" in text, "what a miner says is text, never markup"
        first = "document.querySelector('#miners tbody tr td:nth-child(2)').textContent"
        assert await tab.evaluate(first) == "python"
        await tab.evaluate("document.querySelector('#miners th[data-key=incentive] button').click()")
        assert await tab.evaluate(first) == "<b>legal</b>"
        assert await tab.evaluate("document.querySelector('th[data-key=incentive]').ariaSort") == "ascending"
        await tab.evaluate("document.getElementById('filter').value = 'PYTH'")
        await tab.evaluate("document.getElementById('filter').dispatchEvent(new Event('input'))")
        assert await tab.evaluate("document.querySelectorAll('#miners tbody tr').length") == 1
        assert await tab.evaluate("document.querySelectorAll('#loss-chart polyline').length") == 3
        assert await tab.evaluate("document.querySelectorAll('#loss-table tbody tr').length") == 2
        assert tab.errors == []


async def test_demand_map_shows_who_is_missing(api, tmp_path):
    api.broadcast.publish(orjson.dumps(state(api.hotkeys)))
    async with browsing(tmp_path / "profile") as tab:
        await tab.call("Page.navigate", url=f"{api.url}/")
        await tab.until("document.querySelectorAll('#demand tbody tr').length === 2")
        assert "25 % of this validator's texts" in await tab.evaluate(
            "document.getElementById('demand-note').textContent"
        )
        rows = await tab.evaluate("[...document.querySelectorAll('#demand tbody tr')].map(row => row.innerText)")
        assert "songs" in rows[0]
        assert "<i>moon</i> · heart" in rows[0], "words are text, never markup"
        assert "nobody" in rows[0]
        assert "2 experts" in rows[1]
        assert "3.60" in rows[1]
        assert tab.errors == []
        await tab.evaluate("document.getElementById('demand').scrollIntoView()")
        keep("demand.png", await tab.shoot())


async def test_playground_shows_who_spoke_each_token(api, tmp_path):
    api.broadcast.publish(orjson.dumps(state(api.hotkeys)))
    async with browsing(tmp_path / "profile") as tab:
        await tab.call("Page.navigate", url=f"{api.url}/")
        await tab.until("document.getElementById('block')?.textContent === '41'")
        await tab.evaluate("document.getElementById('budget').value = 12; document.getElementById('send').click()")
        await tab.until("document.querySelectorAll('#answer .token').length === 12")
        await tab.until("!document.getElementById('send').disabled")
        assert await tab.evaluate("document.querySelectorAll('#legend li').length") >= 1
        await tab.evaluate("document.getElementById('answer').focus()")
        for kind in ("keyDown", "keyUp"):
            await tab.call("Input.dispatchKeyEvent", type=kind, key="ArrowRight", code="ArrowRight")
        assert "Token 1" in await tab.evaluate("document.getElementById('token-info').textContent")
        assert tab.errors == []


async def test_page_says_when_the_validator_is_gone(api, tmp_path):
    api.broadcast.publish(orjson.dumps({**state(api.hotkeys), "chain": {"connected": False, "problem": "no chain"}}))
    async with browsing(tmp_path / "profile") as tab:
        await tab.call("Page.navigate", url=f"{api.url}/")
        await tab.until("document.getElementById('live')?.textContent === 'no chain'")
        await tab.call("Network.enable")
        await api.stop()
        await tab.until("document.getElementById('live').textContent === 'disconnected'")
        assert "lost" in await tab.evaluate("document.getElementById('notice').innerText")


async def test_page_fits_screens_and_schemes(api, tmp_path):
    api.broadcast.publish(orjson.dumps(state(api.hotkeys)))
    grounds = set()
    async with browsing(tmp_path / "profile") as tab:
        for width, scheme in itertools.product((1400, 375), ("light", "dark")):
            await tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            await tab.call(
                "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
            )
            await tab.call("Page.navigate", url=f"{api.url}/")
            await tab.until("document.getElementById('block')?.textContent === '41'")
            assert await tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            grounds.add(await tab.evaluate("getComputedStyle(document.body).backgroundColor"))
            keep(f"dashboard-{width}-{scheme}.png", await tab.shoot())
    assert len(grounds) == 2

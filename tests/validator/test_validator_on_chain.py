"""A whole validator: real chain, real gRPC, a real if tiny anchor."""

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest
import torch

from chain.client import Call, connect
from chain.keys import Keypair, verify
from chain.node.dev import build_dev_genesis
from chain.node.rpc.server import ServerConfig
from chain.node.service import NodeConfig, run_node
from chain.wallet import Wallet
from gating.checkpoint import CorruptCheckpoint
from gating.text.model import LanguageModel, ModelConfig
from tests.patience import PATIENCE_SECONDS
from validator.app import running
from validator.comparing import compare_logged
from validator.errors import ValidatorError
from validator.journal import Journal
from validator.replay_report import ask_chain, make_report
from validator.settings import AuditPlan, Folders, Settings
from wire.identity import Identity
from wire.server import serving

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""A node that stops under its clients' hands may leave a socket to the garbage collector."""

PASSWORD = "correct horse"
OWNER = Keypair.from_uri("//Bob")
TEMPO = 8

Json = dict[str, Any]
SAMPLE = "The quick brown fox jumps over the lazy dog, as it has done for years. "


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@asynccontextmanager
async def chain(folder, port=0):
    config = NodeConfig(folder, build_dev_genesis(tempo=TEMPO), ServerConfig(port=port), block_ms=250)
    async with run_node(config) as node:
        yield node


@pytest.fixture
def make_settings(tmp_path, tokenizer, tokenizer_file):
    wallet = Wallet(tmp_path / "wallets", "me")
    wallet.create(PASSWORD, coldkey_uri="//Bob", hotkey_uri="//Bob//validator")
    for part in ("texts", "evaluation"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "foxes.txt").write_text(SAMPLE * 40)

    def make(url: str) -> Settings:
        return Settings(
            chain_url=url,
            netuid=1,
            wallet=wallet,
            password=lambda: PASSWORD,
            folders=Folders(
                data=tmp_path / "data",
                anchor=tmp_path / "anchor",
                tokenizer=tokenizer_file,
                texts=tmp_path / "texts",
                evaluation=tmp_path / "evaluation",
            ),
            host="127.0.0.1",
            api_port=0,
            audits=AuditPlan(texts=4, steps=6, rows=2, context=32),
        )

    return make


@pytest.fixture
def save_anchor(tmp_path, tokenizer):
    def save() -> None:
        LanguageModel.build(ModelConfig(tokenizer.vocab_size, width=32, layers=1, heads=2), 0).save(tmp_path / "anchor")

    return save


@asynccontextmanager
async def registered_expert(bigrams, tokenizer, url: str, seed: int, coldkey: str):
    """A miner on chain that knows bigrams of the sample text."""
    expert = bigrams.Expert(bigrams.learn(tokenizer.encode(SAMPLE * 3)), tokenizer_hash=tokenizer.hash)
    async with serving(expert, Identity(expert.keypair, verify), "127.0.0.1:0") as port, connect(url) as client:
        owner = Keypair.from_uri(coldkey)
        await client.submit(Call("SubtensorModule", "burned_register", {"netuid": 1, "hotkey": expert.hotkey}), owner)
        axon = {"netuid": 1, "version": 1, "ip": 0x7F000001, "port": port, "ip_type": 4, "protocol": 4}
        call = Call("SubtensorModule", "serve_axon", {**axon, "placeholder1": 0, "placeholder2": 0})
        await client.submit(call, expert.keypair)
        yield expert


async def stake(url: str, hotkey: str) -> None:
    async with connect(url) as client:
        params = {"netuid": 1, "hotkey": hotkey, "amount_staked": 10**12}
        await client.submit(Call("SubtensorModule", "add_stake", params), OWNER)


class Page:
    """What the outside sees of a validator."""

    def __init__(self, http: aiohttp.ClientSession, port: int) -> None:
        self._http = http
        self.url = f"http://127.0.0.1:{port}"

    async def status(self) -> Json:
        async with self._http.get(f"{self.url}/status") as reply:
            found: Json = await reply.json()
            return found

    async def ask(self, tokens: int = 4) -> aiohttp.ClientResponse:
        body = {"model": "moe/auto", "prompt": "The quick", "max_tokens": tokens}
        async with self._http.post(f"{self.url}/v1/completions", json=body) as reply:
            await reply.read()
            return reply

    async def evaluate(self, windows: int) -> Json:
        async with self._http.post(f"{self.url}/evaluate", json={"windows": windows}) as reply:
            assert reply.status == 200, await reply.text()
            found: Json = await reply.json()
            return found

    async def until(self, condition) -> Json:
        """The first status that fulfils ``condition``."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition(status := await self.status()):  # noqa: ASYNC110  (it changes on chain)
                await asyncio.sleep(0.05)
        return status


@asynccontextmanager
async def validating(settings: Settings):
    async with running(settings) as validator, aiohttp.ClientSession() as http:
        yield Page(http, validator.port)


async def test_life_of_a_validator(tmp_path, bigrams, tokenizer, make_settings, save_anchor):
    async with AsyncExitStack() as world:
        node = await world.enter_async_context(chain(tmp_path / "chain"))
        settings = make_settings(node.url)
        async with validating(settings) as page:
            early = await page.ask()
            assert (early.status, "Retry-After" in early.headers) == (503, True)
            assert "waiting" in (await page.status())["anchor"]["problem"]
            await asyncio.to_thread(save_anchor)
            await page.until(lambda status: status["anchor"]["ready"] and status["uid"] is not None)
            assert (await page.ask()).headers["x-moe-experts"] == "anchor"

            hotkey = settings.wallet.hotkey_address()
            await stake(node.url, hotkey)
            expert = await world.enter_async_context(registered_expert(bigrams, tokenizer, node.url, 1, "//Charlie"))
            await page.until(lambda status: any(miner["available"] for miner in status["miners"]))
            assert (await page.ask()).headers["x-moe-experts"] == f"anchor,{expert.hotkey}"

            paid = await page.until(lambda status: any(miner["incentive"] > 0 for miner in status["miners"]))
            assert paid["last_weights_receipt"]["included"]
            assert paid["miners"][0]["audit_score"] > 0
            found = await page.evaluate(2)
            assert found["bits_per_byte"]["mixture"] < found["bits_per_byte"]["anchor"]

        rounds = (await last_round(settings))["round"]
        receipts = list(Journal(settings.folders.data / "receipts.jsonl").read())
        (epoch,) = [receipt["epoch"] for receipt in receipts if receipt.get("included")][:1]
        report = await ask_chain(make_report(settings.folders.data, int(str(epoch))), node.url)
        assert report.differences == []
        compared = compare_logged(settings.folders.data, ("knn",), 1).estimates
        assert {name: one.unsupported for name, one in compared.items()} == {"linucb": 0.0, "knn": 0.0}
        assert [verdict.hotkey for verdict in report.replay.verdicts if verdict.weight] == [expert.hotkey]

        async with validating(settings) as page:
            status = await page.until(lambda status: status["anchor"]["ready"] and bool(status["miners"]))
            assert status["audits"]["rounds"] > rounds
            assert status["bits_per_byte"]["mixture"] > 0
            assert status["miners"][0]["audited"] > 0
            assert (status["gate"]["router"], len(status["gate"]["state_sha256"])) == ("linucb", 64)
            assert sum(kind["texts"] for kind in status["demand"]["contexts"]) > 0, "drawn again from the log"


async def last_round(settings: Settings) -> Json:
    records = Journal(settings.folders.data / "audits.jsonl").read()
    return [record for record in records if "tracked" in record and "round" in record][-1]


async def test_dead_chain_never_stops_answers(tmp_path, make_settings, save_anchor):
    save_anchor()
    async with AsyncExitStack() as life:
        node = await life.enter_async_context(chain(tmp_path / "chain"))
        async with validating(make_settings(node.url)) as page:
            await page.until(lambda status: status["anchor"]["ready"] and status["block"] is not None)
            await life.aclose()
            assert (await page.ask()).status == 200


async def test_validator_starts_without_a_chain(make_settings, save_anchor):
    save_anchor()
    async with validating(make_settings("ws://127.0.0.1:9")) as page:
        status = await page.until(lambda status: status["anchor"]["ready"])
        assert not status["chain"]["connected"]
        assert (await page.ask()).status == 200


async def test_damaged_state_stops_the_start_with_the_fix(make_settings, save_anchor):
    settings = make_settings("ws://127.0.0.1:9")
    async with running(settings):
        pass
    (settings.folders.state / "memory.json").write_text("{")
    with pytest.raises(CorruptCheckpoint, match="delete it"):
        async with running(settings):
            pass
    (settings.folders.data / "features").unlink()
    with pytest.raises(CorruptCheckpoint, match="learnt with"):
        async with running(settings):
            pass


async def test_damaged_anchor_ends_the_validator(make_settings):
    settings = make_settings("ws://127.0.0.1:9")
    settings.folders.anchor.mkdir()
    (settings.folders.anchor / "config.json").write_text("{")
    with pytest.raises(ExceptionGroup) as group:
        async with asyncio.timeout(PATIENCE_SECONDS), running(settings):
            await asyncio.Event().wait()
    assert group.group_contains(CorruptCheckpoint)


async def test_taken_port_is_told(make_settings):
    settings = make_settings("ws://127.0.0.1:9")
    async with running(settings) as first:
        taken = Settings(**{**settings.__dict__, "api_port": first.port})
        with pytest.raises(ValidatorError, match="--api-port"):
            async with running(taken):
                pass


async def test_scores_are_those_of_the_newest_weights_that_all_know(make_settings):
    settings = make_settings("ws://127.0.0.1:9")
    shown = {"scores": {"5Miner": 0.5}, "audited": {"5Miner": 9}, "gains": {"foxes": {"5Miner": 0.25}}}
    settings.folders.data.mkdir()
    settings.folders.commits.write_text(json.dumps({"format": 1, "commits": [], "shown": shown}))
    async with validating(settings) as page:
        gate = (await page.status())["gate"]
    assert (gate["domains"], gate["experts"], gate["gains"]) == (["foxes"], ["5Miner"], [[0.25]])


async def test_status_is_json_without_secrets(make_settings):
    settings = make_settings("ws://127.0.0.1:9")
    async with validating(settings) as page:
        text = json.dumps(await page.status())
    secret = (settings.folders.data / "secret").read_bytes()
    assert secret.hex() not in text
    assert PASSWORD not in text

"""Weights that are committed and revealed, on a real chain that hides them."""

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from chain.client import Call, ChainClient, connect
from chain.keys import Keypair
from chain.timelock import FIRST_ROUND_AT, ROUND_SECONDS
from gating.checkpoint import CorruptCheckpoint
from validator.concealment import LIFE_BLOCKS, Means
from validator.errors import CannotConceal
from validator.journal import Journal
from validator.ledger import PALLET, Ledger, View
from validator.metrics import Metrics
from validator.receipts import Receipts
from validator.rules import Rules, Way
from validator.vault import Commit, load_vault
from validator.weights import WeightSetter

ALICE, BOB = Keypair.from_uri("//Alice"), Keypair.from_uri("//Bob")
HOTKEY = Keypair.from_uri("//Bob//validator")
WEIGHTS = [(0, 65_535), (1, 1_000)]
TEMPO = 6

ROUND = 1_000
SIGNATURE = bytes.fromhex(
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
)
"""A real round of the beacon."""


@dataclass
class World:
    """A chain that hides weights, with a validator's seat on it."""

    client: ChainClient
    ledger: Ledger
    folder: Path
    proposed: int = 0

    def setter(self, clock=time.time) -> WeightSetter:
        """A setter as a fresh process would build it."""
        receipts = Receipts(Journal(self.folder / "receipts.jsonl"), Metrics())
        return WeightSetter(Means(self.ledger, HOTKEY, load_vault(self.folder / "commits.json"), receipts, clock))

    async def propose(self, view: View):
        self.proposed += 1
        return WEIGHTS

    def tell(self):
        return {"scores": {"a": self.proposed}}

    async def run(self, setter: WeightSetter, until, clock_seconds: float = 30) -> View:
        """Let the setter see every block until it shows something."""
        version = 0
        async with asyncio.timeout(clock_seconds):
            while True:
                view = await self.ledger.views.after(version)
                version = self.ledger.views.version
                await setter.step(view, self.propose, self.tell)
                if until(setter, view):
                    return view

    async def skip_to(self, epoch: int) -> None:
        """Let epochs pass that the setter never sees."""
        version = 0
        while (await self.ledger.views.after(version)).epoch < epoch:
            version = self.ledger.views.version

    def receipts(self, kind: str):
        return [record for record in Journal(self.folder / "receipts.jsonl").read() if record["kind"] == kind]

    async def on_chain(self) -> list[tuple[int, int]]:
        return (await self.client.weights(1)).get(1, [])


@pytest.fixture
async def world(start_dev_chain, tmp_path):
    node = await asyncio.to_thread(start_dev_chain, block_ms=120, tempo=TEMPO)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(connect(node.url))
        seat = {"netuid": 1, "hotkey": HOTKEY.ss58_address}
        await client.submit(Call(PALLET, "burned_register", seat), BOB)
        await client.submit(Call(PALLET, "add_stake", {**seat, "amount_staked": 10**12}), BOB)
        hide = {"netuid": 1, "enabled": True}
        await client.submit(Call("AdminUtils", "sudo_set_commit_reveal_weights_enabled", hide), ALICE)
        ledger = Ledger(lambda: connect(node.url), 1)
        await stack.enter_async_context(following(ledger))
        found = World(client, ledger, tmp_path)
        version = 0
        while (
            me := (await ledger.views.after(version)).neuron(HOTKEY.ss58_address)
        ) is None or not me.validator_permit:
            version = ledger.views.version
        yield found


@asynccontextmanager
async def following(ledger):
    task = asyncio.create_task(ledger.follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def committed(setter, view) -> bool:
    return bool(setter.describe(view)["waiting"]) and setter.describe(view)["waiting"][0]["block"] is not None


def revealed(setter, view) -> bool:
    return "included" in (setter.last_receipt or {}) and setter.last_receipt["kind"] == "reveal"


async def test_weights_are_committed_in_one_epoch_and_known_in_the_next(world):
    setter = world.setter()
    seen = await world.run(setter, committed)
    assert setter.conceals
    assert world.setter().conceals
    waiting = setter.describe(seen)["waiting"][0]
    assert (setter.describe(seen)["way"], waiting["reveal_epoch"]) == ("hashed", waiting["commit_epoch"] + 1)
    assert waiting["reveals_at_block"] > seen.block
    assert await world.on_chain() == []
    assert setter.shown == {}

    seen = await world.run(setter, revealed)
    assert seen.epoch == waiting["reveal_epoch"]
    assert await world.on_chain() == WEIGHTS
    assert setter.shown == {"scores": {"a": 1}}
    (commit,), (reveal,) = world.receipts("commit"), world.receipts("reveal")
    assert "weights" not in commit
    assert commit["block"] < reveal["block"]
    assert commit["commit"] == reveal["commit"]
    assert reveal["weights"] == [list(pair) for pair in WEIGHTS]
    assert (reveal["epoch"], reveal["seen_block"]) == (commit["epoch"], commit["seen_block"])


async def test_restart_between_commit_and_reveal_loses_nothing_even_if_the_answer_was_lost(world):
    await world.run(world.setter(), committed)
    vault = load_vault(world.folder / "commits.json")
    vault.put(replace(vault.commits[0], block=None))
    await world.run(world.setter(), revealed)
    assert await world.on_chain() == WEIGHTS
    assert world.receipts("reveal")[0]["commit"] == vault.commits[0].digest


async def test_commits_that_expired_or_reached_no_block_are_told_and_the_next_goes_its_way(world):
    seen = await world.run(world.setter(), committed)
    vault = load_vault(world.folder / "commits.json")
    vault.put(commit_of("0x07", made_at=seen.block - LIFE_BLOCKS - 1))
    await world.skip_to(vault.commits[0].reveal_epoch + 2)
    late = world.setter()
    await world.run(late, lambda setter, view: len(world.receipts("reveal")) > 1)
    assert {receipt["error"].partition(":")[0] for receipt in world.receipts("reveal")} == {
        "ExpiredWeightCommit",
        "the commit is in no block and its signature has expired",
    }
    assert late.shown == {}
    await world.run(late, revealed)
    assert await world.on_chain() == WEIGHTS


async def test_weights_are_timelocked_where_the_chain_follows_the_beacon(world):
    with pytest.raises(CannotConceal, match="CommitRevealWeightsEnabled"):
        await world.setter()._means.submit(Call(PALLET, "commit_by_pigeon"))
    now = FIRST_ROUND_AT + (ROUND - 1) * ROUND_SECONDS + 0.5
    assert (await Rules.read(world.client, 1, lambda: now)).way is Way.HASHED
    await write_pulse(world, ROUND - 10, bytes(48))
    setter = world.setter(lambda: now)
    seen = await world.run(setter, committed)
    assert setter.describe(seen)["way"] == "timelocked"
    assert await world.on_chain() == []
    await write_pulse(world, ROUND, SIGNATURE)
    await world.run(setter, revealed)
    assert await world.on_chain() == WEIGHTS
    assert setter.shown == {"scores": {"a": 1}}


async def write_pulse(world, number: int, signature: bytes) -> None:
    pulse = {"round": number, "randomness": bytes(32), "signature": signature}
    payload = {"block_number": 0, "pulses": [pulse], "public": {"Sr25519": bytes(32)}}
    inner = {
        "call_module": "Drand",
        "call_function": "write_pulse",
        "call_args": {"pulses_payload": payload, "signature": None},
    }
    await world.client.submit(Call("Sudo", "sudo", {"call": inner}), ALICE)


def commit_of(digest: str, **changes) -> Commit:
    made = Commit(digest, (0,), (65_535,), (1, 2), 0, made_at=1, made_in=0, epoch=0, reveal_epoch=1)
    return replace(made, **changes)


def test_vault_is_kept_from_others_and_survives_a_restart(tmp_path):
    path = tmp_path / "commits.json"
    vault = load_vault(path)
    first, second = commit_of("0x01"), commit_of("0x02", made_at=5, facts={"scores": {"a": 0.25}})
    vault.put(first)
    vault.put(second)
    assert path.stat().st_mode & 0o077 == 0
    assert load_vault(path).commits == (first, second)
    vault.open(second)
    assert (load_vault(path).commits, load_vault(path).shown) == ((), {"scores": {"a": 0.25}})


def test_revealing_a_commit_ends_those_before_it_and_no_later_one(tmp_path):
    vault = load_vault(tmp_path / "commits.json")
    commits = [commit_of(f"0x0{at}", made_at=at) for at in (1, 2, 3)]
    for commit in commits:
        vault.put(commit)
    vault.open(commits[1])
    assert vault.commits == (commits[2],)


@pytest.mark.parametrize("damage", ["{", "{}", '{"format": 9}', '{"format": 1, "commits": [{}], "shown": null}'])
def test_damaged_vault_says_the_fix(tmp_path, damage):
    (tmp_path / "commits.json").write_text(damage)
    with pytest.raises(CorruptCheckpoint, match="delete it"):
        load_vault(tmp_path / "commits.json")

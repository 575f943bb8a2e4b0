"""Weights that are committed and revealed, on a real chain that hides them."""

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from chain.client import Call, ChainClient, connect
from chain.keys import Keypair
from chain.testing import DevChain
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
TEMPO = 8
PATIENCE_SECONDS = 0.3

ROUND = 1_000
SIGNATURE = bytes.fromhex(
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
)
"""A real round of the beacon."""


@dataclass
class World:
    """A chain that hides weights and makes blocks when asked, with a validator's seat on it."""

    node: DevChain
    client: ChainClient
    ledger: Ledger
    folder: Path
    proposed: int = 0
    told: dict[str, dict[str, int]] = field(default_factory=dict)
    """Facts that went with the newest commit."""

    def setter(self, clock=time.time) -> WeightSetter:
        """A setter as a fresh process would build it."""
        receipts = Receipts(Journal(self.folder / "receipts.jsonl"), Metrics())
        return WeightSetter(Means(self.ledger, HOTKEY, load_vault(self.folder / "commits.json"), receipts, clock))

    async def propose(self, view: View):
        self.proposed += 1
        return WEIGHTS

    def tell(self):
        self.told = {"scores": {"a": self.proposed}}
        return self.told

    async def drive(self, work):
        """Make blocks for as long as something waits for them."""
        task = asyncio.ensure_future(work)
        while not (await asyncio.wait({task}, timeout=PATIENCE_SECONDS))[0]:
            await asyncio.to_thread(self.node.seal)
        return task.result()

    async def next_view(self) -> View:
        """The view of one block more."""
        number = (await asyncio.to_thread(self.node.seal)).header.number
        version = 0
        while (view := await self.ledger.views.after(version)).block < number:
            version = self.ledger.views.version
        return view

    async def run(self, setter: WeightSetter, until) -> View:
        """Let the setter see every block until it shows something."""
        for _ in range(20 * TEMPO):
            view = await self.next_view()
            await self.drive(setter.step(view, self.propose, self.tell))
            if until(setter, view):
                return view
        raise AssertionError(f"it never came to that: {setter.last_receipt}")

    async def skip_to(self, epoch: int) -> None:
        """Let epochs pass that the setter never sees."""
        while (await self.next_view()).epoch < epoch:
            pass

    def receipts(self, kind: str):
        return [record for record in Journal(self.folder / "receipts.jsonl").read() if record["kind"] == kind]

    async def on_chain(self) -> list[tuple[int, int]]:
        return (await self.client.weights(1)).get(1, [])


@pytest.fixture
async def world(start_dev_chain, tmp_path):
    node = await asyncio.to_thread(start_dev_chain, tempo=TEMPO)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(connect(node.url))
        ledger = Ledger(lambda: connect(node.url), 1)
        found = World(node, client, ledger, tmp_path)
        seat = {"netuid": 1, "hotkey": HOTKEY.ss58_address}
        await found.drive(client.submit(Call(PALLET, "burned_register", seat), BOB))
        await found.drive(client.submit(Call(PALLET, "add_stake", {**seat, "amount_staked": 10**12}), BOB))
        hide = {"netuid": 1, "enabled": True}
        await found.drive(client.submit(Call("AdminUtils", "sudo_set_commit_reveal_weights_enabled", hide), ALICE))
        await asyncio.to_thread(node.seal, 2 * TEMPO)
        await stack.enter_async_context(following(ledger))
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


async def test_weights_are_committed_in_one_epoch_and_known_in_the_next_whatever_happens(world):
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
    assert setter.shown == world.told
    commit, reveal = world.receipts("commit")[-1], world.receipts("reveal")[-1]
    assert "weights" not in commit
    assert commit["block"] < reveal["block"]
    assert commit["commit"] == reveal["commit"]
    assert reveal["weights"] == [list(pair) for pair in WEIGHTS]
    assert (reveal["epoch"], reveal["seen_block"]) == (commit["epoch"], commit["seen_block"])

    await expect_restart_to_lose_nothing(world)
    await expect_lost_commits_to_be_told(world)


async def expect_restart_to_lose_nothing(world):
    """A process that ends between commit and reveal, before it heard that the commit is in a block."""
    await world.run(world.setter(), committed)
    vault = load_vault(world.folder / "commits.json")
    vault.put(replace(vault.commits[-1], block=None))
    await world.run(world.setter(), lambda setter, view: not open_commits(world))
    assert await world.on_chain() == WEIGHTS
    assert world.receipts("reveal")[-1]["commit"] == vault.commits[-1].digest


async def expect_lost_commits_to_be_told(world):
    """Commits that expired, or reached no block."""
    known = dict(world.told)
    seen = await world.run(world.setter(), committed)
    vault = load_vault(world.folder / "commits.json")
    vault.put(commit_of("0x07", made_at=seen.block - LIFE_BLOCKS - 1))
    await world.skip_to(vault.commits[0].reveal_epoch + 2)
    await world.run(world.setter(), lambda setter, view: not {"0x07", vault.commits[0].digest} & open_commits(world))
    problems = {receipt["error"].partition(":")[0] for receipt in world.receipts("reveal") if "error" in receipt}
    assert problems >= {"ExpiredWeightCommit", "the commit is in no block and its signature has expired"}
    assert world.setter().shown == known, "the facts of the newest weights that all know"


async def test_weights_are_timelocked_where_the_chain_follows_the_beacon(world):
    await world.next_view()
    with pytest.raises(CannotConceal, match="CommitRevealWeightsEnabled"):
        await world.setter()._means.submit(Call(PALLET, "commit_by_pigeon"))
    now = FIRST_ROUND_AT + (ROUND - 1) * ROUND_SECONDS + 0.1
    assert (await Rules.read(world.client, 1, lambda: now)).way is Way.HASHED
    await write_pulse(world, ROUND - 10, bytes(48))
    setter = world.setter(lambda: now)
    seen = await world.run(setter, committed)
    assert setter.describe(seen)["way"] == "timelocked"
    assert await world.on_chain() == []
    await write_pulse(world, ROUND, SIGNATURE)
    await world.run(setter, revealed)
    assert await world.on_chain() == WEIGHTS
    assert setter.shown == world.told


async def write_pulse(world, number: int, signature: bytes) -> None:
    pulse = {"round": number, "randomness": bytes(32), "signature": signature}
    payload = {"block_number": 0, "pulses": [pulse], "public": {"Sr25519": bytes(32)}}
    inner = {
        "call_module": "Drand",
        "call_function": "write_pulse",
        "call_args": {"pulses_payload": payload, "signature": None},
    }
    await world.drive(world.client.submit(Call("Sudo", "sudo", {"call": inner}), ALICE))


def open_commits(world) -> set[str]:
    return {commit.digest for commit in load_vault(world.folder / "commits.json").commits}


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

"""Two validators that share samples: real chain, real HTTP."""

import asyncio
import gzip
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiohttp import web

from chain.client import Call, connect
from chain.keys import Keypair
from tests.patience import PATIENCE_SECONDS
from tests.validator.test_samples import alone, log
from validator.api.samples import serve_samples
from validator.api.server import serve
from validator.ledger import PALLET, Ledger
from validator.metrics import Metrics
from validator.notices import find_notice, find_validators
from validator.peers import Peers, Self
from validator.secret import Secret
from validator.sharing import Sharing
from validator.shelf import Library, Shelf

BOB = Keypair.from_uri("//Bob")
ONE, OTHER = Keypair.from_uri("//Bob//one"), Keypair.from_uri("//Bob//other")


class World:
    """A chain with two staked validators, and each one's end of the exchange."""

    def __init__(self, client, ledger, tmp_path):
        self.client = client
        self.ledger = ledger
        self.known: int | None = None
        self.spoilt = False
        self.one, self.other = (self._peers(key, tmp_path / name) for key, name in ((ONE, "one"), (OTHER, "other")))

    def _peers(self, key, folder):
        me = Self(self.ledger, key, "", Secret(key.public_key).commitment)
        return Peers(me, Shelf(folder / "samples"), Library(folder / "peers"), Metrics())

    def give(self, digest: str) -> bytes | None:
        data = self.one.find(digest, self.known)
        return gzip.compress(b"spoilt") if data is not None and self.spoilt else data

    async def view(self, condition):
        """The first view that fulfils a condition."""
        version = 0
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition(found := await self.ledger.views.after(version)):
                version = self.ledger.views.version
        return found

    async def until(self, condition):
        """Wait block by block until the other validator shows something."""
        return await self.view(lambda view: condition(self.other.describe()))

    async def set_weights(self, key):
        """Weights for itself, which need no permit."""
        uid = (await self.view(lambda view: True)).metagraph.uid_of(key.ss58_address)
        params = {"netuid": 1, "mecid": 0, "dests": [uid], "weights": [65_535], "version_key": 0}
        await self.client.submit(Call(PALLET, "set_mechanism_weights", params), key)


@asynccontextmanager
async def running(work):
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def world(start_dev_chain, tmp_path):
    node = await asyncio.to_thread(start_dev_chain, block_ms=150, tempo=6)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(connect(node.url))
        for key in (ONE, OTHER):
            seat = {"netuid": 1, "hotkey": key.ss58_address}
            await client.submit(Call(PALLET, "burned_register", seat), BOB)
            await client.submit(Call(PALLET, "add_stake", {**seat, "amount_staked": 10**12}), BOB)
        ledger = Ledger(lambda: connect(node.url), 1)
        await stack.enter_async_context(running(ledger.follow()))
        found = World(client, ledger, tmp_path)
        application = web.Application()
        application.router.add_get("/samples/{digest}", serve_samples(found.give))
        port = await stack.enter_async_context(serve(application, "127.0.0.1", 0))
        for peers in (found.one, found.other):
            peers.reach_at(f"http://127.0.0.1:{port}")
        await found.view(lambda view: {ONE.ss58_address, OTHER.ss58_address} <= set(find_validators(view)))
        yield found


async def test_samples_are_committed_before_weights_and_read_once_these_are_known(world):
    view = await world.view(lambda view: view.epoch > 0)
    async with running(world.other.follow(lambda: alone, lambda view: None)):
        await world.one.close_epoch(view, log, alone)
        notice = await find_notice(world.client, 1, ONE.ss58_address)
        assert notice is not None
        assert notice.samples == world.one.describe()["samples"]
        assert notice.seeds == Secret(ONE.public_key).commitment
        world.known = view.epoch
        await world.view(lambda now: now.block > view.block + 6)
        assert world.other.describe()["read"] == {}, "no weights were set yet"

        world.known = None
        await world.set_weights(ONE)
        later = await world.view(lambda now: now.block > view.block + 12)
        assert world.other.describe()["read"] == {}, "the weights are not known to all yet"
        assert world.other.hear(later).reports == ()

        world.known, world.spoilt = view.epoch, True
        await world.until(lambda told: "committed to" in told["problems"].get(ONE.ss58_address, ""))
        assert world.other.describe()["read"] == {}, "this is not what was committed to"

        again = await world.view(lambda now: now.epoch > view.epoch)
        world.known, world.spoilt = again.epoch, False
        assert await Sharing(world.ledger, ONE.ss58_address, 1).find_charge(again, frozenset("m")) is None
        sharing = Sharing(world.ledger, ONE.ss58_address, 0)
        found = await sharing.find_charge(again, frozenset("m"))
        assert found == frozenset("m"), "who came in this epoch is everybody's"
        await world.one.close_epoch(again, lambda: log((2,)), alone)
        await world.set_weights(ONE)
        await world.until(lambda told: told["read"] == {ONE.ss58_address: [again.epoch]})
        assert world.other.describe()["problems"] == {}

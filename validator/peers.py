"""Validators that share what they see: samples committed to before weights, told when the weights are known to all."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import aiohttp

from chain.client import ChainError, DispatchError, InvalidTransaction
from chain.keys import Keypair
from gating.pooling import Electorate, Report
from gating.residuals import Residual, find_residuals
from validator.errors import CorruptRecords, UnreachablePeer
from validator.estimating import estimate_miners
from validator.fetching import fetch_samples, is_reachable_from
from validator.findings import Findings, Group, find_out, tabulate_gains
from validator.hearsay import Hearsay
from validator.ledger import Ledger, View
from validator.metrics import Metrics
from validator.notices import SUBMIT_SECONDS, Notice, build_notice_call, find_notice, find_validators
from validator.samples import Title, collect_rounds, pack, unpack
from validator.shelf import Entry, Library, Shelf

log = logging.getLogger(__name__)

MOST_AT_ONCE = 8
LOOK_BLOCKS = 2
"""Blocks between two looks at what others have published."""

Log = Callable[[], Iterable[Mapping[str, Any]]]
"""Reads the audit log from its beginning."""


@dataclass(frozen=True)
class Self:
    """Who we are to other validators."""

    ledger: Ledger
    signer: Keypair
    url: str
    seeds: str

    @property
    def hotkey(self) -> str:
        """Our own address."""
        return self.signer.ss58_address


class Peers:
    """Publishes our samples, reads those of others and compares."""

    def __init__(self, me: Self, shelf: Shelf, library: Library, metrics: Metrics) -> None:
        self.me = me
        self._shelf = shelf
        self._library = library
        self._metrics = metrics
        self._packed_in: int | None = None
        self._published: Notice | None = None
        self._read: dict[str, str] = {}
        self._problems: dict[str, str] = {}
        self._residuals: list[Residual] = []
        self._compared: set[tuple[str, int]] = set()

    async def close_epoch(self, view: View, log_of_audits: Log, group: Group) -> None:
        """Put what was seen since the last time into a bundle and its hash on chain, once an epoch, before weights.

        Raises: ChainError.
        """
        newest = self._shelf.newest
        if self._packed_in != view.epoch and (newest is None or newest.epoch < view.epoch):
            await asyncio.to_thread(self._pack, view, log_of_audits, group)
            self._packed_in = view.epoch
        await self._publish()

    def reach_at(self, url: str) -> None:
        """Tell others this address from now on."""
        self.me = replace(self.me, url=url)

    def find(self, digest: str, known_epoch: int | None) -> bytes | None:
        """One of our bundles, gzipped, once the weights of its epoch are known to all."""
        return self._shelf.find(digest, known_epoch)

    def hear(self, view: View) -> Hearsay:
        """What others found out until now."""
        stakes = find_validators(view)
        since = {one.hotkey: one.block_at_registration for one in view.metagraph.neurons}
        others = {hotkey: stake for hotkey, stake in sorted(stakes.items()) if hotkey != self.me.hotkey}
        reports = [
            Report(hotkey, stake, estimate_miners(self._library.of(hotkey), since)) for hotkey, stake in others.items()
        ]
        told = tuple(report for report in reports if report.estimates)
        return Hearsay(told, Electorate(stakes.get(self.me.hotkey, 0), sum(stakes.values())))

    async def follow(self, grouping: Callable[[], Group], known_epoch: Callable[[View], int | None]) -> None:
        """Publish where we are, and read what others publish, for ever."""
        views, version, looked_at = self.me.ledger.views, 0, -LOOK_BLOCKS
        async with _open_http() as http:
            while True:
                view = await views.after(version)
                version = views.version
                if view.block - looked_at < LOOK_BLOCKS:
                    continue
                looked_at = view.block
                try:
                    await self._publish_first(view)
                    await self._look_around(view, http, grouping())
                except ChainError as error:
                    log.info("other validators: %s", error)
                await asyncio.to_thread(self._compare, known_epoch(view))

    def describe(self) -> dict[str, object]:
        """Whose samples count, what is wrong with others, and which miners do well with one validator only."""
        library = self._library.findings
        return {
            "url": self.me.url,
            "samples": None if self._shelf.newest is None else self._shelf.newest.digest,
            "read": {hotkey: [one.epoch for one in found] for hotkey, found in sorted(library.items())},
            "problems": dict(sorted(self._problems.items())),
            "alarms": [asdict(residual) for residual in self._residuals if residual.alarming],
            "compared": len(self._residuals),
        }

    def _pack(self, view: View, log_of_audits: Log, group: Group) -> None:
        newest = self._shelf.newest
        rounds = collect_rounds(log_of_audits(), 0 if newest is None else newest.stop)
        if not rounds:
            return
        title = Title(self.me.ledger.netuid, self.me.hotkey, view.epoch)
        digest, data = pack(title, rounds, self.me.signer)
        self._shelf.put(Entry(digest, view.epoch, max(rounds) + 1), data)
        self._library.put(find_out(unpack(data, digest, title), group))

    async def _publish_first(self, view: View) -> None:
        if self._published is None and view.neuron(self.me.hotkey) is not None:
            await self._publish()

    async def _publish(self) -> None:
        """Have the chain say of us what is so."""
        ledger, newest = self.me.ledger, self._shelf.newest
        wanted = Notice(self.me.url, self.me.seeds, None if newest is None else newest.digest)
        if self._published is None:
            self._published = await find_notice(ledger.client, ledger.netuid, self.me.hotkey)
        if wanted.says_as(self._published):
            return
        try:
            call = build_notice_call(ledger.netuid, wanted)
            await ledger.client.submit(call, self.me.signer, timeout=SUBMIT_SECONDS)
        except ChainError:
            self._published = None
            raise
        except (DispatchError, InvalidTransaction) as error:
            log.warning("the notice to other validators was refused: %s: %s", type(error).__name__, error)
            return
        self._published = wanted

    async def _look_around(self, view: View, http: aiohttp.ClientSession, group: Group) -> None:
        """Read new bundles of all validators; one's fault is noted and stays its own."""
        validators = find_validators(view)
        self._library.keep_only(validators)
        few = asyncio.Semaphore(MOST_AT_ONCE)

        async def visit(hotkey: str) -> None:
            async with few:
                await self._visit(view, hotkey, http, group)

        await asyncio.gather(*(visit(hotkey) for hotkey in sorted(validators.keys() - {self.me.hotkey})))

    async def _visit(self, view: View, hotkey: str, http: aiohttp.ClientSession, group: Group) -> None:
        notice = await find_notice(self.me.ledger.client, self.me.ledger.netuid, hotkey)
        if notice is None or notice.samples is None or self._read.get(hotkey) == notice.samples:
            return
        try:
            found = await self._read_samples(view, hotkey, notice, http, group)
        except (UnreachablePeer, CorruptRecords) as error:
            self._note_problem(hotkey, str(error))
            if isinstance(error, CorruptRecords):
                self._read[hotkey] = notice.samples
            return
        if found is not None:
            self._read[hotkey] = notice.samples
            self._problems.pop(hotkey, None)
            if found.epoch not in {one.epoch for one in self._library.of(hotkey)}:
                self._library.put(found)

    async def _read_samples(  # the seams that one look needs
        self, view: View, hotkey: str, notice: Notice, http: aiohttp.ClientSession, group: Group
    ) -> Findings | None:
        """What follows from a validator's newest bundle; None until its weights are known to all.

        Raises: UnreachablePeer, CorruptRecords.
        """
        neuron = view.neuron(hotkey)
        if notice.samples is None or neuron is None or notice.block is None or notice.block > neuron.last_update:
            return None
        if not is_reachable_from(self.me.url, notice.url):
            raise UnreachablePeer(f"its address {notice.url!r} is not one to ask")
        data = await fetch_samples(http, notice.url, notice.samples)
        if data is None:
            return None
        title = Title(self.me.ledger.netuid, hotkey, view.epoch)
        bundle = await asyncio.to_thread(unpack, data, notice.samples, title)
        if bundle.title.epoch > view.epoch:
            raise CorruptRecords(f"the samples are those of epoch {bundle.title.epoch}, in epoch {view.epoch}")
        return await asyncio.to_thread(find_out, bundle, group)

    def _note_problem(self, hotkey: str, problem: str) -> None:
        if self._problems.get(hotkey) != problem:
            log.warning("validator %s: %s", hotkey, problem)
        self._problems[hotkey] = problem

    def _compare(self, known_epoch: int | None) -> None:
        """Look for miners that do well with one validator only, in what all may know."""
        library = {hotkey: self._library.of(hotkey) for hotkey in self._library.findings}
        library[self.me.hotkey] = self._library.of(self.me.hotkey, -1 if known_epoch is None else known_epoch)
        compared = {(hotkey, one.epoch) for hotkey, found in library.items() for one in found}
        if compared == self._compared:
            return
        self._compared = compared
        before = {(one.validator, one.miner) for one in self._residuals if one.alarming}
        self._residuals = find_residuals({hotkey: tabulate_gains(found) for hotkey, found in library.items()})
        alarms = [one for one in self._residuals if one.alarming]
        self._metrics.alarms.set(len(alarms))
        for one in alarms:
            if (one.validator, one.miner) not in before:
                log.warning(
                    "miner %s does better with validator %s than with all others by %.2f nats a token (%.2f to %.2f)",
                    one.miner, one.validator, one.difference, one.low, one.high,
                )  # fmt: skip


@asynccontextmanager
async def _open_http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auto_decompress=False) as http:
        yield http

"""What a validator does all day: one loop per duty."""

import asyncio
import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import orjson

from gating.objective import AuditItem
from validator.again import Again
from validator.anchor import LocalAnchor, Worker, load_model
from validator.answers import Limits, MixtureService, Sources
from validator.api.models import Listing
from validator.audits import Auditor, Round
from validator.bits import Figures
from validator.errors import AnchorNotReady
from validator.evaluation import Request
from validator.facts import Facts, read_facts
from validator.ledger import View
from validator.parts import Parts
from validator.rules import Weights
from validator.seats import Speaker
from validator.seeding import Seeds
from validator.sessions import Sessions
from validator.status import Desk, describe_status

log = logging.getLogger(__name__)

ANCHOR_POLL_SECONDS = 0.5
SHORTEST_PAUSE_SECONDS = 2.0
PAUSE_PER_WORK = 4.0
"""Rest after a round, in times of the round's length: audits leave most of the machine to others."""
EPOCHS_BETWEEN_EVALUATIONS = 3
PAGE_SECONDS = 1.0

Json = dict[str, object]


class Duties:
    """The loops, over the parts."""

    def __init__(self, parts: Parts, worker: Worker) -> None:
        self.parts = parts
        self._worker = worker
        self._seeds = Seeds(self._block_hash, parts.mind.secret)
        self._evaluated_windows = _next_window(parts)
        self._saved_in: int | None = None
        self._heard_in: int | None = None

    async def load_anchor(self) -> None:
        """Wait for the anchor's folder, load it, open for business.

        Raises: CorruptCheckpoint when the folder does not hold a model.
        """
        folder, progress = self.parts.settings.folders.anchor, self.parts.front.progress
        progress.anchor_problem = f"waiting for {folder.name} to be trained"
        while not folder.is_dir():  # noqa: ASYNC110  (another process makes it)
            await asyncio.sleep(ANCHOR_POLL_SECONDS)
        progress.anchor_problem = "loading"
        model = await self._worker.run(lambda: load_model(folder))
        self._open(LocalAnchor(model, self._worker))
        progress.anchor_problem = None
        log.info("the anchor is loaded")

    async def keep_channels(self) -> None:
        """Follow the metagraph: our own seat, and a channel to every miner."""
        membership, version = self.parts.membership, 0
        while True:
            view = await membership.ledger.views.after(version)
            version = membership.ledger.views.version
            self.parts.front.metrics.block.set(view.block)
            miners = view.miners(membership.signer.ss58_address)
            self.parts.mind.standing.keep_only(view.metagraph, [miner.hotkey for miner in miners])
            await membership.book.sync(miners)
            for hotkey in await membership.book.describe():
                self.parts.mind.standing.router.weaken(hotkey)
            await membership.registrar.check(view)

    async def audit(self) -> None:
        """Round after round, with a rest in proportion to the work."""
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            if self.parts.auditor is not None and self.parts.membership.book.peers:
                await self._audit_once(self.parts.auditor)
            spent = loop.time() - started
            await asyncio.sleep(max(SHORTEST_PAUSE_SECONDS, PAUSE_PER_WORK * spent))

    async def follow_peers(self) -> None:
        """Share what was seen with other validators."""
        payroll, setter = self.parts.mind.standing.payroll, self.parts.membership.setter
        await self.parts.peers.follow(payroll.grouping, setter.known_epoch)

    def find_samples(self, digest: str) -> bytes | None:
        """One of our bundles, if all may know it."""
        membership = self.parts.membership
        return self.parts.peers.find(digest, membership.setter.known_epoch(membership.ledger.views.value))

    async def set_weights(self) -> None:
        """Once an epoch."""
        await self.parts.membership.setter.run(self._propose, lambda: self._facts().encode())

    async def evaluate(self) -> None:
        """Every few epochs, on the next held-out windows."""
        views, version, seen = self.parts.membership.ledger.views, 0, None
        while True:
            view = await views.after(version)
            version = views.version
            if view.epoch != seen and self._is_evaluation_due(view, first=seen is None):
                seen = view.epoch
                await self.measure(len(self.parts.exams.evaluation.domains))

    async def publish(self) -> None:
        """Send the page a new state every second while it has readers."""
        while True:
            if self.parts.front.broadcast.readers:
                self.parts.front.broadcast.publish(orjson.dumps(self.describe()))
            await asyncio.sleep(PAGE_SECONDS)

    def save(self) -> None:
        """Keep what was learnt."""
        view = self.parts.membership.ledger.views.value
        self._saved_in = None if view is None else view.epoch
        self.parts.mind.standing.save(self.parts.settings.folders.state)

    async def measure(self, windows: int, *, mixed: bool = False) -> Json:
        """Evaluate on the next ``windows`` held-out windows; mixed ones change their domain halfway.

        Raises: AnchorNotReady.
        """
        if self.parts.mixture is None:
            raise AnchorNotReady("the anchor model is not loaded yet (try again soon)")
        numbers = range(self._evaluated_windows, self._evaluated_windows + windows)
        self._evaluated_windows += windows
        request = Request(numbers, self.parts.settings.audits.k, mixed)
        figures, path = await self.parts.exams.evaluation.run(self.parts.mixture, request)
        if not mixed:
            self._note(figures, numbers)
        return {
            "bits_per_byte": figures.summary(),
            "per_miner": dict(figures.per_miner),
            "best_miner": figures.best_miner,
            "records": str(path),
            "tokens": figures.tokens,
            "bytes": figures.size_bytes,
            "windows": [numbers.start, numbers.stop],
        }

    def describe(self) -> Json:
        """The state that ``/status`` and the page show."""
        membership, front = self.parts.membership, self.parts.front
        facts = Facts.decode(membership.setter.shown) if membership.setter.conceals else self._facts()
        desk = Desk(
            hotkey=membership.signer.ss58_address,
            ledger=membership.ledger,
            book=membership.book,
            standing=self.parts.mind.standing,
            facts=facts,
            progress=front.progress,
        )
        return {
            **describe_status(desk),
            "last_weights_receipt": membership.setter.last_receipt,
            "weights_on_their_way": membership.setter.describe(membership.ledger.views.value),
            "registration_problem": membership.registrar.problem,
            "apps": {"running": front.admission.running, "waiting": front.admission.waiting},
            "models": self.list_models().names(),
            "demand": self.parts.mind.demand.describe(),
            "validators": self.parts.peers.describe(),
            "seed_commitment": self.parts.mind.secret.commitment,
            "seed_told": self._seeds.tell(membership.setter.known_epoch(membership.ledger.views.value)),
        }

    def list_models(self) -> Listing:
        """Experts that apps may name."""
        book = self.parts.membership.book
        hotkeys = tuple(sorted(book.serving()))
        domains = sorted({domain for hotkey in hotkeys if (domain := book.domain_of(hotkey))})
        return Listing(hotkeys, tuple(domains), self.parts.settings.audits.k)

    def _open(self, anchor: LocalAnchor) -> None:
        parts = self.parts
        plan, book = parts.settings.audits, parts.membership.book
        sessions = Sessions(anchor, self._cover, plan.rows)
        sources = Sources(sessions, book.candidates, parts.mind.gate, book.record, parts.memory.keep)
        parts.mixture = MixtureService(
            sources, Limits(plan.context, plan.steps, plan.blocks * plan.block_tokens), parts.deadlines
        )
        mind = parts.mind
        parts.auditor = Auditor(sessions, mind.gate, parts.exams.objective, mind.secret, plan, parts.deadlines)

    def _cover(self, rows: int) -> Sequence[AuditItem]:
        """Hidden text for the rows of a session that an answer leaves free."""
        return self.parts.exams.objective.draw(secrets.token_bytes(32), rows)

    async def _audit_once(self, auditor: Auditor) -> None:
        standing, book, progress = self.parts.mind.standing, self.parts.membership.book, self.parts.front.progress
        view = self.parts.membership.ledger.views.value
        assert view is not None, "channels come from a view"
        started = time.monotonic()
        seed = await self._seeds.of_round(view, standing.rounds)
        auditor = await self._divide(view, auditor)
        peers = dict(book.peers)
        standing.payroll.charge = charge = await self.parts.sharing.find_charge(view, frozenset(peers))
        candidates = {hotkey: peer for hotkey, peer in peers.items() if charge is None or hotkey in charge}
        found, faults = await auditor.conduct(Round(standing.rounds, seed), candidates)
        again = await self._ask_again(auditor, candidates)
        self.parts.records.glimpses.append(*(observation.glimpse() for observation in found))
        self.parts.mind.demand.learn(found, standing.payroll.renewed)
        standing.learn_round(view, found, self.parts.records.audits.append, again)
        book.record({hotkey for observation in found for hotkey in observation.route.experts}, faults)
        if view.epoch != self._saved_in:
            self.save()
        progress.note_round(standing.rounds, len(found), time.monotonic() - started)
        metrics = self.parts.front.metrics
        metrics.audits.inc(len(found))
        metrics.absences.inc(len(faults))
        metrics.missing.set(self.parts.mind.demand.missing_share)

    async def _ask_again(self, auditor: Auditor, experts: Mapping[str, Speaker]) -> list[Again]:
        """A session over texts of apps, if any may be asked again."""
        kept = self.parts.memory.take(experts.keys(), self.parts.settings.audits.rows)
        if not kept:
            return []
        again, faults = await auditor.ask_again(kept, experts)
        self.parts.membership.book.record(set(kept[0].experts), faults)
        return again

    async def _divide(self, view: View, auditor: Auditor) -> Auditor:
        """The auditor with the texts that are ours since validators came or went."""
        parts = self.parts
        if not parts.exams.holdings.shared:
            return auditor
        validators = await parts.sharing.find_validators(view)
        objective = await parts.exams.holdings.divide(validators, parts.membership.signer.ss58_address)
        if objective is not None:
            parts.exams = replace(parts.exams, objective=objective)
            parts.auditor = auditor = replace(auditor, objective=objective)
        return auditor

    async def _propose(self, view: View) -> Weights:
        """Weights of this moment; before them, what they are made of is committed to, and what others saw is heard."""
        membership, payroll = self.parts.membership, self.parts.mind.standing.payroll
        await self.parts.peers.close_epoch(view, self.parts.records.audits.read, payroll.grouping())
        if self._heard_in != view.epoch:
            payroll.heard = await asyncio.to_thread(self.parts.peers.hear, view)
            self._heard_in = view.epoch
        return self.parts.mind.standing.propose(view, membership.signer.ss58_address, self.parts.records.audits.append)

    async def _block_hash(self, number: int) -> str:
        return await self.parts.membership.ledger.client.block_hash(number)

    def _facts(self) -> Facts:
        return read_facts(self.parts.mind.standing)

    def _is_evaluation_due(self, view: View, *, first: bool) -> bool:
        """Whether this epoch has an evaluation; validators take turns by their uids."""
        me = view.neuron(self.parts.membership.signer.ss58_address)
        turn = (view.epoch + (0 if me is None else me.uid)) % EPOCHS_BETWEEN_EVALUATIONS == 0
        ready = self.parts.mixture is not None and bool(self.parts.membership.book.serving())
        return ready and view.epoch > 0 and (first or turn)

    def _note(self, figures: Figures, numbers: range) -> None:
        view = self.parts.membership.ledger.views.value
        point: Json = {
            "time": time.time(),
            "block": 0 if view is None else view.block,
            "epoch": 0 if view is None else view.epoch,
            "next_window": numbers.stop,
            "bytes": figures.size_bytes,
            "per_miner": dict(figures.per_miner),
            **figures.summary(),
        }
        self.parts.front.progress.trend.add(point)
        self.parts.records.evaluations.append(point)
        for name, value in figures.summary().items():
            if value is not None:
                self.parts.front.metrics.bits_per_byte.labels(name).set(value)


def _next_window(parts: Parts) -> int:
    last = parts.records.evaluations.last()
    found = 0 if last is None else last.get("next_window", 0)
    return found if isinstance(found, int) else 0

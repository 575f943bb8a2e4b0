"""From observations to scores: the gate learns gains, the scoreboard what each miner adds."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from chain.metagraph import Metagraph
from gating.checkpoint import CorruptCheckpoint, read_digest, recover_directory, replace_directory
from gating.contribution import own_gains
from gating.router import Router
from validator.again import Again
from validator.domains import DomainGains
from validator.ledger import View
from validator.observation import Observation
from validator.payroll import Moment, Payroll, find_owners

ROUTER_FILE, SCORES_FILE, MEMORY_FILE = "router", "scores", "memory.json"
MEMORY_FORMAT = 1

Log = Callable[..., None]
"""Writes records."""


@dataclass
class Standing:
    """What the validator has learnt of every miner; saved whole or not at all."""

    router: Router
    payroll: Payroll = field(default_factory=Payroll)
    gains: DomainGains = field(default_factory=DomainGains)
    router_hash: str | None = None
    """SHA-256 of the router as it was last saved; None before."""
    _proposed: tuple[int, int, dict[str, int]] | None = None

    @property
    def rounds(self) -> int:
        """Number of the next round."""
        return self.payroll.rounds

    def keep_only(self, metagraph: Metagraph, hotkeys: Iterable[str]) -> None:
        """Track exactly these miners; one whose owner has changed starts from nothing."""
        for hotkey in self.payroll.keep_only(find_owners(metagraph, hotkeys)):
            self.router.forget(hotkey)
            self.gains.forget(hotkey)

    def learn_round(self, view: View, found: Iterable[Observation], log: Log, again: Sequence[Again] = ()) -> None:
        """Log the texts of a round, those of apps among them, then take them in; nothing comes between."""
        observations = self.payroll.group_all(found)
        header = self.payroll.header(Moment(view.block, view.epoch))
        log(header, *(seen.encode() for seen in observations), *(text.encode() for text in again))
        self.payroll.told(header)
        self.take(observations, again)

    def take(self, observations: Sequence[Observation], again: Sequence[Again] = ()) -> None:
        """Take in the texts of a round, whose experts are grouped, and those of apps."""
        for observation in observations:
            self._learn_gains(observation)
        self.payroll.take(observations, again)

    def propose(self, view: View, validator: str, log: Log) -> list[tuple[int, int]]:
        """Weights of this moment by uid, logged when they are new; empty when nobody has earned any."""
        found = {hotkey: view.metagraph.uid_of(hotkey) for hotkey in self.payroll.owners}
        uids = {hotkey: uid for hotkey, uid in sorted(found.items()) if uid is not None}
        weights = self.payroll.weights(uids)
        if self._proposed != (reason := (view.epoch, self.rounds, uids)) or self.payroll.renewed:
            named = {"netuid": view.metagraph.netuid, "validator": validator}
            proposal = {**self.payroll.proposal(Moment(view.block, view.epoch), uids), **named}
            log(proposal)
            self.payroll.told(proposal)
            self._proposed = reason
        return weights

    def scores(self) -> dict[str, float]:
        """What each miner is paid for, nats per audited text."""
        return self.payroll.scores()

    def audited(self, hotkey: str) -> int:
        """Number of texts that count for a miner."""
        return self.payroll.board.evidence(hotkey).audits if hotkey in self.payroll.owners else 0

    def save(self, folder: Path) -> None:
        """Write the state so that a reader finds the old one or the new one."""
        pay = {"rounds": self.rounds, "owners": self.payroll.owners, "renewed": sorted(self.payroll.renewed)}
        organic = {"consistency": self.payroll.consistency.encode(), "levels": self.payroll.levels.encode()}
        known = {"gains": self.gains.encode(), "likeness": self.payroll.likeness.encode(), **organic}
        memory = {"format": MEMORY_FORMAT, **pay, **known}
        with replace_directory(folder) as fresh:
            self.router_hash = self.router.save(fresh / ROUTER_FILE)
            self.payroll.board.save(fresh / SCORES_FILE)
            (fresh / MEMORY_FILE).write_text(json.dumps(memory))

    def _learn_gains(self, observation: Observation) -> None:
        route = observation.route
        answered = [not bool(np.isnan(row).all()) for row in observation.logprobs[1:]]
        rows = zip(route.experts, own_gains(observation.logprobs), route.propensities, answered, strict=True)
        for hotkey, gain, propensity, present in rows:
            if present and hotkey in self.payroll.owners:
                self.router.update(hotkey, route.features, gain, propensity)
                self.gains.add(observation.domain, hotkey, gain)


def load_standing(folder: Path, router: Router) -> Standing:
    """The saved standing, or a blank one where nothing was saved.

    Raises: CorruptCheckpoint.
    """
    recover_directory(folder)
    standing = Standing(router)
    if not folder.is_dir():
        return standing
    try:
        standing.router.load(folder / ROUTER_FILE)
        standing.router_hash = read_digest(folder / ROUTER_FILE)
        standing.payroll.board.load(folder / SCORES_FILE)
        memory = _read_memory(folder / MEMORY_FILE)
        standing.gains = DomainGains.decode(memory["gains"])
        standing.payroll.owners = {str(hotkey): str(owner) for hotkey, owner in memory["owners"].items()}
        standing.payroll.renewed = set(memory.get("renewed", ()))
        if "likeness" in memory:
            standing.payroll.likeness.restore(memory["likeness"])
        standing.payroll.restore_organic(memory)
        standing.payroll.rounds = int(memory["rounds"])
    except (FileNotFoundError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CorruptCheckpoint(folder, f"{type(error).__name__}: {error}") from error
    return standing


def _read_memory(path: Path) -> Mapping[str, Any]:
    memory = json.loads(path.read_text())
    if memory["format"] != MEMORY_FORMAT:
        raise CorruptCheckpoint(path, f"it has format {memory['format']}")
    return dict(memory)

"""From observations to scores: the gate learns gains, the scoreboard what each miner adds."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from chain.metagraph import Metagraph, Neuron
from gating.checkpoint import CorruptCheckpoint, recover_directory, replace_directory
from gating.contribution import Identity, contribution, group_identities, own_gains
from gating.router import Router
from gating.scores import Asked, Scoreboard, to_weights
from validator.domains import DomainGains
from validator.observation import Groups, Observation

ROUTER_FILE, SCORES_FILE, MEMORY_FILE = "router", "scores", "memory.json"
MEMORY_FORMAT = 1


def value_experts(observation: Observation) -> dict[str, Asked]:
    """What each expert earned on one text; whoever never answered earned nothing."""
    route = observation.route
    if not route.experts:
        return {}
    groups = observation.groups or tuple((at,) for at in range(len(route.experts)))
    paid = contribution(observation.logprobs, route.prior, groups).paid
    parts = zip(route.experts, paid, route.propensities, route.routed, strict=True)
    return {hotkey: Asked(value, propensity, routed) for hotkey, value, propensity, routed in parts}


@dataclass
class Standing:
    """What the validator has learnt of every miner; saved whole or not at all."""

    router: Router
    board: Scoreboard = field(default_factory=Scoreboard)
    gains: DomainGains = field(default_factory=DomainGains)
    owners: dict[str, str] = field(default_factory=dict)
    """Who stood behind each hotkey when it was last seen: coldkey and block of registration."""
    rounds: int = 0

    def keep_only(self, metagraph: Metagraph, hotkeys: Iterable[str]) -> None:
        """Track exactly these miners; one whose owner has changed starts from nothing."""
        neurons = metagraph.by_hotkey()
        owners = {hotkey: _owner(neurons[hotkey]) for hotkey in hotkeys}
        for hotkey in [hotkey for hotkey, owner in self.owners.items() if owners.get(hotkey) != owner]:
            self.router.forget(hotkey)
            self.board.forget(hotkey)
            self.gains.forget(hotkey)
        self.owners = owners
        self.board.track(owners)

    def group(self, experts: tuple[str, ...]) -> Groups:
        """Experts of one coldkey count as one player."""
        known = {hotkey: _identity(self.owners[hotkey]) for hotkey in experts if hotkey in self.owners}
        return group_identities(experts, known)

    def learn(self, observation: Observation) -> None:
        """Take in one text of the round."""
        self._learn_gains(observation)
        asked = value_experts(observation)
        self.board.record({hotkey: entry for hotkey, entry in asked.items() if hotkey in self.owners})

    def end_round(self) -> None:
        """Count the round whose texts have been taken in."""
        self.rounds += 1

    def scores(self) -> dict[str, float]:
        """What each miner is paid for, nats per audited text."""
        return self.board.scores()

    def audited(self, hotkey: str) -> int:
        """Number of texts that count for a miner."""
        return self.board.evidence(hotkey).audits if hotkey in self.owners else 0

    def header(self, block: int) -> dict[str, object]:
        """Record that begins a round in the audit log."""
        return {"round": self.rounds, "block": block, "tracked": sorted(self.owners)}

    def weights(self, metagraph: Metagraph) -> list[tuple[int, int]]:
        """Weights of this moment by uid, empty when nobody has earned any."""
        uids = {hotkey: metagraph.uid_of(hotkey) for hotkey in self.owners}
        scores = self.scores()
        earned = {uid: scores[hotkey] for hotkey, uid in uids.items() if uid is not None}
        return [(uid, weight) for uid, weight in to_weights(earned) if weight > 0]

    def save(self, folder: Path) -> None:
        """Write the state so that a reader finds the old one or the new one."""
        memory = {"format": MEMORY_FORMAT, "rounds": self.rounds, "owners": self.owners, "gains": self.gains.encode()}
        with replace_directory(folder) as fresh:
            self.router.save(fresh / ROUTER_FILE)
            self.board.save(fresh / SCORES_FILE)
            (fresh / MEMORY_FILE).write_text(json.dumps(memory))

    def _learn_gains(self, observation: Observation) -> None:
        route = observation.route
        answered = [not bool(np.isnan(row).all()) for row in observation.logprobs[1:]]
        rows = zip(route.experts, own_gains(observation.logprobs), route.propensities, answered, strict=True)
        for hotkey, gain, propensity, present in rows:
            if present and hotkey in self.owners:
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
        standing.board.load(folder / SCORES_FILE)
        memory = _read_memory(folder / MEMORY_FILE)
        standing.gains = DomainGains.decode(memory["gains"])
        standing.owners = {str(hotkey): str(owner) for hotkey, owner in memory["owners"].items()}
        standing.rounds = int(memory["rounds"])
    except (FileNotFoundError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CorruptCheckpoint(folder, f"{type(error).__name__}: {error}") from error
    return standing


def _read_memory(path: Path) -> Mapping[str, Any]:
    memory = json.loads(path.read_text())
    if memory["format"] != MEMORY_FORMAT:
        raise CorruptCheckpoint(path, f"it has format {memory['format']}")
    return dict(memory)


def replay(records: Iterable[Mapping[str, Any]]) -> Scoreboard:
    """Scores anew from an audit log that begins with the validator's first round.

    Raises: CorruptRecords.
    """
    board = Scoreboard()
    tracked: frozenset[str] = frozenset()
    for record in records:
        if "tracked" in record:
            tracked = frozenset(record["tracked"])
            board.track(tracked)
        else:
            asked = value_experts(Observation.decode(record))
            board.record({hotkey: entry for hotkey, entry in asked.items() if hotkey in tracked})
    return board


def _owner(neuron: Neuron) -> str:
    return f"{neuron.coldkey}@{neuron.block_at_registration}"


def _identity(owner: str) -> Identity:
    coldkey, _, block = owner.partition("@")
    return Identity(coldkey, None, int(block))

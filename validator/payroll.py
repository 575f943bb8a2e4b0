"""What each miner has earned and why, as far as it follows from the audit log alone.

A validator keeps its own live; whoever has the log arrives at the same one, to the last bit. The log is a sequence
of records: a *round* begins with a header and goes on with its texts, those of apps that were asked again among them, a
*proposal* tells what weights were to be set.
The first header of each epoch also holds the whole standing, so that old logs can be dropped.
"""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from typing import Any

from chain.metagraph import Metagraph, Neuron
from gating.consistency import Consistency
from gating.contribution import Identity, contribution, group_identities
from gating.likeness import Likeness, Text
from gating.scores import Asked, Evidence, Scoreboard, answered_share, to_weights
from validator.again import Again, Levels, compare
from validator.errors import CorruptRecords
from validator.hearsay import Hearsay, score_together
from validator.observation import Groups, Observation

Record = dict[str, object]
Owners = Mapping[str, str]


@dataclass(frozen=True)
class Moment:
    """When something happened, by the chain."""

    block: int
    epoch: int


@dataclass
class Payroll:
    """The evidence of all miners, and who stands behind each: coldkey and block of registration."""

    board: Scoreboard = field(default_factory=Scoreboard)
    likeness: Likeness = field(default_factory=Likeness)
    consistency: Consistency = field(default_factory=Consistency)
    levels: Levels = field(default_factory=Levels)
    owners: dict[str, str] = field(default_factory=dict)
    renewed: set[str] = field(default_factory=set)
    """Hotkeys that started from nothing since the last record."""
    rounds: int = 0
    charge: frozenset[str] | None = None
    """Whom the rounds to come may ask; None for all."""
    heard: Hearsay | None = None
    """What other validators found out."""
    _told_in: int | None = None

    def keep_only(self, owners: Owners) -> list[str]:
        """Track exactly these miners; those who start from nothing, because they left or their owner changed."""
        changed = [hotkey for hotkey, owner in self.owners.items() if owners.get(hotkey) != owner]
        self.renewed.update(changed)
        self._start_anew(changed, owners)
        return changed

    def group(self, observation: Observation) -> Groups:
        """Experts of one coldkey, and those that answer alike, here or as a rule, count as one player."""
        experts = observation.route.experts
        known = {hotkey: _identity(self.owners[hotkey]) for hotkey in experts if hotkey in self.owners}
        text = Text(experts, observation.logprobs, observation.domain)
        return self.likeness.groups(text, group_identities(experts, known))

    def grouping(self) -> Callable[[Observation], Groups]:
        """The grouping of this moment, for use in another thread."""
        return replace(self, likeness=copy.deepcopy(self.likeness)).group

    def group_all(self, observations: Iterable[Observation]) -> list[Observation]:
        """The texts of a round with their experts grouped, by what was known before it and by what they say there."""
        return [replace(seen, groups=self.group(seen)) for seen in observations]

    def take(self, observations: Sequence[Observation], again: Iterable[Again] = ()) -> None:
        """Take in the texts of a round, and those of apps that were asked again in it."""
        self.levels.begin(self.rounds)
        for observation in observations:
            asked = value_experts(observation)
            known = {hotkey: entry for hotkey, entry in asked.items() if hotkey in self.owners}
            self.board.record(known, self.charge)
            places = [place for place, hotkey in enumerate(observation.route.experts) if hotkey in self.owners]
            hotkeys = [observation.route.experts[place] for place in places]
            rows = observation.logprobs[[0, *(place + 1 for place in places)]]
            self.likeness.observe(hotkeys, rows, observation.domain)
        self.levels.observe(observations, self.owners)
        for text in again:
            self._take_again(text)
        self.rounds += 1

    def _take_again(self, text: Again) -> None:
        """Whoever answers apps otherwise than audits loses pay, and so does whoever is silent when asked again."""
        compare(text, self.levels, self.owners, self.consistency)
        for hotkey, answered in zip(text.experts, text.answered.tolist(), strict=True):
            if hotkey in self.owners:
                self.board.attend(hotkey, answered)

    def scores(self) -> dict[str, float]:
        """What each miner is paid for, nats per audited text."""
        if self.heard is None or not self.heard.reports:
            found = self.board.scores()
        else:
            found = score_together(self.board, self.owners, self.heard)
        return {hotkey: score * self.consistency.factor(hotkey) for hotkey, score in found.items()}

    def faithfulness(self) -> dict[str, float]:
        """By what the pay of each miner that was asked again is multiplied."""
        asked = [hotkey for hotkey in sorted(self.owners) if self.consistency.texts(hotkey)]
        return {hotkey: self.consistency.factor(hotkey) for hotkey in asked}

    def weights(self, uids: Mapping[str, int]) -> list[tuple[int, int]]:
        """Weights of this moment by uid, empty when nobody has earned any."""
        scores = self.scores()
        earned = {uid: scores[hotkey] for hotkey, uid in uids.items() if hotkey in self.owners}
        return [(uid, weight) for uid, weight in to_weights(earned) if weight > 0]

    def header(self, now: Moment) -> Record:
        """Record that begins a round."""
        told = {} if self._told_in == now.epoch else {"standing": self.state()}
        charge = {} if self.charge is None else {"charge": sorted(self.charge)}
        return {"round": self.rounds, "block": now.block, "epoch": now.epoch, **self._changes(), **charge, **told}

    def proposal(self, now: Moment, uids: Mapping[str, int]) -> Record:
        """Record of the weights of this moment."""
        return {
            "proposal": now.epoch,
            "block": now.block,
            "rounds": self.rounds,
            **self._changes(),
            **({} if self.heard is None else {"heard": self.heard.encode()}),
            "uids": dict(uids),
            "faithfulness": self.faithfulness(),
            "scores": self.scores(),
            "weights": self.weights(uids),
        }

    def told(self, record: Mapping[str, object]) -> None:
        """Note that a record was written."""
        self.renewed.clear()
        if "standing" in record:
            self._told_in = int(str(record["epoch"]))

    def adopt(self, record: Mapping[str, Any]) -> None:
        """Follow a header or a proposal of the log.

        Raises: CorruptRecords.
        """
        try:
            owners = {str(hotkey): str(owner) for hotkey, owner in record["tracked"].items()}
            renewed = [str(hotkey) for hotkey in record["renewed"]]
            if "proposal" in record:
                self.heard = Hearsay.decode(record["heard"]) if "heard" in record else None
            else:
                self.charge = frozenset(map(str, record["charge"])) if "charge" in record else None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CorruptRecords(f"audit record is damaged ({error!r})") from error
        self._start_anew(renewed, owners)

    def state(self) -> Record:
        """Everything that later scores follow from."""
        evidence = {hotkey: list(astuple(self.board.evidence(hotkey))) for hotkey in sorted(self.owners)}
        organic = {"consistency": self.consistency.encode(), "levels": self.levels.encode()}
        return {"evidence": evidence, "likeness": self.likeness.encode(), **organic}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a told standing of the tracked miners.

        Raises: CorruptRecords.
        """
        try:
            self.board.restore({str(hotkey): Evidence(*sums) for hotkey, sums in state["evidence"].items()})
            self.likeness.restore(state["likeness"])
            self.restore_organic(state)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CorruptRecords(f"told standing is damaged ({error!r})") from error

    def restore_organic(self, state: Mapping[str, Any]) -> None:
        """Continue with what apps' texts showed; nothing of it was kept by earlier versions.

        Raises: KeyError, TypeError, ValueError when it is not that.
        """
        if "consistency" in state:
            self.consistency.restore(state["consistency"])
            self.levels.restore(state["levels"])

    def _changes(self) -> Record:
        return {"tracked": dict(sorted(self.owners.items())), "renewed": sorted(self.renewed)}

    def _start_anew(self, hotkeys: Iterable[str], owners: Owners) -> None:
        for hotkey in hotkeys:
            self.board.forget(hotkey)
            self.likeness.forget(hotkey)
            self.consistency.forget(hotkey)
            self.levels.forget(hotkey)
        self.owners = dict(owners)
        self.board.track(owners)


def value_experts(observation: Observation) -> dict[str, Asked]:
    """What each expert earned on one text; whoever never answered earned nothing."""
    route = observation.route
    if not route.experts:
        return {}
    groups = observation.groups or tuple((at,) for at in range(len(route.experts)))
    paid = contribution(observation.logprobs, route.prior, groups).paid
    parts = zip(paid, route.propensities, route.routed, answered_share(observation.logprobs), strict=True)
    return {hotkey: Asked(*part) for hotkey, part in zip(route.experts, parts, strict=True)}


def find_owners(metagraph: Metagraph, hotkeys: Iterable[str]) -> dict[str, str]:
    """Who stands behind each hotkey."""
    neurons = metagraph.by_hotkey()
    return {hotkey: _owner(neurons[hotkey]) for hotkey in hotkeys}


def _owner(neuron: Neuron) -> str:
    return f"{neuron.coldkey}@{neuron.block_at_registration}"


def _identity(owner: str) -> Identity:
    coldkey, _, block = owner.partition("@")
    return Identity(coldkey, None, int(block))

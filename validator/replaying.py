"""An epoch's scores and weights anew from the audit log, to the last bit, beside those that the validator told.

After a crash a validator goes on from its last checkpoint, so rounds come again under numbers that the log already
has: what the later ones replace is passed over.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from validator.again import Again
from validator.errors import CorruptRecords, ValidatorError
from validator.observation import Observation
from validator.payroll import Payroll

Records = Callable[[], Iterable[Mapping[str, Any]]]
"""Reads the audit log from its beginning."""
Weights = Sequence[tuple[int, int]]


class LogsGone(ValidatorError):
    """The audit log does not reach back to what was asked for."""


@dataclass(frozen=True)
class Verdict:
    """One miner: what the validator told of it and what follows from the log."""

    hotkey: str
    uid: int
    told_score: float
    score: float
    told_weight: int
    weight: int

    @property
    def same(self) -> bool:
        """Whether both agree to the last bit."""
        return (self.told_score, self.told_weight) == (self.score, self.weight)


@dataclass(frozen=True)
class Replay:
    """What the log says of the weights of one epoch; ``problems`` are differences that no single miner shows."""

    epoch: int
    block: int
    netuid: int
    validator: str
    first_round: int
    rounds: int
    texts: int
    verdicts: tuple[Verdict, ...]
    problems: tuple[str, ...]

    @property
    def weights(self) -> list[tuple[int, int]]:
        """The weights that follow from the log."""
        return [(verdict.uid, verdict.weight) for verdict in self.verdicts if verdict.weight]

    @property
    def same(self) -> bool:
        """Whether the validator told the truth."""
        return not self.problems and all(verdict.same for verdict in self.verdicts)


@dataclass(frozen=True)
class _Target:
    """A proposal by its place in the log, and the places before it that were taken back."""

    place: int
    record: Mapping[str, Any]
    dead: tuple[range, ...]


def replay_epoch(records: Records, epoch: int, seen_block: int | None = None) -> Replay:
    """Recompute the weights last proposed in an epoch, or last before a receipt's block.

    Raises: CorruptRecords, LogsGone.
    """
    targets = [target for target in _find_proposals(records()) if seen_block is None or _block(target) <= seen_block]
    wanted = [target for target in targets if target.record["proposal"] == epoch]
    if not wanted:
        raise LogsGone(f"no weights of epoch {epoch} are in the audit log ({_reach(targets)})")
    return _replay(records(), wanted[-1])


def _find_proposals(records: Iterable[Mapping[str, Any]]) -> list[_Target]:
    """All proposals, each with what a restart had taken back by then."""
    begun: list[tuple[int, int]] = []
    dead: list[range] = []
    found = []
    for place, record in enumerate(records):
        if "proposal" in record:
            found.append(_Target(place, record, tuple(dead)))
        elif "tracked" in record:
            again = [first for number, first in begun if number >= int(record["round"])]
            if again:
                begun = [entry for entry in begun if entry[1] not in again]
                dead.append(range(again[0], place))
            begun.append((int(record["round"]), place))
    return found


def _replay(records: Iterable[Mapping[str, Any]], target: _Target) -> Replay:
    course = _Course()
    for place, record in enumerate(records):
        if place >= target.place:
            break
        if not any(place in span for span in target.dead):
            course.follow(record)
    course.finish()
    if course.first_round is None:
        raise LogsGone(f"the audit log holds nothing from before the weights of epoch {target.record['proposal']}")
    return course.judge(target.record)


class _Course:
    """A payroll on its way through the log."""

    def __init__(self) -> None:
        self.first_round: int | None = None
        self._payroll = Payroll()
        self._round: list[Observation] | None = None
        self._again: list[Again] = []
        self._texts = 0
        self._problems: list[str] = []

    def follow(self, record: Mapping[str, Any]) -> None:
        """Take in the next record; nothing counts before the first that tells the whole standing."""
        if "tracked" not in record:
            if self._round is not None and "again" in record:
                self._again.append(Again.decode(record))
            elif self._round is not None:
                self._round.append(Observation.decode(record))
            return
        self.finish()
        if self.first_round is not None:
            self._payroll.adopt(record)
        if "proposal" in record:
            return
        if "standing" in record:
            self._compare(record)
        if self.first_round is not None:
            if self._payroll.rounds != record["round"]:
                self._problems.append(f"round {self._payroll.rounds} is not in the log")
                self._payroll.rounds = int(record["round"])
            self._round = []

    def finish(self) -> None:
        """Take in the round that was begun."""
        if self._round is not None:
            self._texts += len(self._round)
            self._payroll.take(self._payroll.group_all(self._round), self._again)
        self._round, self._again = None, []

    def judge(self, proposal: Mapping[str, Any]) -> Replay:
        """What the validator proposed beside what follows."""
        self._payroll.adopt(proposal)
        assert self.first_round is not None, "the caller has checked"
        if self._payroll.rounds != proposal["rounds"]:
            self._problems.append(f"{proposal['rounds']} rounds were told, {self._payroll.rounds} are in the log")
        try:
            return Replay(
                epoch=int(proposal["proposal"]),
                block=int(proposal["block"]),
                netuid=int(proposal["netuid"]),
                validator=str(proposal["validator"]),
                first_round=self.first_round,
                rounds=self._payroll.rounds - self.first_round,
                texts=self._texts,
                verdicts=tuple(_judge_miners(self._payroll, proposal)),
                problems=tuple(self._problems),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptRecords(f"proposal is damaged ({error!r})") from error

    def _compare(self, record: Mapping[str, Any]) -> None:
        """Begin with the first standing that is told; later ones must follow from the log."""
        if self.first_round is None:
            self.first_round = int(record["round"])
            self._payroll.rounds = self.first_round
            self._payroll.adopt(record)
        elif self._follows(record["standing"]):
            return
        else:
            self._problems.append(f"the standing told in round {record['round']} does not follow from the log")
        self._payroll.restore(record["standing"])

    def _follows(self, told: Mapping[str, Any]) -> bool:
        """Whether a told standing is ours, in as much as it tells: earlier versions told less."""
        own = self._payroll.state()
        return told.keys() <= own.keys() and all(own[name] == value for name, value in told.items())


def _judge_miners(payroll: Payroll, proposal: Mapping[str, Any]) -> Iterable[Verdict]:
    uids = {str(hotkey): int(uid) for hotkey, uid in proposal["uids"].items()}
    told, found = dict(proposal["weights"]), dict(payroll.weights(uids))
    scores, said = payroll.scores(), proposal["scores"]
    for hotkey, uid in sorted(uids.items(), key=lambda item: item[1]):
        score = scores.get(hotkey, 0.0)
        yield Verdict(hotkey, uid, float(said.get(hotkey, 0.0)), score, int(told.get(uid, 0)), found.get(uid, 0))


def _block(target: _Target) -> int:
    return int(target.record["block"])


def _reach(targets: Sequence[_Target]) -> str:
    epochs = sorted({int(target.record["proposal"]) for target in targets})
    return f"it holds epochs {epochs[0]} to {epochs[-1]}" if epochs else "it holds no weights at all"

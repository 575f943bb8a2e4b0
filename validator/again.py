"""An app's text that was asked again, as an audit: what experts gave its tokens then and now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gating.consistency import Consistency
from gating.contribution import own_gains
from validator.errors import CorruptRecords
from validator.observation import Observation
from validator.seats import Float64

LEVELS_KEPT = 8
"""Rounds; texts are asked again within fewer."""
_STEP = 0.5


@dataclass(frozen=True, eq=False)
class Again:
    """One text; ``then`` and ``now`` are float64 [experts, T], NaN where there was no answer.

    ``since`` is the number of the round that came next when the app asked.
    """

    since: int
    item: str
    experts: tuple[str, ...]
    then: Float64
    now: Float64

    def encode(self) -> dict[str, object]:
        """Record of the audit log."""
        rows = {"then": _encode(self.then), "now": _encode(self.now)}
        return {"again": self.item, "since": self.since, "experts": self.experts, **rows}

    @classmethod
    def decode(cls, record: Mapping[str, Any]) -> "Again":
        """From a record.

        Raises: CorruptRecords.
        """
        try:
            then, now = (np.array(record[name], dtype=np.float64) for name in ("then", "now"))
            found = cls(int(record["since"]), str(record["again"]), tuple(record["experts"]), then, now)
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptRecords(f"record of an app's text is damaged ({error!r})") from error
        if not then.shape == now.shape or then.ndim != 2 or len(then) != len(found.experts):
            raise CorruptRecords("record of an app's text has another shape than its experts")
        return found

    @property
    def answered(self) -> Float64:
        """Share of the steps that each expert answered now."""
        return np.asarray((~np.isnan(self.now)).mean(axis=1))


def _encode(rows: Float64) -> list[list[float | None]]:
    return [[None if np.isnan(value) else float(value) for value in row] for row in rows]


Level = tuple[str, float]
"""The domain in which an expert does best, and its gain over the anchor there, nats per token."""


class Levels:
    """How well each expert does where it does best, lately and at the beginning of the last few rounds."""

    def __init__(self) -> None:
        self._gains: dict[str, dict[str, float]] = {}
        self._past: list[tuple[int, dict[str, Level]]] = []

    def begin(self, number: int) -> None:
        """A round begins."""
        best = {hotkey: max(row.items(), key=lambda entry: (entry[1], entry[0])) for hotkey, row in self._rows()}
        self._past = [*self._past, (number, best)][-LEVELS_KEPT:]

    def observe(self, seen: Iterable[Observation], hotkeys: Iterable[str]) -> None:
        """Take in the texts of a round."""
        known = set(hotkeys)
        for one in seen:
            answered = [not bool(np.isnan(row).all()) for row in one.logprobs[1:]]
            for hotkey, gain, present in zip(one.route.experts, own_gains(one.logprobs), answered, strict=True):
                if hotkey in known and present:
                    row = self._gains.setdefault(hotkey, {})
                    before = row.get(one.domain, gain)
                    row[one.domain] = before + _STEP * (gain - before)

    def learnt(self, hotkey: str, since: int) -> float | None:
        """By how much an expert has risen since a round began, nats per token; None when that is not known."""
        for number, best in self._past:
            if number == since and hotkey in best and hotkey in self._gains:
                domain, before = best[hotkey]
                return max(0.0, self._gains[hotkey][domain] - before)
        return None

    def forget(self, hotkey: str) -> None:
        """Drop what is known of a hotkey."""
        self._gains.pop(hotkey, None)
        for _, best in self._past:
            best.pop(hotkey, None)

    def encode(self) -> dict[str, object]:
        """Everything that is known, for JSON."""
        gains = {hotkey: dict(sorted(row.items())) for hotkey, row in self._rows()}
        past = [[number, {key: list(level) for key, level in sorted(best.items())}] for number, best in self._past]
        return {"gains": gains, "past": past}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from an encoded state.

        Raises: KeyError, TypeError, ValueError when it is not one.
        """
        self._gains = {str(key): {str(k): float(v) for k, v in row.items()} for key, row in state["gains"].items()}
        self._past = [
            (int(number), {str(key): (str(domain), float(gain)) for key, (domain, gain) in best.items()})
            for number, best in state["past"]
        ]

    def _rows(self) -> list[tuple[str, dict[str, float]]]:
        return sorted(self._gains.items())


def compare(again: Again, levels: Levels, hotkeys: Iterable[str], consistency: Consistency) -> None:
    """Let ``consistency`` know what an app's text showed; what an expert has learnt since is no fault.

    How much that is follows from its other audits. Of whoever had not been audited when the app asked nothing follows.
    """
    known = set(hotkeys)
    learnt = {hotkey: levels.learnt(hotkey, again.since) for hotkey in again.experts if hotkey in known}
    places = [at for at, hotkey in enumerate(again.experts) if learnt.get(hotkey) is not None]
    if places:
        names: Sequence[str] = [again.experts[at] for at in places]
        raised = np.array([[learnt[name]] for name in names], dtype=np.float64)
        consistency.observe(names, again.then[places] + raised, again.now[places])

"""From audited contributions to on-chain weights: estimates with their uncertainty, paid on the low side."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chain.record import record
from gating.checkpoint import CorruptCheckpoint, load_arrays, save_arrays

U16_MAX = 65_535


@dataclass(frozen=True)
class Asked:
    """One hotkey's part in an audited text.

    ``value`` is what it earned there, nats per token, zero when it did not answer. ``propensity`` is the
    probability with which it was to be asked. ``routed`` is false when it was asked only to learn about
    it: that teaches the gate and pays nothing. ``answered`` is the share of the text's steps that it
    answered.
    """

    value: float
    propensity: float = 1.0
    routed: bool = True
    answered: float = 1.0


@dataclass(frozen=True)
class ScoreSettings:
    """Memory of old audits, how much doubt to subtract, and how many empty audits a newcomer starts with.

    ``presence`` is the memory of being there at all, which is shorter: who was good and has left is no use to anybody.
    """

    discount: float = 0.995
    doubt: float = 0.75
    empty_audits: float = 8.0
    least_propensity: float = 0.02
    presence: float = 0.97


@record
class Evidence:
    """Discounted mean and variance of the value per audited text; ``weight`` is the discounted number of texts.

    ``availability`` is the discounted share of steps that were answered of those that were asked for.
    """

    weight: float = 0.0
    mean: float = 0.0
    squares: float = 0.0
    audits: int = 0
    availability: float = 1.0

    @property
    def variance(self) -> float:
        return self.squares / self.weight if self.weight > 0 else 0.0

    def add(self, value: float, discount: float) -> "Evidence":
        """With one more text. Source: West 1979, weighted moments in one pass."""
        weight = discount * self.weight + 1.0
        step = value - self.mean
        mean = self.mean + step / weight
        squares = discount * self.squares + step * (value - mean)
        return Evidence(weight, mean, squares, self.audits + 1, self.availability)

    def rest(self, texts: int, discount: float) -> "Evidence":
        """With that many more texts that it had no part in, which is zero on each; equal to adding them one by one."""
        kept = discount**texts
        weight = kept * self.weight + (1.0 - kept) / (1.0 - discount)
        mean = kept * self.weight * self.mean / weight
        squares = kept * (self.squares + self.weight * self.mean**2) - weight * mean**2
        return Evidence(weight, mean, max(0.0, squares), self.audits + texts, self.availability)

    def attend(self, answered: float, kept: float) -> "Evidence":
        """With one more text to which ``answered`` of the steps were answered."""
        present = kept * self.availability + (1.0 - kept) * answered
        return Evidence(self.weight, self.mean, self.squares, self.audits, present)

    def lower_bound(self, settings: ScoreSettings) -> float:
        """What the hotkey is worth at least, nats per audited text; negative when it does harm or nothing is known."""
        mean, error = self.estimate(settings)
        return mean - settings.doubt * error

    def estimate(self, settings: ScoreSettings) -> tuple[float, float]:
        """What the hotkey is worth, nats per audited text, and the standard error; zeros when nothing is known."""
        if self.weight == 0:
            return 0.0, 0.0
        total = self.weight + settings.empty_audits
        mean = self.mean * self.weight / total
        spread = self.squares + self.mean**2 * self.weight * settings.empty_audits / total
        return mean, math.sqrt(max(0.0, spread / total) / total)


class Scoreboard:
    """The evidence of every tracked hotkey, each over the texts since the gate first would have asked it.

    The value per text is a Horvitz-Thompson mean: a hotkey that was not asked scores zero, one that was
    asked is divided by the probability of asking it. It estimates what a hotkey adds to the mixture
    that the gate serves, over the texts this validator cares for.
    """

    def __init__(self, settings: ScoreSettings | None = None) -> None:
        self.settings = settings or ScoreSettings()
        self._evidence: dict[str, Evidence] = {}

    def track(self, hotkeys: Iterable[str]) -> None:
        """Have exactly these hotkeys on the board: newcomers start from nothing, who left is forgotten."""
        self._evidence = {hotkey: self._evidence.get(hotkey, Evidence()) for hotkey in sorted(hotkeys)}

    def record(self, asked: Mapping[str, Asked], among: Collection[str] | None = None) -> None:
        """Enter one audited text: who was asked and what each earned, chosen ``among`` some of those tracked.

        Raises: KeyError for a hotkey that is not tracked, ValueError for a value that is not finite.
        """
        if unknown := asked.keys() - self._evidence.keys():
            raise KeyError(f"not tracked: {sorted(unknown)}")
        values = {hotkey: self._value(entry) for hotkey, entry in asked.items()}
        begun = {hotkey for hotkey, entry in asked.items() if entry.routed}
        for hotkey, entry in asked.items():
            self.attend(hotkey, entry.answered)
        for hotkey, evidence in self._evidence.items():
            chosen_from = among is None or hotkey in among
            if hotkey in begun or (evidence.audits and chosen_from):
                self._evidence[hotkey] = evidence.add(values.get(hotkey, 0.0), self.settings.discount)

    def attend(self, hotkey: str, answered: float) -> None:
        """Enter what share of a text's steps a tracked hotkey answered."""
        self._evidence[hotkey] = self._evidence[hotkey].attend(answered, self.settings.presence)

    def _value(self, entry: Asked) -> float:
        if not math.isfinite(entry.value):
            raise ValueError(f"a value of {entry.value} cannot be scored")
        return entry.value / max(entry.propensity, self.settings.least_propensity) if entry.routed else 0.0

    def forget(self, hotkey: str) -> None:
        """Start a hotkey from nothing, as when its owner has changed."""
        if hotkey in self._evidence:
            self._evidence[hotkey] = Evidence()

    def evidence(self, hotkey: str) -> Evidence:
        return self._evidence[hotkey]

    def restore(self, evidence: Mapping[str, Evidence]) -> None:
        """Have exactly these hotkeys on the board, with what is known of each."""
        self._evidence = {hotkey: evidence[hotkey] for hotkey in sorted(evidence)}

    def scores(self) -> dict[str, float]:
        """What each tracked hotkey is paid for: its lower bound as far as it is there, zero when that is negative."""
        return {
            key: max(0.0, evidence.lower_bound(self.settings)) * evidence.availability
            for key, evidence in self._evidence.items()
        }

    def save(self, path: Path) -> str:
        """Write atomically; the SHA-256 of the state, to be published."""
        return save_arrays(path, {}, {"evidence": {key: asdict(value) for key, value in self._evidence.items()}})

    def load(self, path: Path) -> None:
        """Continue from a saved state.

        Raises: FileNotFoundError, CorruptCheckpoint.
        """
        _, meta = load_arrays(path)
        entries = meta.get("evidence")
        if not isinstance(entries, dict):
            raise CorruptCheckpoint(path, "it is not a scoreboard")
        self._evidence = {str(key): Evidence(**value) for key, value in entries.items()}


def answered_share(logprobs: NDArray[np.float64]) -> list[float]:
    """Share of its steps that each expert answered, from log-probabilities [1 + experts, steps], the anchor first."""
    return [float(share) for share in (~np.isnan(logprobs[1:])).mean(axis=1)]


def to_weights(scores: Mapping[int, float]) -> list[tuple[int, int]]:
    """Weights of all tracked uids, sorted by uid, the best at the largest u16, rounded to the nearest.

    Empty when nobody has a positive score: then there is nothing to say, and nothing is made up.
    """
    top = max(scores.values(), default=0.0)
    if not top > 0:
        return []
    return [(uid, round(max(0.0, scores[uid]) / top * U16_MAX)) for uid in sorted(scores)]

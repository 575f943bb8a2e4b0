"""Who answers like whom in one context: evidence that an expert repeats another, from audited answers alone.

Only texts count on which one of a pair is better than the anchor: where neither is, there is nothing to steal,
and experts that have hardly begun to learn all err alike. On those texts independent experts gain at different tokens,
however alike their trade; a copy gains where its original does, with noise, sharpened or flattened. So a pair is as
alike as their gains over the anchor are correlated. Nobody else's answers enter, so nobody can move the measure of a
pair. Sums are taken in a fixed order, so that a replay arrives at the same groups.

Shape suffixes: E experts, P pairs, T tokens.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gating.arithmetic import sum_rows
from gating.coalitions import Array, bounded
from gating.pairs import LikenessSettings, Moments, Pair
from gating.surge import MOST_TEXTS, Before

LATEST = 128
"""Texts of an expert's own past that are kept to tell whether it changed when somebody like it came."""
_GAIN_BOUND = 6.0
NEVER = 2**63
_STRANGERS = Pair()


@dataclass
class _Expert:
    """One hotkey: the text at which it was first clearly good, and how good it lately was."""

    first: int | None = None
    latest: list[float] = field(default_factory=list)

    def note(self, text: int, mean: float, *, clear: bool) -> None:
        """Remember a text."""
        self.latest.append(mean)
        del self.latest[:-LATEST]
        if clear and self.first is None:
            self.first = text


class Company:
    """Remembers every pair of hotkeys that was audited on the same texts of a context, and who was good first."""

    def __init__(self, settings: LikenessSettings) -> None:
        self.settings = settings
        self._pairs: dict[tuple[str, str], Pair] = {}
        self._experts: dict[str, _Expert] = {}

    def observe(self, hotkeys: Sequence[str], logprobs: Array, clock: int) -> None:
        """Take in one audited text, the ``clock``-th of all contexts: answers [1 + hotkeys, T], the anchor first."""
        answers = bounded(logprobs)
        gains_ET = answers[1:] - answers[:1]
        present = [place for place in range(len(hotkeys)) if not np.isnan(gains_ET[place]).all()]
        ordered = sorted(present, key=lambda place: hotkeys[place])
        names, gains_ET = [hotkeys[place] for place in ordered], gains_ET[ordered]
        means, clear = _mean_gains(gains_ET), self._find_clear(gains_ET)
        for name in names:
            self._experts.setdefault(name, _Expert())
        pairs = [(one, other) for other in range(len(names)) for one in range(other)]
        for one, other in pairs:
            self._meet((names[one], names[other]), (means[one], means[other]))
        counting = [(one, other) for one, other in pairs if max(means[one], means[other]) > 0.0]
        past = functools.cache(self._long_ago)
        for (one, other), sums in zip(counting, _sum_pairs(gains_ET, counting), strict=True):
            self._compare((names[one], names[other]), sums, past)
        for name, mean, is_clear in zip(names, means, clear, strict=True):
            self._experts[name].note(clock, mean, clear=is_clear)

    def _find_clear(self, gains_ET: Array) -> list[bool]:
        """Whether each expert is clearly better than the anchor."""
        known = np.where(np.isnan(gains_ET), 0.0, gains_ET).T
        total, squares = sum_rows(known), sum_rows(known * known)
        return [bool(clear) for clear in (total > self.settings.clearly * np.sqrt(squares))]

    def _meet(self, key: tuple[str, str], means: tuple[float, float]) -> None:
        pair = self._pairs.get(key)
        if pair is None:
            one, other = key
            pair = Pair().begin((self._newest(one), self._newest(other)))
        if not pair.is_settled:
            self._pairs[key] = pair.hear(means)

    def _newest(self, hotkey: str) -> Before:
        """What an expert did on the newest texts."""
        return Before.of(self._experts[hotkey].latest[-MOST_TEXTS:])

    def _long_ago(self, hotkey: str) -> Before:
        """What an expert did long ago, for when it took a while to see that two are alike."""
        return Before.of(self._experts[hotkey].latest[:MOST_TEXTS])

    def _compare(self, key: tuple[str, str], sums: Sequence[float], past: Callable[[str], Before]) -> None:
        pair = self._pairs[key].compare(sums, self.settings)
        if pair.recent.correlation < self.settings.part:
            one, other = key
            pair = pair.begin((past(one), past(other)))
        self._pairs[key] = pair

    def correlation(self, one: str, other: str) -> float | None:
        """How alike two hotkeys are, about zero for strangers; None without enough texts that count."""
        whole = self._pair(one, other).whole
        return whole.correlation if whole.tokens >= self.settings.least_tokens else None

    def alike(self, one: str, other: str) -> bool:
        """Whether two hotkeys are taken for one."""
        return self._pair(one, other).joined

    def first(self, hotkey: str) -> int:
        """Text at which a hotkey was first clearly good."""
        found = self._experts.get(hotkey)
        return NEVER if found is None or found.first is None else found.first

    def has_likes(self, hotkey: str) -> bool:
        """Whether a hotkey is taken for one with anybody, or said the same more than once."""
        return any((pair.joined or pair.sames > 1) and hotkey in key for key, pair in self._pairs.items())

    def closeness(self, one: str, other: str) -> float:
        """How alike two hotkeys that are taken for one lately were; zero for any others."""
        pair = self._pair(one, other)
        return pair.recent.correlation if pair.joined else 0.0

    def find_same(self, hotkeys: Sequence[str], logprobs: Array) -> dict[tuple[int, int], float]:
        """Pairs of places that say the same of a text on which one is good, and how alike they are there."""
        answers = bounded(logprobs)
        gains_ET = answers[1:] - answers[:1]
        means, count = _mean_gains(gains_ET), len(hotkeys)
        pairs = [(one, other) for other in range(count) for one in range(other) if max(means[one], means[other]) > 0.0]
        found = {}
        for pair, sums in zip(pairs, _sum_pairs(gains_ET, pairs), strict=True):
            said = Moments(*sums)
            if self.settings.is_same(said):
                found[pair] = said.correlation
        return found

    def changed_for(self, leader: str, follower: str) -> bool:
        """Whether the leader changed just when the follower came, and the follower did not."""
        pair = self._pair(leader, follower)
        surges = pair.surges if leader < follower else pair.surges[::-1]
        return surges[0].is_sudden and not surges[1].is_sudden

    def _pair(self, one: str, other: str) -> Pair:
        return self._pairs.get((one, other) if one <= other else (other, one), _STRANGERS)

    def forget(self, hotkey: str) -> None:
        """Drop all that is known of a hotkey, as when its owner has changed."""
        self._experts.pop(hotkey, None)
        self._pairs = {key: pair for key, pair in self._pairs.items() if hotkey not in key}

    def encode(self) -> dict[str, object]:
        """Everything that is known, for JSON."""
        return {
            "experts": {hotkey: [one.first, list(one.latest)] for hotkey, one in sorted(self._experts.items())},
            "pairs": [[*key, *pair.encode()] for key, pair in sorted(self._pairs.items())],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from an encoded state.

        Raises: KeyError, TypeError, ValueError when it is not one.
        """
        self._experts = {
            str(hotkey): _Expert(None if first is None else int(first), [float(value) for value in latest])
            for hotkey, (first, latest) in state["experts"].items()
        }
        self._pairs = {(str(one), str(other)): Pair.decode(rest) for one, other, *rest in state["pairs"]}


def _mean_gains(gains_ET: Array) -> list[float]:
    """Mean gain of each expert on a text, nats per token, bounded; what is absent is zero."""
    total = sum_rows(np.where(np.isnan(gains_ET), 0.0, gains_ET).T)
    return [min(_GAIN_BOUND, max(-_GAIN_BOUND, float(mean))) for mean in total / gains_ET.shape[1]]


def _sum_pairs(gains_ET: Array, pairs: Sequence[tuple[int, int]]) -> list[list[float]]:
    """For each pair the sums of ``Moments`` over the tokens that both answered."""
    if not pairs:
        return []
    one_PT, other_PT = (gains_ET[[pair[side] for pair in pairs]] for side in (0, 1))
    both_PT = ~(np.isnan(one_PT) | np.isnan(other_PT))
    one_PT, other_PT = np.where(both_PT, one_PT, 0.0), np.where(both_PT, other_PT, 0.0)
    parts = np.stack([both_PT, one_PT, other_PT, one_PT * one_PT, other_PT * other_PT, one_PT * other_PT])
    found: list[list[float]] = sum_rows(parts.transpose(2, 1, 0)).tolist()
    return found

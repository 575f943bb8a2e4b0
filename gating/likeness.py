"""Who answers like whom: evidence that an expert repeats another, from audited answers alone.

Only texts count on which one of a pair is clearly better than the anchor: where neither is, there is nothing to steal,
and experts that have hardly begun to learn all err alike. On those texts independent experts gain at different tokens,
however alike their trade; a copy gains where its original does, with noise, sharpened or flattened. So a pair is as
alike as their gains over the anchor are correlated. Nobody else's answers enter, so nobody can move the measure of a
pair. Sums are exact and in a fixed order, so that a replay arrives at the same groups.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gating.coalitions import Array, bounded
from gating.contribution import Group
from gating.pairs import LikenessSettings, Pair
from gating.surge import MOST_TEXTS, Before

LATEST = 128
"""Texts of an expert's own past that are kept to tell whether it changed when somebody like it came."""
_GAIN_BOUND = 6.0


@dataclass
class _Expert:
    """One hotkey: the texts at which it was first asked and first clearly good, and how good it lately was."""

    since: int
    first: int | None = None
    latest: list[float] = field(default_factory=list)


class Likeness:
    """Remembers every pair of hotkeys that was audited on the same texts, and who was good first."""

    def __init__(self, settings: LikenessSettings | None = None) -> None:
        self.settings = settings or LikenessSettings()
        self._pairs: dict[tuple[str, str], Pair] = {}
        self._experts: dict[str, _Expert] = {}
        self._texts = 0

    def observe(self, hotkeys: Sequence[str], logprobs: Array) -> None:
        """Take in one audited text: answers [1 + hotkeys, T], the anchor first, NaN where somebody was absent."""
        self._texts += 1
        answers = bounded(logprobs)
        gains = (answers[1:] - answers[:1]).tolist()
        heard = [[not math.isnan(gain) for gain in row] for row in gains]
        present = [place for place in range(len(hotkeys)) if any(heard[place])]
        for place in present:
            self._experts.setdefault(hotkeys[place], _Expert(self._texts))
        means = {place: _mean_gain(gains[place]) for place in present}
        good = {place for place in present if self._is_clear(gains[place])}
        for at, one in enumerate(present):
            for other in present[at + 1 :]:
                self._meet(hotkeys, (one, other), means)
                if one in good or other in good:
                    self._compare(hotkeys, (one, other), gains)
        for place in present:
            expert = self._experts[hotkeys[place]]
            expert.latest = [*expert.latest[1 - LATEST :], means[place]]
            if place in good and expert.first is None:
                expert.first = self._texts

    def _is_clear(self, gains: Sequence[float]) -> bool:
        known = [gain for gain in gains if not math.isnan(gain)]
        total = math.fsum(known)
        return total > 0 and total > self.settings.clearly * math.sqrt(math.fsum([gain * gain for gain in known]))

    def _meet(self, hotkeys: Sequence[str], places: tuple[int, int], means: Mapping[int, float]) -> None:
        one, other = sorted(places, key=lambda place: hotkeys[place])
        key = (hotkeys[one], hotkeys[other])
        pair = self._pairs.get(key) or Pair().begin(self._pasts(key, newest=True))
        self._pairs[key] = pair.hear((means[one], means[other]))

    def _pasts(self, key: tuple[str, str], *, newest: bool) -> tuple[Before, Before]:
        """What both did on the newest texts; or long ago, where it took a while to see that they are alike."""
        kept = slice(-MOST_TEXTS, None) if newest else slice(MOST_TEXTS)
        one, other = (Before.of(self._experts[hotkey].latest[kept]) for hotkey in key)
        return one, other

    def _compare(self, hotkeys: Sequence[str], places: tuple[int, int], gains: Sequence[list[float]]) -> None:
        one, other = sorted(places, key=lambda place: hotkeys[place])
        key = (hotkeys[one], hotkeys[other])
        said = [both for both in zip(gains[one], gains[other], strict=True) if not any(map(math.isnan, both))]
        if not said:
            return
        pair = self._pairs[key].compare(([gain for gain, _ in said], [gain for _, gain in said]), self.settings)
        if pair.recent.correlation < self.settings.part:
            pair = pair.begin(self._pasts(key, newest=False))
        self._pairs[key] = pair

    def correlation(self, one: str, other: str) -> float | None:
        """How alike two hotkeys are, about zero for strangers; None without enough texts that count."""
        pair = self._pair(one, other)
        return pair.whole.correlation if pair.whole.tokens >= self.settings.least_tokens else None

    def alike(self, one: str, other: str) -> bool:
        """Whether two hotkeys are taken for one."""
        return self._pair(one, other).joined

    def groups(self, hotkeys: Sequence[str], known: Iterable[Group] = ()) -> tuple[Group, ...]:
        """Positions of ``hotkeys`` by player; whoever was first to be clearly better than the anchor leads.

        Whoever is like a leader follows it, unless the leader changed just when the other came. Followers lead
        nobody, so a go-between cannot join two who are not alike. Until there is enough evidence, whoever came later
        is taken to be like the most similar of those leaders who have shown something: it earns what it adds.
        ``known`` are groups that are established otherwise, as by a common coldkey, the first in front.
        """
        company = {place: group for group in known for place in group}
        rank = {place: at for group in company.values() for at, place in enumerate(group)}

        def priority(place: int) -> tuple[int, int, int, str]:
            expert = self._experts.get(hotkeys[place], _Expert(2**63))
            first = 2**63 if expert.first is None else expert.first
            return first, expert.since, rank.get(place, 0), hotkeys[place]

        leaders: dict[int, list[int]] = {}
        for place in sorted(range(len(hotkeys)), key=priority):
            leader = self._leader(hotkeys, place, leaders, company.get(place, ()))
            if leader is None:
                leaders[place] = [place]
            elif self._copied(hotkeys[leader], hotkeys[place]):
                leaders[place] = [place, *leaders.pop(leader)]
            else:
                leaders[leader].append(place)
        return tuple(sorted(tuple(group) for group in leaders.values()))

    def _leader(self, hotkeys: Sequence[str], place: int, leaders: Iterable[int], company: Group) -> int | None:
        pairs = {one: self._pair(hotkeys[one], hotkeys[place]) for one in leaders}
        for one, pair in pairs.items():
            if one in company or pair.joined:
                return one
        least, part = self.settings.least_tokens, self.settings.part
        shown = {one for one in pairs if self._experts.get(hotkeys[one], _Expert(0)).first is not None}
        doubtful = [one for one, pair in pairs.items() if pair.whole.tokens < least and one in shown]
        near = [one for one in doubtful if pairs[one].whole.correlation >= part]
        return max(near, key=lambda one: pairs[one].whole.correlation, default=None)

    def _copied(self, leader: str, follower: str) -> bool:
        """Whether the leader changed just when the follower came, and the follower did not."""
        pair = self._pair(leader, follower)
        surges = pair.surges if leader < follower else pair.surges[::-1]
        return surges[0].is_sudden and not surges[1].is_sudden

    def _pair(self, one: str, other: str) -> Pair:
        return self._pairs.get((min(one, other), max(one, other)), Pair())

    def forget(self, hotkey: str) -> None:
        """Drop all that is known of a hotkey, as when its owner has changed."""
        self._experts.pop(hotkey, None)
        self._pairs = {key: pair for key, pair in self._pairs.items() if hotkey not in key}

    def encode(self) -> dict[str, object]:
        """Everything that is known, for JSON."""
        return {
            "texts": self._texts,
            "experts": {
                hotkey: [one.since, one.first, list(one.latest)] for hotkey, one in sorted(self._experts.items())
            },
            "pairs": [[*key, *pair.encode()] for key, pair in sorted(self._pairs.items())],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from an encoded state.

        Raises: KeyError, TypeError, ValueError when it is not one.
        """
        self._texts = int(state["texts"])
        self._experts = {
            str(hotkey): _Expert(int(since), None if first is None else int(first), [float(value) for value in latest])
            for hotkey, (since, first, latest) in state["experts"].items()
        }
        self._pairs = {(str(one), str(other)): Pair.decode(rest) for one, other, *rest in state["pairs"]}


def _mean_gain(gains: Sequence[float]) -> float:
    """Mean gain on a text, nats per token, bounded; what is absent is zero."""
    mean = math.fsum([gain for gain in gains if not math.isnan(gain)]) / len(gains)
    return min(_GAIN_BOUND, max(-_GAIN_BOUND, mean))

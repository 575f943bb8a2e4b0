"""Who answers like whom: evidence that an expert repeats another, from audited answers alone.

Two experts are as far apart as their log-probabilities of true tokens differ on average, measured in units of how far
both are from the anchor. Independent experts are about one unit apart or more, however alike their trade; copies with
noise are close to zero. Nobody else's answers enter, so nobody can move the measure of a pair.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from gating.checkpoint import CorruptCheckpoint, load_arrays, save_arrays
from gating.coalitions import Array, bounded
from gating.contribution import Group


@dataclass(frozen=True)
class LikenessSettings:
    """Distances below which a pair is taken for one and above which it is taken apart again, and the evidence needed.

    ``discount`` is the memory per audited text that a pair shares.
    """

    join: float = 0.55
    part: float = 0.75
    least_tokens: float = 192.0
    discount: float = 0.99


@dataclass(frozen=True)
class _Pair:
    """Discounted sums over the tokens that two experts both answered."""

    apart: float = 0.0
    scale: float = 0.0
    tokens: float = 0.0
    joined: bool = False

    def add(self, apart: Array, scale: Array, settings: LikenessSettings) -> "_Pair":
        kept = settings.discount
        total = float(apart.sum()) + kept * self.apart
        unit = float(scale.sum()) + kept * self.scale
        tokens = len(apart) + kept * self.tokens
        limit = settings.part if self.joined else settings.join
        return _Pair(total, unit, tokens, tokens >= settings.least_tokens and total < limit * unit)


class Likeness:
    """Remembers every pair of hotkeys that was audited on the same texts, and who was good first."""

    def __init__(self, settings: LikenessSettings | None = None) -> None:
        self.settings = settings or LikenessSettings()
        self._pairs: dict[tuple[str, str], _Pair] = {}
        self._first: dict[str, int] = {}
        self._texts = 0

    def observe(self, hotkeys: Sequence[str], logprobs: Array) -> None:
        """Take in one audited text: answers [1 + hotkeys, T], the anchor first, NaN where somebody was absent."""
        self._texts += 1
        answers = bounded(logprobs)
        present = ~np.isnan(logprobs[1:])
        gains = answers[1:] - answers[:1]
        for hotkey, gain, heard in zip(hotkeys, gains, present, strict=True):
            if float(gain[heard].sum()) > 0.0:
                self._first.setdefault(hotkey, self._texts)
        for one in range(len(hotkeys)):
            for other in range(one + 1, len(hotkeys)):
                both = present[one] & present[other]
                if both.any():
                    self._add(hotkeys[one], hotkeys[other], gains[one, both], gains[other, both])

    def _add(self, one: str, other: str, gains: Array, other_gains: Array) -> None:
        key = (min(one, other), max(one, other))
        apart = np.abs(gains - other_gains)
        scale = (np.abs(gains) + np.abs(other_gains)) / 2.0
        self._pairs[key] = self._pairs.get(key, _Pair()).add(apart, scale, self.settings)

    def distance(self, one: str, other: str) -> float | None:
        """How far apart two hotkeys are, about one for independent ones; None without enough shared texts."""
        pair = self._pair(one, other)
        return pair.apart / pair.scale if pair.tokens >= self.settings.least_tokens and pair.scale > 0 else None

    def alike(self, one: str, other: str) -> bool:
        """Whether two hotkeys are taken for one."""
        return self._pair(one, other).joined

    def groups(self, hotkeys: Sequence[str], known: Iterable[Group] = ()) -> tuple[Group, ...]:
        """Positions of ``hotkeys`` by player; whoever was first to do better than the anchor on a text leads.

        Whoever is like a leader follows it. Followers lead nobody, so a go-between cannot join two who are not
        alike. Until there is enough evidence, whoever came later is taken to be like the nearest leader: it earns
        what it adds. ``known`` are groups that are established otherwise, as by a common coldkey, the first in front.
        """
        company = {place: group for group in known for place in group}
        rank = {place: at for group in company.values() for at, place in enumerate(group)}

        def priority(place: int) -> tuple[int, int, str]:
            return self._first.get(hotkeys[place], 2**63), rank.get(place, 0), hotkeys[place]

        order = sorted(range(len(hotkeys)), key=priority)
        leaders: dict[int, list[int]] = {}
        for place in order:
            friends = company.get(place, ())
            leader = next((one for one in leaders if one in friends or self.alike(hotkeys[one], hotkeys[place])), None)
            if leader is None:
                leader = self._suspect(hotkeys, place, leaders)
            if leader is None:
                leaders[place] = [place]
            else:
                leaders[leader].append(place)
        return tuple(sorted(tuple(group) for group in leaders.values()))

    def _suspect(self, hotkeys: Sequence[str], place: int, leaders: Iterable[int]) -> int | None:
        """The nearest of those leaders that an expert has not been compared with enough; None when it has been."""
        pairs = {one: self._pair(hotkeys[one], hotkeys[place]) for one in leaders}
        unknown = {one: pair for one, pair in pairs.items() if pair.tokens < self.settings.least_tokens}
        near = [one for one, pair in unknown.items() if pair.apart <= self.settings.part * pair.scale]
        return min(near, key=lambda one: unknown[one].apart / max(unknown[one].scale, 1e-9), default=None)

    def _pair(self, one: str, other: str) -> _Pair:
        return self._pairs.get((min(one, other), max(one, other)), _Pair())

    def forget(self, hotkey: str) -> None:
        """Drop all that is known of a hotkey, as when its owner has changed."""
        self._first.pop(hotkey, None)
        self._pairs = {key: pair for key, pair in self._pairs.items() if hotkey not in key}

    def save(self, path: Path) -> str:
        """Write atomically; the SHA-256 of the state."""
        pairs = [[*key, *astuple(pair)] for key, pair in sorted(self._pairs.items())]
        return save_arrays(path, {}, {"pairs": pairs, "first": self._first, "texts": self._texts})

    def load(self, path: Path) -> None:
        """Continue from a saved state.

        Raises: FileNotFoundError, CorruptCheckpoint.
        """
        _, meta = load_arrays(path)
        pairs, first, texts = meta.get("pairs"), meta.get("first"), meta.get("texts")
        if not isinstance(pairs, list) or not isinstance(first, Mapping) or not isinstance(texts, int):
            raise CorruptCheckpoint(path, "it does not hold who is like whom")
        self._pairs = {(str(one), str(other)): _Pair(*sums) for one, other, *sums in pairs}
        self._first = {str(hotkey): int(text) for hotkey, text in first.items()}
        self._texts = texts

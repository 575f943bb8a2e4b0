"""How alike the gains of two experts are, token by token, and whether one of them changed when the other came."""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from chain.record import record
from gating.surge import MOST_TEXTS, Before, Surge


@record
class Moments:
    """Discounted sums over the tokens that two experts both answered."""

    tokens: float = 0.0
    one: float = 0.0
    other: float = 0.0
    one_squared: float = 0.0
    other_squared: float = 0.0
    product: float = 0.0

    def add(self, new: Sequence[float], discount: float) -> "Moments":
        """With the sums of one more text, in the order of the fields."""
        return Moments(
            new[0] + discount * self.tokens,
            new[1] + discount * self.one,
            new[2] + discount * self.other,
            new[3] + discount * self.one_squared,
            new[4] + discount * self.other_squared,
            new[5] + discount * self.product,
        )

    @property
    def correlation(self) -> float:
        """Between -1 and 1; zero where nothing is known."""
        if self.tokens == 0:
            return 0.0
        spread = (self.one_squared - self.one**2 / self.tokens) * (self.other_squared - self.other**2 / self.tokens)
        if not spread > 0:
            return 0.0
        return (self.product - self.one * self.other / self.tokens) / math.sqrt(spread)


@dataclass(frozen=True)
class LikenessSettings:
    """When a pair is taken for one.

    ``join`` and ``part`` are correlations from which on it is and below which it is no longer; ``least_tokens`` is
    the evidence needed, ``discount`` its memory per text that counts and ``lately`` a shorter one. ``same`` is the
    correlation that is enough on a text itself, if it has ``few_tokens``. ``clearly`` is how many standard errors
    better than the anchor an expert is when it first counts as good.
    """

    join: float = 0.82
    part: float = 0.77
    least_tokens: float = 192.0
    discount: float = 0.97
    lately: float = 0.8
    same: float = 0.9
    few_tokens: float = 12.0
    clearly: float = 2.0

    def is_same(self, said: Moments) -> bool:
        """Whether two said the same, from what they said of one text."""
        return said.tokens >= self.few_tokens and said.correlation >= self.same


@record
class Pair:
    """What two experts have in common; the first of them is the first by name."""

    whole: Moments = Moments()
    recent: Moments = Moments()
    joined: bool = False
    surges: tuple[Surge, Surge] = (Surge(), Surge())
    sames: int = 0
    """Texts of which both said the same."""

    @property
    def is_settled(self) -> bool:
        """Whether enough was heard of both to tell who changed."""
        one, other = self.surges
        return one.texts >= MOST_TEXTS and other.texts >= MOST_TEXTS

    def hear(self, gains: tuple[float, float]) -> "Pair":
        """With one more text that both were asked about, and their mean gains on it."""
        one, other = self.surges
        return self._with((one.add(gains[0]), other.add(gains[1])))

    def begin(self, before: tuple[Before, Before]) -> "Pair":
        """Look from now on whether one of the two becomes good, given their pasts."""
        one, other = before
        return self._with((Surge(one), Surge(other)))

    def compare(self, sums: Sequence[float], settings: LikenessSettings) -> "Pair":
        """With the sums of one more text that counts, see ``Moments``."""
        whole = self.whole.add(sums, settings.discount)
        limit = settings.part if self.joined else settings.join
        joined = whole.tokens >= settings.least_tokens and whole.correlation >= limit
        recent, sames = self.recent.add(sums, settings.lately), self.sames + settings.is_same(Moments(*sums))
        return Pair(whole, recent, joined, self.surges, sames)

    def _with(self, surges: tuple[Surge, Surge]) -> "Pair":
        return Pair(self.whole, self.recent, self.joined, surges, self.sames)

    def encode(self) -> list[object]:
        """For JSON."""
        surges = [[list(astuple(one.before)), one.texts, one.total, one.squares] for one in self.surges]
        return [list(astuple(self.whole)), list(astuple(self.recent)), self.joined, self.sames, *surges]

    @classmethod
    def decode(cls, parts: Sequence[Any]) -> "Pair":
        """From JSON.

        Raises: TypeError, ValueError.
        """
        whole, recent, joined, sames, one, other = parts
        surges = [Surge(Before(*before), *after) for before, *after in (one, other)]
        return cls(Moments(*whole), Moments(*recent), bool(joined), (surges[0], surges[1]), int(sames))

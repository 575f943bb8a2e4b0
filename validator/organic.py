"""Texts of apps that may be asked again, and what experts had said of them.

They lie in memory alone, a few of them for a few rounds, and only where the app said so. What is logged of them are
log-probabilities and a keyed hash, as of every audited text.
"""

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from validator.seats import Float64


@dataclass(frozen=True, eq=False)
class Statement:
    """A session that answered an app: what was shown, what was spoken then, and what experts had committed to.

    ``logprobs`` is float64 [experts, tokens]: what each gave a token before anyone was told it, NaN where it had not
    committed itself, was absent, or drafted the token. ``round`` is the round of audits that came next.
    """

    prefix: tuple[int, ...]
    tokens: tuple[int, ...]
    experts: tuple[str, ...]
    logprobs: Float64
    round: int = 0


class Memory:
    """The newest texts of apps, each asked again at most once, and soon or never: experts learn."""

    LONGEST_ROUNDS = 6

    def __init__(self, most: int, now: Callable[[], int]) -> None:
        self._now = now
        self._kept: deque[Statement] = deque(maxlen=most)

    def keep(self, said: Statement) -> None:
        """Remember a text; the oldest goes when there are too many."""
        if said.experts and said.tokens:
            self._kept.append(replace(said, round=self._now()))

    def take(self, serving: Collection[str], most: int) -> list[Statement]:
        """Texts that the same experts answered a while ago and can be asked about again; they are forgotten here."""
        now = self._now()
        alive = [one for one in self._kept if now - one.round <= self.LONGEST_ROUNDS]
        ripe = [one for one in alive if one.round < now and set(one.experts) <= set(serving)]
        chosen = [one for one in ripe if set(one.experts) == set(ripe[0].experts)][:most]
        self._kept.clear()
        self._kept.extend(one for one in alive if one not in chosen)
        return chosen

    def __len__(self) -> int:
        return len(self._kept)

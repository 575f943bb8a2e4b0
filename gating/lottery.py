"""How the experts of an audit were drawn, so that any other choice can be judged by what was logged."""

import math
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Lottery:
    """The gate's own choice, or with probability ``share`` those that exploration would ask.

    ``explored`` names them; None when exploration asks as many as ``greedy`` has out of ``pool`` candidates, all alike.
    """

    greedy: tuple[str, ...]
    share: float = 0.0
    explored: tuple[str, ...] | None = ()
    pool: int = 0

    def chance_of(self, team: Collection[str]) -> float:
        """Probability that all of ``team``, distinct candidates, were to be asked."""
        members = set(team)
        kept = (1.0 - self.share) * members.issubset(self.greedy)
        return kept + self.share * self._explored(members)

    def _explored(self, members: set[str]) -> float:
        if self.explored is not None:
            return float(members.issubset(self.explored))
        asked, wanted = len(self.greedy), len(members)
        if wanted > asked:
            return 0.0
        return math.comb(self.pool - wanted, asked - wanted) / math.comb(self.pool, asked)

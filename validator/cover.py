"""Sessions of apps look like audits: same number of rows, same length, hidden text among them.

A miner that could tell them apart could serve a good model to audits and a cheap one to apps.
"""

from collections.abc import Callable, Sequence

import numpy as np

from gating.objective import AuditItem

Draw = Callable[[int], Sequence[AuditItem]]


class Layout:
    """The rows of one session: those of an answer, in random places among items."""

    def __init__(self, rows: Sequence[Sequence[int]], cover: Sequence[AuditItem], random: np.random.Generator) -> None:
        order = random.permutation(len(rows) + len(cover))
        self.places: list[int] = [int(place) for place in order[: len(rows)]]
        self._cover = {int(place): item for place, item in zip(order[len(rows) :], cover, strict=True)}
        own = {place: list(row) for place, row in zip(self.places, rows, strict=True)}
        hidden = {place: list(item.prefix) for place, item in self._cover.items()}
        self.prefixes: list[list[int]] = [(own | hidden)[place] for place in range(len(order))]

    def reveal(self, tokens: Sequence[int], step: int) -> list[int]:
        """Tokens of all rows at ``step``, given those of the answer's rows."""
        own = dict(zip(self.places, tokens, strict=True))
        hidden = {place: item.continuation[step] for place, item in self._cover.items()}
        return [(own | hidden)[place] for place in range(len(self.prefixes))]

"""Sessions with experts, opened one way for audits, answers and evaluations.

Every session has the same number of rows. Rows that its purpose leaves free carry hidden text, in random
places, so that a miner cannot tell an app from an audit by the shape and serve it a cheaper model.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np

from gating.objective import AuditItem, Question
from validator.habits import Habits
from validator.panel import Deadlines, Panel, Table, open_panel
from validator.seats import Anchor, Expert, Float32, Float64, Tokens

Draw = Callable[[int], Sequence[AuditItem]]


class Layout:
    """The rows of one session: our own in random places among hidden texts."""

    def __init__(self, rows: Sequence[Question], cover: Sequence[AuditItem], random: np.random.Generator) -> None:
        order = [int(place) for place in random.permutation(len(rows) + len(cover))]
        self.places = order[: len(rows)]
        self.cover = dict(zip(order[len(rows) :], cover, strict=True))
        own: dict[int, Question] = dict(zip(self.places, rows, strict=True))
        hidden = {place: item.question for place, item in self.cover.items()}
        self.questions: list[Question] = [(own | hidden)[place] for place in range(len(order))]

    @property
    def prefixes(self) -> list[list[int]]:
        """The questions of a session about texts, as tokens."""
        return [list(question) for question in self.questions]

    def reveal(self, tokens: Tokens, step: int) -> list[int]:
        """Tokens of all rows at ``step``, given those of our own."""
        own = dict(zip(self.places, tokens, strict=True))
        hidden = {place: item.outcomes[step] for place, item in self.cover.items()}
        return [(own | hidden)[place] for place in range(len(self.questions))]


class LockstepSession:
    """What the anchor and the experts say about our own rows, step by step."""

    def __init__(self, panel: Panel, layout: Layout) -> None:
        self._panel = panel
        self._layout = layout
        self._step = 0

    @property
    def experts(self) -> tuple[str, ...]:
        """Hotkeys of all that were asked."""
        return self._panel.experts

    @property
    def present(self) -> frozenset[str]:
        """Hotkeys of those that answered this step."""
        return frozenset(self._panel.answers)

    @property
    def late(self) -> frozenset[str]:
        """Hotkeys of those that answered this step after the usual deadlines."""
        return self._panel.late

    @property
    def faults(self) -> Mapping[str, str]:
        """Why experts left."""
        return self._panel.faults

    @property
    def anchor(self) -> Float32:
        """The anchor's log-probabilities for the next token, [rows, vocabulary]."""
        return self._panel.anchor

    def dense(self, hotkey: str, row: int) -> Float64:
        """Probabilities that a present expert gives the next token of a row, [vocabulary]."""
        place = self._layout.places[row]
        return np.asarray(self._panel.answers[hotkey].rows(place, place + 1).dense()[0])

    def logprobs(self, tokens: Tokens) -> Float64:
        """What each member gave ``tokens``: float64 [1 + experts, rows], anchor first, NaN where absent."""
        anchor = self.anchor[np.arange(len(tokens)), list(tokens)].astype(np.float64)
        told = self._panel.logprobs(self._layout.reveal(tokens, self._step))[:, self._layout.places]
        return np.vstack([anchor, told])

    async def reveal(self, tokens: Tokens) -> None:
        """Reveal the tokens of our rows, among the others, to all members at once."""
        await self._panel.reveal(self._layout.reveal(tokens, self._step))
        self._step += 1


@dataclass(frozen=True)
class Sessions:
    """Opens sessions of ``rows`` rows; ``cover`` draws hidden texts at least as long as any session."""

    anchor: Anchor
    cover: Draw
    rows: int
    habits: Habits = field(default_factory=Habits)
    _random: np.random.Generator = field(default_factory=np.random.default_rng)

    @asynccontextmanager
    async def open(
        self, experts: Sequence[Expert], questions: Sequence[Question], deadlines: Deadlines
    ) -> AsyncIterator[LockstepSession]:
        """A session with ``experts`` over ``questions``, closed on the way out."""
        layout = Layout(questions, self.cover(max(0, self.rows - len(questions))), self._random)
        async with open_panel(self.anchor, experts, Table(layout.questions, layout.places), deadlines) as panel:
            yield LockstepSession(panel, layout)

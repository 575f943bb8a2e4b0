"""A panel: the anchor and several experts that decode the same rows in lockstep.

No token is revealed to anyone before every expert that is still present has answered the step.
An expert that is late, refuses or answers nonsense leaves the panel; the others go on.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np

from gating.objective import Question
from validator.seats import Anchor, AnchorState, Expert, Float32, Float64, Tokens
from wire.distribution import Distribution
from wire.errors import ExpertError, InvalidDistribution

log = logging.getLogger(__name__)

TIMES_AS_LONG = 4.0
UNSIGNED = "unsigned"
"""Fault of an expert that did not sign for a session that was closed in order."""


@dataclass(frozen=True)
class Patience:
    """How long experts may take, in seconds.

    Everyone has ``least``. Beyond it, who is still missing when half have answered gets a few times as long
    as those took, so that a slow machine does not make everybody late; ``most`` ends the wait in any case.
    """

    least: float
    most: float

    def after_half(self, elapsed: float) -> float:
        """The whole wait, when half the experts took ``elapsed``."""
        return min(self.most, max(self.least, TIMES_AS_LONG * elapsed))


@dataclass(frozen=True)
class Deadlines:
    """Patience with the opening of a session, with each step, and with its closing, in seconds."""

    open: Patience = Patience(3.0, 8.0)
    step: Patience = Patience(1.0, 4.0)
    close: float = 3.0
    usual: "Deadlines | None" = None
    """Where more time is given than apps give: those deadlines, by which it is told who was late."""


UNHURRIED = Deadlines(Patience(30.0, 30.0), Patience(30.0, 30.0), 30.0)
"""For measurements in which nobody waits for an answer."""


@dataclass(frozen=True)
class Rows:
    """What is asked, and the shape that every answer of a panel must have."""

    questions: Sequence[Question]
    outcomes: int


class Seat:
    """One expert at the table; its own task holds the session from opening to closing."""

    def __init__(self, expert: Expert, rows: Rows, step_timeout: float) -> None:
        self.hotkey = expert.hotkey
        self._expert = expert
        self._rows = rows
        self._step_timeout = step_timeout
        self._inbox: asyncio.Queue[Tokens | None] = asyncio.Queue()
        self.answer: asyncio.Future[Distribution] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._attend(), name=f"seat {self.hotkey}")
        self._task.add_done_callback(self._ended)

    def reveal(self, tokens: Tokens) -> None:
        """Pass the revealed tokens on; ``answer`` is then the next step's."""
        self.answer = asyncio.get_running_loop().create_future()
        if self._task.done():
            self._ended(self._task)
        self._inbox.put_nowait(tokens)

    async def leave(self, seconds: float) -> bool:
        """Close the session; whether the expert failed to sign for what it said within ``seconds``.

        A session that is left while an answer is outstanding is broken off, which is not the expert's fault.
        """
        if not self.answer.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=seconds)
            self.answer.cancel()
            return False
        self._inbox.put_nowait(None)
        await asyncio.wait({self._task}, timeout=seconds)
        signed = self._task.done() and not self._task.cancelled() and self._task.exception() is None
        self._task.cancel()
        return not signed

    async def _attend(self) -> None:
        questions = self._rows.questions
        async with self._expert.session(questions, step_timeout=self._step_timeout) as session:
            self._deliver(session.first)
            while (tokens := await self._inbox.get()) is not None:
                self._deliver(await session.reveal(tokens))

    def _deliver(self, distribution: Distribution) -> None:
        distribution.validate()
        rows, outcomes = len(self._rows.questions), self._rows.outcomes
        if distribution.topk_ids.shape[0] != rows or distribution.vocab_size != outcomes:
            raise InvalidDistribution(
                f"expected {rows} rows over {outcomes} outcomes, "
                f"got {distribution.topk_ids.shape[0]} over {distribution.vocab_size}"
            )
        if not self.answer.done():
            self.answer.set_result(distribution)

    def _ended(self, task: asyncio.Task[None]) -> None:
        fault = None if task.cancelled() else task.exception()
        if fault is not None and not isinstance(fault, ExpertError | InvalidDistribution):
            log.error("unexpected fault of expert %s", self.hotkey, exc_info=fault)
        if not self.answer.done():
            self.answer.set_exception(fault or ConnectionError("session closed"))
            self.answer.exception()


class AnchorSeat:
    """The anchor at the table; it reads only the rows that somebody wants it for."""

    def __init__(self, state: AnchorState, rows: Sequence[int]) -> None:
        self._state = state
        self._rows = rows

    @property
    def logprobs(self) -> Float32:
        """Log-probabilities of the next token, [its rows, vocabulary]."""
        return self._state.logprobs

    async def reveal(self, tokens: Tokens) -> None:
        """Take the revealed tokens."""
        await self._state.advance([tokens[row] for row in self._rows])


class Panel:
    """The anchor and the experts that still answer, all at the same step."""

    def __init__(self, anchor: AnchorSeat, seats: Iterable[Seat], deadlines: Deadlines) -> None:
        self._anchor = anchor
        self._deadlines = deadlines
        self._seats = {seat.hotkey: seat for seat in seats}
        self.experts: tuple[str, ...] = tuple(self._seats)
        self.answers: dict[str, Distribution] = {}
        self.faults: dict[str, str] = {}
        self.late: frozenset[str] = frozenset()
        """Who answered this step, but not by the usual deadlines."""

    @property
    def anchor(self) -> Float32:
        """The anchor's log-probabilities for the next token, [anchor rows, vocabulary]."""
        return self._anchor.logprobs

    def logprobs(self, tokens: Tokens) -> Float64:
        """What each expert gave ``tokens``: float64 [experts, rows], NaN where absent."""
        chosen = np.asarray(tokens, dtype=np.int64)
        table = np.full((len(self.experts), len(chosen)), np.nan)
        for row, hotkey in enumerate(self.experts):
            if hotkey in self.answers:
                table[row] = self.answers[hotkey].logprob(chosen)
        return table

    async def reveal(self, tokens: Tokens) -> None:
        """Reveal this step's tokens to all members at once and wait for their next answers."""
        for seat in self._seats.values():
            seat.reveal(tokens)
        advance = asyncio.create_task(self._anchor.reveal(tokens))
        await self._collect(lambda deadlines: deadlines.step)
        await advance

    async def assemble(self) -> None:
        """Wait for the first answers."""
        await self._collect(lambda deadlines: deadlines.open)

    async def _collect(self, patience: Callable[[Deadlines], Patience]) -> None:
        self.answers, self.late = {}, frozenset()
        if not self._seats:
            return
        answers = {hotkey: seat.answer for hotkey, seat in self._seats.items()}
        if self._deadlines.usual is not None:
            await _wait_for_most(list(answers.values()), patience(self._deadlines.usual))
            self.late = frozenset(hotkey for hotkey, answer in answers.items() if not answer.done())
        await _wait_for_most(list(answers.values()), patience(self._deadlines))
        gone = [seat for seat in self._seats.values() if not self._accept(seat)]
        for seat in gone:
            del self._seats[seat.hotkey]
        await asyncio.gather(*(seat.leave(self._deadlines.close) for seat in gone))

    async def close(self) -> None:
        """End all sessions; an expert that does not sign for its answers is at fault."""
        seats, self._seats = list(self._seats.values()), {}
        unsigned = await asyncio.gather(*(seat.leave(self._deadlines.close) for seat in seats))
        self.faults |= {seat.hotkey: UNSIGNED for seat, fault in zip(seats, unsigned, strict=True) if fault}

    def _accept(self, seat: Seat) -> bool:
        if not seat.answer.done():
            self.faults[seat.hotkey] = "late"
            return False
        fault = seat.answer.exception()
        if fault is not None:
            self.faults[seat.hotkey] = type(fault).__name__
            return False
        self.answers[seat.hotkey] = seat.answer.result()
        return True


async def _wait_for_most(answers: Sequence[asyncio.Future[Distribution]], patience: Patience) -> None:
    """Wait until all have answered, or the patience with the slower half is over."""
    now = asyncio.get_running_loop().time
    started, limit, halved = now(), patience.most, False
    pending: set[asyncio.Future[Distribution]] = set(answers)
    while pending and (left := started + limit - now()) > 0:
        _, pending = await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if not halved and 2 * len(pending) <= len(answers):
            limit, halved = patience.after_half(now() - started), True


@dataclass(frozen=True)
class Table:
    """The questions of a session, and for which of them the anchor is wanted."""

    questions: Sequence[Question]
    anchor_rows: Sequence[int]


@asynccontextmanager
async def open_panel(
    anchor: Anchor, experts: Sequence[Expert], table: Table, deadlines: Deadlines
) -> AsyncIterator[Panel]:
    """Open sessions with all ``experts`` over the same rows and close them on the way out."""
    rows = Rows(table.questions, anchor.vocab_size)
    longest = max(deadlines.open.most, deadlines.step.most)
    seats = [Seat(expert, rows, longest) for expert in experts]
    panel: Panel | None = None
    try:
        state = await anchor.start([table.questions[row] for row in table.anchor_rows])
        panel = Panel(AnchorSeat(state, table.anchor_rows), seats, deadlines)
        await panel.assemble()
        yield panel
    finally:
        if panel is not None:
            await panel.close()
        else:
            await asyncio.gather(*(seat.leave(deadlines.close) for seat in seats))

"""The anchor and several experts that take whole blocks and draft those to come.

Each member's own task holds its session and answers message after message, so a slow reader lags behind without
holding up who drafts. A member that is late by its own pace, refuses, or drafts what does not follow from its
distributions leaves; the others go on.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from validator.panel import UNSIGNED, Deadlines, Patience
from validator.routing import ANCHOR
from validator.seats import BlockSession
from wire.blocks import BlockReply, BlockRequest
from wire.distribution import Distribution
from wire.drawing import draw
from wire.errors import ExpertError, InvalidDistribution

log = logging.getLogger(__name__)

T = TypeVar("T")

Opening = AbstractAsyncContextManager[BlockSession]


@dataclass(frozen=True, eq=False)
class Heard:
    """A member's answer to one message; ``before`` is what it had said of the first revealed token."""

    before: Distribution
    reply: BlockReply

    @property
    def drafted(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint32]]:
        """The draft, [rows, L]."""
        return self.reply.drafted

    def on(self, row: int, tokens: Sequence[int]) -> Distribution:
        """What the member said of each revealed token of a row before it, as many as ``tokens``."""
        positions = self.reply.positions
        start = row * positions
        return Distribution.join(
            [self.before.rows(row, row + 1), self.reply.distributions.rows(start, start + len(tokens) - 1)], 1
        )


class BlockSeat:
    """One member."""

    def __init__(self, name: str, opening: Opening, patience: Patience) -> None:
        self.name = name
        self._opening = opening
        self._patience = patience
        self._usual: float | None = None
        self._inbox: asyncio.Queue[tuple[BlockRequest, asyncio.Future[Heard]] | None] = asyncio.Queue()
        self.opened: asyncio.Future[Distribution] = asyncio.get_running_loop().create_future()
        self._waiting: list[asyncio.Future[Heard]] = []
        self._task = asyncio.create_task(self._attend(), name=f"seat {name}")
        self._task.add_done_callback(self._ended)

    def ask(self, request: BlockRequest) -> asyncio.Future[Heard]:
        """Queue a message; its answer comes after those to all messages before."""
        answer: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        if self._task.done():
            self._ended(self._task)
        self._inbox.put_nowait((request, answer))
        return answer

    async def leave(self, seconds: float) -> bool:
        """Close the session; whether the member failed to sign for what it said within ``seconds``.

        A session that is left while answers are outstanding is broken off, which is not the member's fault.
        """
        broken_off = not self.opened.done() or any(not answer.done() for answer in self._waiting)
        if broken_off:
            self._task.cancel()
        self._inbox.put_nowait(None)
        await asyncio.wait({self._task}, timeout=seconds)
        signed = self._task.done() and not self._task.cancelled() and self._task.exception() is None
        self._task.cancel()
        self.opened.cancel()
        for answer in self._waiting:
            answer.cancel()
        return not (signed or broken_off)

    async def _attend(self) -> None:
        loop = asyncio.get_running_loop()
        async with self._opening as session:
            newest = undone = session.first.validate()
            self.opened.set_result(newest)
            while (asked := await self._inbox.get()) is not None:
                request, answer = asked
                started = loop.time()
                async with asyncio.timeout(self._deadline()):
                    reply = await session.read(request)
                self._usual = max(loop.time() - started, 0.9 * (self._usual or 0.0))
                before = undone if request.instead else newest
                newest = _check(before, request, reply)
                undone = before if request.tokens.size else undone
                self._waiting.remove(answer)
                if not answer.done():
                    answer.set_result(Heard(before, reply))

    def _deadline(self) -> float:
        """Seconds for the next answer: each member is measured by what it takes itself."""
        return self._patience.most if self._usual is None else self._patience.after_half(self._usual)

    def _ended(self, task: asyncio.Task[None]) -> None:
        fault = None if task.cancelled() else task.exception()
        if fault is not None and not isinstance(fault, ExpertError | InvalidDistribution | TimeoutError):
            log.error("unexpected fault of %s", self.name, exc_info=fault)
        _give_up(self.opened, fault)
        for answer in self._waiting:
            _give_up(answer, fault)


def _check(newest: Distribution, request: BlockRequest, reply: BlockReply) -> Distribution:
    """The distribution after the last revealed token.

    Raises: InvalidDistribution when a draft does not follow from what is said of it.
    """
    length, rows = request.tokens.shape[1], reply.rows
    places = np.arange(rows) * reply.positions
    if length:
        newest = _pick(reply.distributions, places + length - 1)
    if request.wish is not None:
        said = newest
        for at in range(request.wish.length):
            drawn = draw(said, request.wish.uniforms[:, at], request.wish.drawing)
            if not np.array_equal(drawn, reply.drafted[:, at]):
                raise InvalidDistribution("the draft does not follow from its distributions")
            if at + 1 < request.wish.length:
                said = _pick(reply.distributions, places + length + at)
    return newest


def _pick(distributions: Distribution, numbers: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Distribution:
    return Distribution(
        distributions.topk_ids[numbers],
        distributions.topk_logprobs[numbers],
        distributions.tail_logprob[numbers],
        distributions.vocab_size,
    )


@dataclass(frozen=True)
class Terms:
    """How long, in seconds, the others are waited for once ``k_min`` experts have answered.

    Without ``k_min`` everybody is given the time that its own pace allows.
    """

    k_min: int | None = None
    timeout_after_k_min: float = 1.0


@dataclass(frozen=True)
class Pace:
    """How long members may take."""

    deadlines: Deadlines = field(default_factory=Deadlines)
    terms: Terms = field(default_factory=Terms)


Answers = Mapping[str, asyncio.Future["Heard"]]


class Drafters:
    """The members that still answer, the first of them the anchor."""

    def __init__(self, seats: Iterable[BlockSeat], pace: Pace) -> None:
        self._seats = {seat.name: seat for seat in seats}
        self._deadlines = pace.deadlines
        self._terms = pace.terms
        self.faults: dict[str, str] = {}

    @property
    def present(self) -> tuple[str, ...]:
        """Names of the members that still answer."""
        return tuple(self._seats)

    async def assemble(self) -> None:
        """Wait for the sessions to open."""
        await self._settle({name: seat.opened for name, seat in self._seats.items()})

    def ask(self, requests: Mapping[str, BlockRequest]) -> Answers:
        """Send each present member its message."""
        return {name: self._seats[name].ask(request) for name, request in requests.items() if name in self._seats}

    async def hear(self, answers: Answers, *, first: Iterable[str] = ()) -> dict[str, Heard]:
        """Answers of those who gave one; those of ``first`` are waited for as long as each may take."""
        wanted = {answers[name] for name in first if name in answers}
        if wanted:
            await asyncio.wait(wanted)
        await self._settle(answers)
        return {name: answer.result() for name, answer in answers.items() if name in self._seats}

    async def close(self) -> None:
        """End all sessions; an expert that does not sign for its answers is at fault."""
        seats, self._seats = list(self._seats.values()), {}
        unsigned = await asyncio.gather(*(seat.leave(self._deadlines.close) for seat in seats))
        self.faults |= {seat.name: UNSIGNED for seat, fault in zip(seats, unsigned, strict=True) if fault}

    async def _settle(self, answers: Mapping[str, asyncio.Future[T]]) -> None:
        """Wait for the anchor, and for all experts or ``k_min`` and what the others are given beyond.

        Who is missing then leaves.
        """
        if ANCHOR in answers:
            await answers[ANCHOR]
        experts = [answer for name, answer in answers.items() if name != ANCHOR]
        loop = asyncio.get_running_loop()
        pending, limit = {answer for answer in experts if not answer.done()}, None
        while pending and (limit is None or loop.time() < limit):
            if limit is None and self._terms.k_min is not None and sum(map(_is_given, experts)) >= self._terms.k_min:
                limit = loop.time() + self._terms.timeout_after_k_min
            timeout = None if limit is None else max(0.0, limit - loop.time())
            _, pending = await asyncio.wait(pending, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        await self._dismiss({name: answer for name, answer in answers.items() if not _is_given(answer)})

    async def _dismiss(self, missing: Mapping[str, asyncio.Future[T]]) -> None:
        gone = [self._seats.pop(name) for name in missing if name in self._seats]
        for seat in gone:
            answer = missing[seat.name]
            fault = answer.exception() if answer.done() and not answer.cancelled() else None
            late = fault is None or isinstance(fault, TimeoutError)
            self.faults[seat.name] = "late" if late else type(fault).__name__
        await asyncio.gather(*(seat.leave(self._deadlines.close) for seat in gone))


def _give_up(answer: asyncio.Future[T], fault: BaseException | None) -> None:
    if not answer.done():
        answer.set_exception(fault or ConnectionError("session closed"))
        answer.exception()


def _is_given(answer: asyncio.Future[T]) -> bool:
    return answer.done() and not answer.cancelled() and answer.exception() is None

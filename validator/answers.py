"""Answers to apps: a prompt goes to the best few experts and the mixture of what they say is spoken.

An answer is generated in segments. Each segment is one session, no longer than an audit's, routed
anew by the newest text; so a text that changes its subject gets other experts, and an expert that
failed may come back. Members draft by turns, block by block; where one of them cannot, or the app
wants it so, all are asked for every token. Generated text carries no evidence: within a segment the
gate's weight of an expert can only fall.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from validator.blocks import open_blocks
from validator.drafted import DraftedSegment
from validator.drafters import Pace, Terms
from validator.organic import Statement
from validator.panel import Deadlines
from validator.routing import Gate, Route
from validator.sampling import Sampler, Sampling
from validator.seats import Float64, Speaker
from validator.sessions import Sessions
from validator.spoken import Shape, Step
from validator.tokenwise import TokenwiseSegment

BLOCK_TOKENS = 8


@dataclass(frozen=True)
class Selection:
    """Which experts may answer: at most ``k`` of a domain, of some hotkeys, or of all."""

    k: int
    domain: str | None = None
    hotkeys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A prompt, how much to say, how often, how to draw, whom to ask.

    ``block_tokens`` are drafted at a time, one token at a time is drawn from everybody's distributions;
    ``top`` likeliest tokens are told at each place.
    """

    prompt: tuple[int, ...]
    max_tokens: int
    choices: int
    sampling: Sampling
    selection: Selection
    block_tokens: int = BLOCK_TOKENS
    top: int = 0
    terms: Terms = field(default_factory=Terms)
    again: bool = False
    """Whether experts may be asked about this text again."""


@dataclass(frozen=True)
class Limits:
    """Sizes that audits and answers share, in tokens: context, and sessions by tokens and by blocks.

    Answers are routed anew as often as a session by tokens is long.
    """

    context_tokens: int
    segment_tokens: int
    drafted_tokens: int = 0

    @property
    def longest_drafted(self) -> int:
        """Tokens of a session by blocks."""
        return self.drafted_tokens or self.segment_tokens


@dataclass(frozen=True)
class Sources:
    """Where the mixture finds its members."""

    sessions: Sessions
    candidates: Callable[[Selection], Mapping[str, Speaker]]
    gate: Gate
    record: Callable[[tuple[str, ...], Mapping[str, str]], None]
    keep: Callable[[Statement], None] = lambda _: None
    """Takes what experts said of a text that may be asked again."""


class MixtureService:
    """Opens answers to questions."""

    def __init__(self, sources: Sources, limits: Limits, deadlines: Deadlines) -> None:
        self.sources = sources
        self.limits = limits
        self.deadlines = deadlines

    @asynccontextmanager
    async def open(self, question: Question) -> AsyncIterator["Answer"]:
        """An answer whose experts have been chosen and asked."""
        answer = Answer(self, question)
        async with aclosing(answer.steps):
            await answer.begin()
            yield answer

    def route(self, rows: list[list[int]], question: Question) -> Route:
        """Whom the newest text of the first row should go to."""
        candidates = self.sources.candidates(question.selection)
        return self.sources.gate.route(rows[0][-self.limits.context_tokens :], list(candidates), question.selection.k)

    @asynccontextmanager
    async def segment(self, rows: list[list[int]], question: Question) -> AsyncIterator["Talk"]:
        """A session over the newest text of ``rows`` with the experts that it is routed to."""
        candidates = self.sources.candidates(question.selection)
        newest = [row[-self.limits.context_tokens :] for row in rows]
        route = self.route(rows, question)
        experts = [candidates[hotkey] for hotkey in route.experts]
        by_blocks = question.block_tokens > 1 and all(expert.drafts for expert in experts)
        begin = self._by_blocks if by_blocks else self._by_tokens
        async with begin(experts, newest, _Plan(route, question)) as talk:
            yield talk

    @asynccontextmanager
    async def _by_blocks(
        self, experts: Sequence[Speaker], rows: list[list[int]], plan: "_Plan"
    ) -> AsyncIterator["Talk"]:
        pace = Pace(self.deadlines, plan.question.terms)
        length = min(plan.question.block_tokens, self.limits.longest_drafted)
        self.sources.sessions.habits.note(plan.question.sampling)
        with self._recorded(plan.route) as faults:
            async with open_blocks(self.sources.sessions, experts, rows, pace) as table:
                faults.append(table.faults)
                shape = Shape(length, self.limits.longest_drafted // length, plan.question.top)
                yield DraftedSegment(table, plan.route, shape)

    @asynccontextmanager
    async def _by_tokens(
        self, experts: Sequence[Speaker], rows: list[list[int]], plan: "_Plan"
    ) -> AsyncIterator["Talk"]:
        with self._recorded(plan.route) as faults:
            async with self.sources.sessions.open(experts, rows, self.deadlines) as session:
                faults.append(session.faults)
                shape = Shape(1, self.limits.segment_tokens, plan.question.top)
                yield TokenwiseSegment(session, plan.route, len(rows), shape)

    @contextmanager
    def _recorded(self, route: Route) -> Iterator[list[Mapping[str, str]]]:
        """Note who answered a session and who failed it, once it is over."""
        faults: list[Mapping[str, str]] = []
        try:
            yield faults
        finally:
            self.sources.record(route.experts, faults[0] if faults else {})


@dataclass(frozen=True)
class _Plan:
    route: Route
    question: Question


class Talk(Protocol):
    """One session of an answer, with the experts of its route."""

    @property
    def route(self) -> Route:
        """Whom it was opened with."""

    def weights(self, row: int) -> dict[str, float]:
        """Weights in force for a row, of the members that are present."""

    def steps(self, samplers: list[Sampler], most: int) -> AsyncGenerator[Step, None]:
        """The next tokens of all rows, at most ``most`` of each."""

    def statement(self) -> tuple[list[int], Float64]:
        """Tokens of the first row, and what each expert of the route had committed to, [experts, tokens]."""


class Answer:
    """One answer in progress: all choices of one question, a token at a time."""

    def __init__(self, service: MixtureService, question: Question) -> None:
        self._service = service
        self.question = question
        self._samplers = [Sampler(question.sampling, choice) for choice in range(question.choices)]
        self._rows = [list(question.prompt) for _ in range(question.choices)]
        self._first: Step | None = None
        self.steps = self._generate()
        self.weights: dict[str, float] = {}
        """Of the members that began the answer."""

    async def begin(self) -> None:
        """Speak the first token."""
        self._first = await anext(self.steps)

    async def spoken(self) -> AsyncIterator[Step]:
        """All steps of the answer, which has begun."""
        assert self._first is not None, "begin the answer first"
        yield self._first
        async for step in self.steps:
            yield step

    async def _generate(self) -> AsyncGenerator[Step, None]:
        left = self.question.max_tokens
        while left > 0:
            async with self._service.segment(self._rows, self.question) as talk, self._remembered(talk):
                self.weights = self.weights or talk.weights(0)
                async with aclosing(talk.steps(self._samplers, left)) as steps:
                    async for step in steps:
                        for row, spoken in zip(self._rows, step, strict=True):
                            row.append(spoken.token)
                        left -= 1
                        yield step
                        if self._has_moved(talk):
                            break

    @asynccontextmanager
    async def _remembered(self, talk: Talk) -> AsyncIterator[None]:
        """Keep what experts say of the first choice, if it may be asked again, however the session ends."""
        prefix = tuple(self._rows[0][-self._service.limits.context_tokens :])
        try:
            yield
        finally:
            if self.question.again:
                tokens, said = talk.statement()
                self._service.sources.keep(Statement(prefix, tuple(tokens), talk.route.experts, said))

    def _has_moved(self, talk: Talk) -> bool:
        """Whether the text has grown into the domain of others; looked at now and then."""
        grown = len(self._rows[0]) - len(self.question.prompt)
        if grown % self._service.limits.segment_tokens:
            return False
        return set(self._service.route(self._rows, self.question).experts) != set(talk.route.experts)

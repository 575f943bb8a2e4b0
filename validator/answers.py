"""Answers to apps: a prompt goes to the best few experts and the mixture of what they say is spoken.

An answer is generated in segments. Each segment is one lockstep session, no longer than an audit's,
routed anew by the newest text; so a text that changes its subject gets other experts, and an expert
that failed may come back. Generated text carries no evidence: within a segment the gate's weight of
an expert can only fall.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import numpy as np

from gating.mixture import Generation, mix
from validator.panel import Deadlines
from validator.routing import ANCHOR, Gate, Route
from validator.sampling import Sampler, Sampling
from validator.seats import Expert, Float64
from validator.sessions import LockstepSession, Sessions

TOP_TOKENS = 20
TINY = 1e-300


@dataclass(frozen=True)
class Selection:
    """Which experts may answer: at most ``k`` of a domain, of some hotkeys, or of all."""

    k: int
    domain: str | None = None
    hotkeys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A prompt, how much to say, how often, how to draw, whom to ask."""

    prompt: tuple[int, ...]
    max_tokens: int
    choices: int
    sampling: Sampling
    selection: Selection


@dataclass(frozen=True)
class Spoken:
    """One token of one choice, its log-probability in the mixture, and who spoke it."""

    token: int
    logprob: float
    top: tuple[tuple[int, float], ...]
    weights: Mapping[str, float]
    shares: Mapping[str, float]


Step = tuple[Spoken, ...]


@dataclass(frozen=True)
class Limits:
    """Sizes that audits and answers share: context and session length, in tokens."""

    context_tokens: int
    segment_tokens: int


@dataclass(frozen=True)
class Sources:
    """Where the mixture finds its members."""

    sessions: Sessions
    candidates: Callable[[Selection], Mapping[str, Expert]]
    gate: Gate
    record: Callable[[tuple[str, ...], Mapping[str, str]], None]


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

    @asynccontextmanager
    async def segment(self, rows: list[list[int]], selection: Selection) -> AsyncIterator["Segment"]:
        """A session over the newest text of ``rows`` with the experts that the first row is routed to."""
        candidates = self.sources.candidates(selection)
        newest = [row[-self.limits.context_tokens :] for row in rows]
        route = self.sources.gate.route(newest[0], list(candidates), selection.k)
        experts = [candidates[hotkey] for hotkey in route.experts]
        faults: Mapping[str, str] = {}
        try:
            async with self.sources.sessions.open(experts, newest, self.deadlines) as session:
                faults = session.faults
                yield Segment(session, route, len(rows))
        finally:
            self.sources.record(route.experts, faults)


class Segment:
    """One session of an answer: who speaks, with which weights."""

    def __init__(self, session: LockstepSession, route: Route, rows: int) -> None:
        self._session = session
        self._members = (ANCHOR, *route.experts)
        self._gate = Generation(np.tile(route.prior, (rows, 1)))

    def weights(self, row: int) -> dict[str, float]:
        """Weights in force for a row, of the members that are present."""
        return {self._members[at]: float(weight) for at, weight in self._in_force(row).items()}

    def speak(self, samplers: list[Sampler]) -> Step:
        """Draw a token for each row."""
        return tuple(self._draw(row, sampler) for row, sampler in enumerate(samplers))

    async def reveal(self, tokens: list[int]) -> None:
        """Reveal the drawn tokens to all members."""
        self._gate.update(self._session.logprobs(tokens).T)
        await self._session.reveal(tokens)

    def _in_force(self, row: int) -> dict[int, float]:
        """Weight of each present member by its number; what absent ones had is the anchor's."""
        present, weights = self._session.present, self._gate.weights[row]
        experts = {at: weights[at] for at, member in enumerate(self._members) if member in present}
        return {0: 1.0 - sum(experts.values()), **experts}

    def _dense(self, row: int, present: Iterable[int]) -> Float64:
        """What each present member says about a row: [members, vocabulary]."""
        anchor = np.exp(self._session.anchor[row].astype(np.float64))
        experts = [self._session.dense(self._members[at], row) for at in present if at]
        return np.stack([anchor / anchor.sum(), *experts])

    def _draw(self, row: int, sampler: Sampler) -> Spoken:
        in_force = self._in_force(row)
        dense, weights = self._dense(row, in_force), np.array(list(in_force.values()))
        mixture = mix(dense, weights)
        token = sampler.draw(mixture)
        names = [self._members[at] for at in in_force]
        shares = weights * dense[:, token] / mixture[token]
        return Spoken(
            token=token,
            logprob=float(np.log(mixture[token])),
            top=_likeliest(mixture),
            weights={name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)},
            shares={name: round(float(share), 4) for name, share in zip(names, shares, strict=True)},
        )


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
            length = min(self._service.limits.segment_tokens, left)
            async with self._service.segment(self._rows, self.question.selection) as segment:
                self.weights = self.weights or segment.weights(0)
                async for step in self._speak(segment, length):
                    yield step
            left -= length

    async def _speak(self, segment: Segment, length: int) -> AsyncIterator[Step]:
        for at in range(length):
            step = segment.speak(self._samplers)
            tokens = [spoken.token for spoken in step]
            for row, token in zip(self._rows, tokens, strict=True):
                row.append(token)
            yield step
            if at + 1 < length:
                await segment.reveal(tokens)


def _likeliest(mixture: Float64) -> tuple[tuple[int, float], ...]:
    count = min(TOP_TOKENS, len(mixture))
    best = np.argpartition(-mixture, count - 1)[:count]
    ordered = best[np.argsort(-mixture[best], kind="stable")]
    return tuple((int(token), float(np.log(max(mixture[token], TINY)))) for token in ordered)

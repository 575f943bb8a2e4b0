"""Audits: hidden items whose outcomes experts foretell one by one before they see each.

A round is a handful of items, texts say. Its sessions have the rows, the length and the caller of those that
answer apps. Whoever is asked and does not answer a step in time is absent from that step, alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gating.objective import AuditItem, Source, uniform_integers
from validator.again import Again
from validator.observation import Observation
from validator.organic import Statement
from validator.panel import UNSIGNED, Deadlines
from validator.rehearsal import Score, rehearse
from validator.routing import Gate, Route
from validator.seats import Float64, Speaker
from validator.secret import Secret
from validator.sessions import LockstepSession, Sessions
from validator.settings import AuditPlan

ASK_ALL_UP_TO = 8


@dataclass(frozen=True)
class Inquiry:
    """Texts of one session and whom they go to."""

    items: tuple[AuditItem, ...]
    routes: tuple[Route, ...]

    @property
    def experts(self) -> tuple[str, ...]:
        """Hotkeys of those asked."""
        return self.routes[0].experts


@dataclass(frozen=True)
class Round:
    """Number of a round, and the seed that its texts follow from."""

    number: int
    seed: bytes


@dataclass(frozen=True)
class Auditor:
    """Conducts audit rounds."""

    sessions: Sessions
    gate: Gate
    objective: Source
    secret: Secret
    plan: AuditPlan
    deadlines: Deadlines

    async def conduct(self, now: Round, experts: Mapping[str, Speaker]) -> tuple[list[Observation], dict[str, str]]:
        """A round among ``experts``: what it showed, and who was absent at some step and why."""
        items = self.objective.draw(now.seed, self.plan.texts)
        dice = uniform_integers(now.seed + b"by blocks")
        found: list[Observation] = []
        faults: dict[str, str] = {}
        for inquiry in self._inquire(items, sorted(experts)):
            chosen = [experts[hotkey] for hotkey in inquiry.experts]
            ask = self._by_blocks if self._goes_by_blocks(inquiry, next(dice)) else self._by_tokens
            answers, missing = await ask(inquiry, chosen)
            faults |= missing
            answers[:, _unsigned(inquiry.experts, missing)] = np.nan
            found += self._observe(now, inquiry, answers)
        return found, faults

    async def _by_tokens(self, inquiry: Inquiry, experts: Sequence[Speaker]) -> tuple[Float64, Mapping[str, str]]:
        """What everyone gave the outcomes, each told after all had answered, and who was absent why."""
        questions = [item.question for item in inquiry.items]
        async with self.sessions.open(experts, questions, self.deadlines) as session:
            answers = await _question(session, [item.outcomes[: self.plan.steps] for item in inquiry.items])
        return answers, session.faults

    async def _by_blocks(self, inquiry: Inquiry, experts: Sequence[Speaker]) -> tuple[Float64, Mapping[str, str]]:
        """What everyone gave the first outcome of each block, in a session like an app's."""
        return await rehearse(
            self.sessions, experts, Score(inquiry.items, inquiry.routes[0], self.plan), self.deadlines
        )

    async def ask_again(
        self, kept: Sequence[Statement], experts: Mapping[str, Speaker]
    ) -> tuple[list[Again], Mapping[str, str]]:
        """What the experts that answered some texts of apps say of them now, and who was absent and why.

        It is a session like any other: as many rows and steps, and where a text ends a hidden one goes on.
        """
        chosen = [experts[hotkey] for hotkey in kept[0].experts]
        rest = self.sessions.cover(len(kept))
        texts = [(*one.tokens, *item.outcomes)[: self.plan.steps] for one, item in zip(kept, rest, strict=True)]
        async with self.sessions.open(chosen, [one.prefix for one in kept], self.deadlines) as session:
            told = await _question(session, texts)
        told[:, _unsigned([one.hotkey for one in chosen], session.faults)] = np.nan
        names = [one.hotkey for one in chosen]
        found = []
        for row, one in enumerate(kept):
            length = min(len(one.tokens), self.plan.steps)
            places = [1 + names.index(hotkey) for hotkey in one.experts]
            item = self.secret.digest(AuditItem("", one.prefix, one.tokens).content())
            now = np.ascontiguousarray(told[:length, places, row].T)
            found.append(Again(one.round, item, one.experts, one.logprobs[:, :length], now))
        return found, session.faults

    def _goes_by_blocks(self, inquiry: Inquiry, drawn: int) -> bool:
        """Whether this is one of the sessions in which drafts are asked for."""
        texts = all(isinstance(item.question, tuple) for item in inquiry.items)
        return texts and drawn < self.plan.block_share * 2**64

    def _inquire(self, items: Sequence[AuditItem], candidates: Sequence[str]) -> Iterable[Inquiry]:
        """Sessions over texts of like domains; few experts are all asked, of many the gate chooses."""
        ordered = sorted(items, key=lambda item: item.domain)
        for at in range(0, len(ordered), self.sessions.rows):
            part = tuple(ordered[at : at + self.sessions.rows])
            yield Inquiry(part, self._route(part, candidates))

    def _route(self, items: Sequence[AuditItem], candidates: Sequence[str]) -> tuple[Route, ...]:
        if len(candidates) <= ASK_ALL_UP_TO:
            return tuple(self.gate.route_all(item.question, candidates) for item in items)
        chosen = self.gate.route(items[0].question, candidates, ASK_ALL_UP_TO, explore=True)
        return tuple(self.gate.follow(item.question, chosen) for item in items)

    def _observe(self, now: Round, inquiry: Inquiry, answers: Float64) -> Iterable[Observation]:
        for row, (item, route) in enumerate(zip(inquiry.items, inquiry.routes, strict=True)):
            name = self.secret.digest(item.content())
            logprobs = np.ascontiguousarray(answers[:, :, row].T)
            yield Observation(now.number, name, item.domain, route, logprobs)


async def _question(session: LockstepSession, rows: Sequence[Sequence[int]]) -> Float64:
    """Log-probabilities of the true outcomes of each row: float64 [steps, 1 + experts, rows]."""
    columns = list(zip(*rows, strict=True))
    found = []
    for at, outcomes in enumerate(columns):
        found.append(session.logprobs(outcomes))
        if at + 1 < len(columns):
            await session.reveal(outcomes)
    return np.stack(found)


def _unsigned(experts: Sequence[str], faults: Mapping[str, str]) -> list[int]:
    """Rows of the experts that did not sign for their answers, which therefore count as missing."""
    return [at for at, hotkey in enumerate(experts, start=1) if faults.get(hotkey) == UNSIGNED]

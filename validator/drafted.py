"""Answers drafted by blocks: one member drafts, the others say what they think of it while the next draft is made.

Rows are our own texts, members are numbered with the anchor as 0. A block is spoken once everybody has been heard
on it; what was said may lower weights, from the next draw on.
"""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np

from gating.drafting import Account, Standing, Verdicts, choose_drafter, explain, rank_drafts
from gating.mixture import mix
from validator.blocks import BlockTable
from validator.drafters import Answers, Heard
from validator.routing import ANCHOR, Route
from validator.sampling import Sampler
from validator.seats import Float64
from validator.spoken import Shape, Spoken, Step, likeliest
from wire.blocks import DraftWish
from wire.distribution import Distribution

LEAST_LOGPROB = -100.0
"""Stands for the logarithm of nothing, so that sums stay finite."""


@dataclass(frozen=True)
class Proposal:
    """The next tokens of each row, who drafted them, and the weights that were in force."""

    tokens: list[list[int]]
    drafters: list[int]
    weights: list[Float64]


class DraftedSegment:
    """One session of an answer: who drafts, with which weights."""

    def __init__(self, table: BlockTable, route: Route, shape: Shape) -> None:
        self._table = table
        self.route = route
        self._members = (ANCHOR, *route.experts)
        self._shape = shape
        self._standings = [Standing(np.array(route.prior)) for _ in table.places(ANCHOR)]
        self._said: list[tuple[list[int], Float64]] = []
        self._samplers: list[Sampler] = []

    def statement(self) -> tuple[list[int], Float64]:
        """Tokens of the first row that were heard on, and what each expert gave them, [experts, tokens].

        Of a block only the first token counts, as the others were shown before; and not for who drafted it.
        """
        tokens = [token for block, _ in self._said for token in block]
        columns = [said for _, said in self._said]
        return tokens, np.concatenate(columns, axis=1) if columns else np.zeros((len(self.route.experts), 0))

    def weights(self, row: int) -> dict[str, float]:
        """Weights in force for a row, of the members that are present."""
        self._note_absences()
        present = self._table.present
        return {
            name: float(weight)
            for name, weight in zip(self._members, self._standings[row].weights, strict=True)
            if name in present
        }

    async def steps(self, samplers: list[Sampler], most: int) -> AsyncGenerator[Step, None]:
        """The next tokens of all rows, at most ``most`` of each."""
        self._samplers = samplers
        async with aclosing(self._blocks(min(self._shape.blocks, -(-most // self._shape.length)))) as steps:
            async for step in steps:
                if most > 0:
                    yield step
                most -= 1

    async def rehearse(
        self, samplers: list[Sampler], texts: Sequence[Sequence[int]]
    ) -> AsyncGenerator[Mapping[str, Heard], None]:
        """Go through a session as if it wrote our rows, which say ``texts`` whatever is drafted.

        Gives what was said of each block.
        """
        self._samplers = samplers
        last: Proposal | None = None
        for start in range(0, self._shape.blocks * self._shape.length, self._shape.length):
            proposal, heard = await self._propose(last)
            if last is not None:
                yield heard
            said = [list(text[start : start + self._shape.length]) for text in texts]
            last = Proposal(said, proposal.drafters, proposal.weights)
        assert last is not None, "a session has a block"
        yield await self._table.hear(self._table.reveal(last.tokens, {}))

    async def _blocks(self, count: int) -> AsyncGenerator[Step, None]:
        last: Proposal | None = None
        for _ in range(count):
            proposal, heard = await self._propose(last)
            if last is not None:
                for step in self._account(last, heard):
                    yield step
            last = proposal
        assert last is not None, "a segment has a block"
        heard = await self._table.hear(self._table.reveal(last.tokens, {}))
        for step in self._account(last, heard):
            yield step

    async def _propose(self, last: Proposal | None) -> tuple[Proposal, Mapping[str, Heard]]:
        """The block after ``last``, and what was said of that."""
        self._note_absences()
        weights = [standing.weights for standing in self._standings]
        choose = self._rank if self._samplers[0].greedy else self._sample
        tokens, drafters, heard = await choose(last, weights)
        return Proposal(tokens, drafters, weights), heard

    async def _sample(
        self, last: Proposal | None, weights: list[Float64]
    ) -> tuple[list[list[int]], list[int], Mapping[str, Heard]]:
        """A draft of each row by a member drawn by weight; who loses its draft is drawn for again."""
        numbers = [sampler.numbers(1 + self._shape.length) for sampler in self._samplers]
        wish = self._wish([row[1:] for row in numbers])
        drafters = [choose_drafter(row, number[0]) for row, number in zip(weights, numbers, strict=True)]
        wanted = {self._members[drafter] for drafter in drafters}
        heard = await self._table.hear(self._ask(last, wish, wanted), first=wanted)
        drafts = {name: heard[name] for name in wanted if name in heard}
        while lost := [row for row, drafter in enumerate(drafters) if self._members[drafter] not in drafts]:
            self._note_absences()
            for row in lost:
                drafters[row] = choose_drafter(self._standings[row].weights, self._samplers[row].numbers(1)[0])
            wanted = {self._members[drafters[row]] for row in lost} - set(drafts)
            drafts |= await self._table.hear(self._table.draft(dict.fromkeys(wanted, wish)), first=wanted)
        return self._cut(drafts, drafters), drafters, heard

    async def _rank(
        self, last: Proposal | None, weights: list[Float64]
    ) -> tuple[list[list[int]], list[int], Mapping[str, Heard]]:
        """The best of everybody's drafts by the mixture without their drafter.

        No draft is shown to anyone before all have committed to theirs, which each signs as part of its session.
        """
        wish = self._wish([sampler.numbers(1 + self._shape.length)[1:] for sampler in self._samplers])
        heard = await self._table.hear(self._ask(last, wish, self._table.present))
        drafters = [number for number, name in enumerate(self._members) if name in heard]
        drafts = [self._cut(heard, [drafter] * len(self._samplers)) for drafter in drafters]
        verdicts = [await self._try_out(draft, drafter) for draft, drafter in zip(drafts, drafters, strict=True)]
        best = [
            rank_drafts(weights[row], drafters, [verdict[row] for verdict in verdicts])[0]
            for row in range(len(self._samplers))
        ]
        tokens = [drafts[at][row] for row, at in enumerate(best)]
        return tokens, [drafters[at] for at in best], heard

    async def _try_out(self, draft: list[list[int]], drafter: int) -> list[Verdicts]:
        """What all but the drafter say of a draft, row by row."""
        judges = self._table.present - {self._members[drafter]}
        heard = await self._table.hear(self._table.try_out(draft, judges))
        return [self._verdicts(heard, row, tokens) for row, tokens in enumerate(draft)]

    def _ask(self, last: Proposal | None, wish: DraftWish, wanted: Collection[str]) -> Answers:
        wishes = dict.fromkeys(wanted, wish)
        return self._table.draft(wishes) if last is None else self._table.reveal(last.tokens, wishes)

    def _wish(self, numbers: Sequence[Float64]) -> DraftWish:
        return self._table.wish(numbers, self._samplers[0].drawing)

    def _cut(self, drafts: Mapping[str, Heard], drafters: Sequence[int]) -> list[list[int]]:
        """Each row's tokens out of its drafter's answer."""
        found = []
        for row, drafter in enumerate(drafters):
            name = self._members[drafter]
            found.append([int(token) for token in drafts[name].drafted[self._table.places(name)[row]]])
        return found

    def _account(self, proposal: Proposal, heard: Mapping[str, Heard]) -> list[Step]:
        """The steps of a block that everybody has been heard on; weights fall by what was said."""
        rows = []
        for row, tokens in enumerate(proposal.tokens):
            said = self._verdicts(heard, row, tokens)
            if row == 0:
                self._said.append((tokens, _committed(said.logprobs, proposal.drafters[0])))
            self._standings[row].judge(proposal.drafters[row], said)
            account = explain(proposal.weights[row], said.logprobs)
            tops = self._tops(heard, row, tokens, account)
            rows.append(self._speak(proposal, row, account, tops))
        return list(zip(*rows, strict=True))

    def _speak(
        self, proposal: Proposal, row: int, account: Account, tops: list[tuple[tuple[int, float], ...]]
    ) -> list[Spoken]:
        weights = self._named(proposal.weights[row], account)
        return [
            Spoken(
                token=token,
                logprob=float(account.logprobs[at]),
                top=tops[at],
                weights=weights,
                shares=self._named(account.shares[at], account),
                drafter=self._members[proposal.drafters[row]],
            )
            for at, token in enumerate(proposal.tokens[row])
        ]

    def _named(self, values: Float64, account: Account) -> dict[str, float]:
        """``values`` of the members that were heard on a block; what the others had is the anchor's."""
        heard = np.flatnonzero(account.before[0] > 0)
        found = {self._members[number]: round(float(values[number]), 4) for number in heard if number}
        return {ANCHOR: round(1.0 - sum(found.values()), 4), **found}

    def _verdicts(self, heard: Mapping[str, Heard], row: int, tokens: Sequence[int]) -> Verdicts:
        """What those who were heard said of a row's tokens; NaN for the others."""
        temperature = self._samplers[0].drawing.temperature or 1.0
        logprobs = np.full((len(self._members), len(tokens)), np.nan)
        expected = np.full_like(logprobs, np.nan)
        for number, said in self._heard_of(heard, row, tokens):
            logprobs[number] = np.maximum(said.logprob(np.array(tokens)), LEAST_LOGPROB)
            expected[number] = said.expected_logprob(temperature)
        return Verdicts(logprobs, expected)

    def _tops(
        self, heard: Mapping[str, Heard], row: int, tokens: Sequence[int], account: Account
    ) -> list[tuple[tuple[int, float], ...]]:
        """The likeliest tokens of the mixture at each place of a row."""
        if not self._shape.top:
            return [()] * len(tokens)
        said = self._heard_of(heard, row, tokens)
        dense = np.stack([distributions.dense() for _, distributions in said], axis=1)
        mixtures = mix(dense, account.before[:, [number for number, _ in said]])
        return [likeliest(mixture, self._shape.top) for mixture in mixtures]

    def _heard_of(self, heard: Mapping[str, Heard], row: int, tokens: Sequence[int]) -> list[tuple[int, Distribution]]:
        """Members that were heard, by number, and their distributions at each place of a row."""
        return [
            (number, heard[name].on(self._table.places(name)[row], tokens))
            for number, name in enumerate(self._members)
            if name in heard
        ]

    def _note_absences(self) -> None:
        present = self._table.present
        for number, name in enumerate(self._members):
            if name not in present:
                for standing in self._standings:
                    standing.dismiss(number)


def _committed(logprobs: Float64, drafter: int) -> Float64:
    """What the experts had said before a block was shown, without what they drafted themselves, [experts, tokens].

    An expert's own draft is what it finds likely, whatever face it shows.
    """
    found = np.full_like(logprobs, np.nan)
    found[:, 0] = logprobs[:, 0]
    found[drafter] = np.nan
    return found[1:]

"""Answers drawn token by token: every member gives its distribution of each token, and the mixture is drawn from."""

from collections.abc import AsyncGenerator, Iterable

import numpy as np

from gating.mixture import Generation, mix
from validator.routing import ANCHOR, Route
from validator.sampling import Sampler
from validator.seats import Float64
from validator.sessions import LockstepSession
from validator.spoken import Shape, Spoken, Step, likeliest

_OWN_WORD = 0.5
"""Share in a token from which on it is its speaker's rather than the others'."""


class TokenwiseSegment:
    """One session of an answer: who speaks, with which weights."""

    def __init__(self, session: LockstepSession, route: Route, rows: int, shape: Shape) -> None:
        self._session = session
        self._shape = shape
        self.route = route
        self._members = (ANCHOR, *route.experts)
        self._gate = Generation(np.tile(route.prior, (rows, 1)))
        self._said: list[tuple[int, Float64]] = []

    def statement(self) -> tuple[list[int], Float64]:
        """Tokens of the first row that were told, and what each expert gave them before, [experts, tokens].

        What is rather an expert's own word than that of the others does not count for it.
        """
        tokens = [token for token, _ in self._said]
        columns = [said for _, said in self._said]
        return tokens, np.stack(columns, axis=1) if columns else np.zeros((len(self.route.experts), 0))

    def weights(self, row: int) -> dict[str, float]:
        """Weights in force for a row, of the members that are present."""
        return {self._members[at]: float(weight) for at, weight in self._in_force(row).items()}

    async def steps(self, samplers: list[Sampler], most: int) -> AsyncGenerator[Step, None]:
        """The next tokens of all rows, at most ``most`` of each."""
        length = min(self._shape.blocks, most)
        for at in range(length):
            step = tuple(self._draw(row, sampler) for row, sampler in enumerate(samplers))
            yield step
            if at + 1 < length:
                tokens = [spoken.token for spoken in step]
                told = self._session.logprobs(tokens)
                self._said.append((tokens[0], self._of_others(step[0], told[1:, 0])))
                self._gate.update(told.T)
                await self._session.reveal(tokens)

    def _of_others(self, spoken: Spoken, said: Float64) -> Float64:
        own = [spoken.shares.get(name, 0.0) > _OWN_WORD for name in self.route.experts]
        return np.where(own, np.nan, said)

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
            top=likeliest(mixture, self._shape.top) if self._shape.top else (),
            weights={name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)},
            shares={name: round(float(share), 4) for name, share in zip(names, shares, strict=True)},
        )

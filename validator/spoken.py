"""What an answer is made of: tokens, and who spoke them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from validator.seats import Float64

TINY = 1e-300


@dataclass(frozen=True)
class Spoken:
    """One token of one choice, its log-probability in the mixture, and who spoke it.

    ``drafter`` drafted it; nobody in particular if the token was drawn from everybody's distributions.
    """

    token: int
    logprob: float
    top: tuple[tuple[int, float], ...]
    weights: Mapping[str, float]
    shares: Mapping[str, float]
    drafter: str | None = None


Step = tuple[Spoken, ...]


@dataclass(frozen=True)
class Shape:
    """Tokens of a block, blocks of a session, and how many likeliest tokens are told at each place."""

    length: int
    blocks: int
    top: int


def likeliest(mixture: Float64, count: int) -> tuple[tuple[int, float], ...]:
    """The ``count`` likeliest tokens of a distribution, [vocabulary], with their log-probabilities."""
    count = min(count, len(mixture))
    best = np.argpartition(-mixture, count - 1)[:count]
    ordered = best[np.argsort(-mixture[best], kind="stable")]
    return tuple((int(token), float(np.log(max(mixture[token], TINY)))) for token in ordered)

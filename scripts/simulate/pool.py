"""The experts of a market: honest specialists and others, each with its recorded or invented answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulate.experts import ANCHOR, UNTRAINED
from simulate.recording import Float64, Recording

LIARS = ("untrained", "noise", "boaster")
LAZY = ("parrot", "guesser", "counter")


@dataclass(frozen=True)
class Pool:
    """Names of those who may be asked, and which of them are honest."""

    experts: tuple[str, ...]
    honest: tuple[str, ...]

    @property
    def bad(self) -> tuple[str, ...]:
        """Everybody else."""
        return tuple(name for name in self.experts if name not in self.honest)


def honest_pool(domains: Sequence[str]) -> Pool:
    """Specialists only."""
    return Pool(tuple(sorted(domains)), tuple(sorted(domains)))


def hostile_pool(domains: Sequence[str]) -> Pool:
    """As many liars and lazy ones as there are kinds of them, again and again until 45 % are bad."""
    kinds = (*LIARS, *LAZY)
    wanted = max(len(kinds), -(-9 * len(domains) // 11))
    bad = [f"{kinds[number % len(kinds)]}-{number // len(kinds)}" for number in range(wanted)]
    return Pool(tuple(sorted([*domains, *bad])), tuple(sorted(domains)))


def with_bad_answers(recording: Recording, pool: Pool, seed: int) -> Recording:
    """The recording with answers of the bad members of a pool."""
    invented: dict[str, Float64] = {}
    for number, name in enumerate(pool.bad):
        random = np.random.default_rng([seed, number])
        invented[name] = _answers(name.rpartition("-")[0], recording, pool.honest, random)
    return replace(recording, answers={**recording.answers, **invented})


def _answers(kind: str, recording: Recording, honest: Sequence[str], random: np.random.Generator) -> Float64:
    """What a bad expert says of each true token, [N, T]; all are what some distribution may give."""
    answers, anchor = recording.answers, recording.answers[ANCHOR]
    flat = np.full(anchor.shape, -np.log(2048.0))
    if kind == "untrained":
        found = answers[UNTRAINED]
    elif kind == "noise":
        found = flat - 2.0 + random.normal(0.0, 2.0, anchor.shape)
    elif kind == "boaster":
        found = np.where(random.random(anchor.shape) < 0.2, -0.01, -25.0)
    elif kind == "parrot":
        found = answers[f"{honest[0]}!parrot"]
    elif kind == "counter":
        found = _frequencies(recording)
    else:
        found = flat
    return np.minimum(found, 0.0)


def _frequencies(recording: Recording) -> Float64:
    """Each token is as likely as it is frequent in all texts, [N, T]."""
    tokens = np.array([item.continuation for item in recording.items])
    counts = np.bincount(tokens.ravel(), minlength=2048) + 1.0
    result: Float64 = np.log(counts / counts.sum())[tokens]
    return result

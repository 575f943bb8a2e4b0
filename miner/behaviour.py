"""Miners that cheat, for demonstrations and tests: the network has to earn its trust against these.

Random weights need no code of their own: an honest expert with a model that never trains.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from miner.expert import Decoding, Expert, IsCancelled, Prefixes, Reading, Step, to_reply
from wire.distribution import Distribution
from wire.operations import ScoreReply, ScoreRequest


class Behaviour(StrEnum):
    """How a miner answers."""

    HONEST = "honest"
    RANDOM = "random"
    NOISE = "noise"
    TWO_FACED = "two-faced"
    RELAY = "relay"


@dataclass
class NoiseDecoding:
    """Remembers nothing but how many sequences there are."""

    distribution: Distribution


class NoiseExpert:
    """Computes nothing: a fresh random distribution for every token."""

    def __init__(self, vocab_size: int, context: int, seed: int) -> None:
        self.vocab_size = vocab_size
        self.context = context
        self._random = np.random.default_rng(seed)

    def _draw(self, rows: int) -> Distribution:
        return Distribution.from_logprobs(2.0 * self._random.standard_normal((rows, self.vocab_size)))

    def start(self, prefixes: Prefixes) -> NoiseDecoding:
        """Look at how many prefixes there are."""
        return NoiseDecoding(self._draw(len(prefixes)))

    def advance(self, steps: Sequence[Step]) -> list[Distribution]:
        """Draw again."""
        return [self._draw(len(step.tokens)) for step in steps]

    def read(self, reading: Reading) -> Distribution:
        """Draw for every token."""
        return self._draw(sum(map(len, reading.block)))

    def score(self, request: ScoreRequest, is_cancelled: IsCancelled) -> ScoreReply:
        """Draw for every position."""
        sizes = [len(sequence) - request.score_from for sequence in request.input_ids]
        return to_reply([self._draw(size) for size in sizes], request)


class TwoFacedExpert:
    """Serves ``good`` to what looks like an audit, many texts at once, and ``cheap`` to what looks like an app."""

    AUDIT_ROWS = 4

    def __init__(self, good: Expert, cheap: Expert) -> None:
        self.vocab_size = good.vocab_size
        self.context = good.context
        self._good = good
        self._cheap = cheap

    def _face(self, rows: int) -> Expert:
        return self._good if rows >= self.AUDIT_ROWS else self._cheap

    def start(self, prefixes: Prefixes) -> Decoding:
        """Show the face that fits the number of prefixes."""
        return self._face(len(prefixes)).start(prefixes)

    def advance(self, steps: Sequence[Step]) -> list[Distribution]:
        """Keep each session's face."""
        return [self._face(len(step.tokens)).advance([step])[0] for step in steps]

    def read(self, reading: Reading) -> Distribution:
        """Keep each session's face."""
        return self._face(len(reading.block)).read(reading)

    def score(self, request: ScoreRequest, is_cancelled: IsCancelled) -> ScoreReply:
        """Show the face that fits the number of sequences."""
        return self._face(len(request.input_ids)).score(request, is_cancelled)

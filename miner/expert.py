"""What a miner serves, and the honest kind: a causal language model.

Everything here runs in the one worker thread of a device. B sequences, V vocabulary.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from gating.text.batching import advance_together
from gating.text.model import DecodeState, LanguageModel
from wire.distribution import Distribution
from wire.operations import ScoreReply, ScoreRequest

Prefixes = Sequence[Sequence[int]]
Tokens = Sequence[int]
IsCancelled = Callable[[], bool]


class WorkCancelled(Exception):
    """Whoever asked for this no longer waits for it."""


class Decoding(Protocol):
    """Sequences in the middle of decoding."""

    @property
    def distribution(self) -> Distribution:
        """Of the next token of each sequence."""
        ...


@dataclass(frozen=True)
class Step:
    """One token for every sequence of a decoding."""

    decoding: Decoding
    tokens: Tokens


@dataclass(frozen=True)
class Reading:
    """Tokens for every sequence of a decoding, as many for each, after the last ``rewind`` are taken back."""

    decoding: Decoding
    block: Sequence[Tokens]
    rewind: int = 0


class Expert(Protocol):
    """A model, or something that pretends to be one."""

    vocab_size: int
    context: int

    def start(self, prefixes: Prefixes) -> Decoding:
        """Read prefixes."""
        ...

    def advance(self, steps: Sequence[Step]) -> list[Distribution]:
        """Take one step of several decodings at once."""
        ...

    def read(self, reading: Reading) -> Distribution:
        """Take several tokens at once; what follows each, sequence by sequence."""
        ...

    def score(self, request: ScoreRequest, is_cancelled: IsCancelled) -> ScoreReply:
        """Distributions at every scored position; gives up when ``is_cancelled`` says so.

        Raises: WorkCancelled.
        """
        ...


class ModelDecoding:
    """A decode state and its present distribution."""

    def __init__(self, state: DecodeState) -> None:
        self.state = state
        self.distribution = Distribution.from_logprobs(state.logprobs)

    def refresh(self) -> Distribution:
        """Distribution of the state as it is now."""
        self.distribution = Distribution.from_logprobs(self.state.logprobs)
        return self.distribution


class LanguageExpert:
    """Serves a ``LanguageModel`` as it is at this moment, trained or not."""

    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        self.vocab_size = model.vocab_size
        self.context = model.context

    def start(self, prefixes: Prefixes) -> ModelDecoding:
        """Read prefixes; of those longer than the context, the newest text."""
        return ModelDecoding(self.model.start(prefixes))

    def advance(self, steps: Sequence[Step]) -> list[Distribution]:
        """Take the steps in one pass of the model."""
        decodings = [_own(step.decoding) for step in steps]
        advance_together([decoding.state for decoding in decodings], [step.tokens for step in steps])
        return [decoding.refresh() for decoding in decodings]

    def read(self, reading: Reading) -> Distribution:
        """Take the tokens in one pass of the model."""
        decoding = _own(reading.decoding)
        decoding.state.rewind(reading.rewind)
        logprobs = decoding.state.read(reading.block)
        found = Distribution.from_logprobs(logprobs.reshape(-1, self.vocab_size))
        decoding.distribution = found.every(logprobs.shape[1])
        return found

    def score(self, request: ScoreRequest, is_cancelled: IsCancelled) -> ScoreReply:
        """Score sequence by sequence, so that cancelled work stops after the present one."""
        distributions = []
        for sequence in request.input_ids:
            if is_cancelled():
                raise WorkCancelled
            distributions.append(self._score(sequence, request.score_from))
        return to_reply(distributions, request)

    def _score(self, sequence: Tokens, score_from: int) -> Distribution:
        wanted = len(sequence) - score_from
        read = sequence[:-1]
        (after,) = self.model.score([read])
        missing = wanted - len(after)
        if missing > 0:
            unread = np.zeros((missing, self.vocab_size), dtype=np.float32)
            after = np.concatenate([unread, after])
        return Distribution.from_logprobs(after[-wanted:])


def to_reply(distributions: Sequence[Distribution], request: ScoreRequest) -> ScoreReply:
    """Reply that tells each target's log-probability beside the distributions."""
    targets = tuple(
        item.logprob(np.array(sequence[request.score_from :]))
        for item, sequence in zip(distributions, request.input_ids, strict=True)
    )
    return ScoreReply(tuple(distributions), targets)


def _own(decoding: Decoding) -> ModelDecoding:
    assert isinstance(decoding, ModelDecoding)
    return decoding

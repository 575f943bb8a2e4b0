"""Anchors of objectives whose questions have one answer each, which no outcome changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from gating.objective import Question, Tensor
from validator.seats import BlockSession, Float32, Float64, Tokens


class Classifier(Protocol):
    """The validator's own small model."""

    @property
    def classes(self) -> int:
        """Number of classes."""

    def logprobs(self, tensors: Tensor) -> Float64:
        """Log-probability of each class, [B, classes]."""


@dataclass(frozen=True, eq=False)
class StillState:
    """What the anchor says of its questions, [B, classes], whatever is revealed."""

    logprobs: Float32

    async def advance(self, tokens: Tokens) -> None:
        """Take note of nothing."""


class StillAnchor:
    """A classifier on this machine as the anchor of the mixture; quick enough for the event loop."""

    def __init__(self, model: Classifier) -> None:
        self._model = model
        self.vocab_size = model.classes

    async def start(self, questions: Sequence[Question]) -> StillState:
        """Answer all ``questions``, which are tensors of one shape."""
        if not questions:
            return StillState(np.zeros((0, self.vocab_size), dtype=np.float32))
        tensors = np.stack([np.asarray(question, dtype=np.float32) for question in questions])
        return StillState(self._model.logprobs(tensors).astype(np.float32))

    async def start_blocks(self, prefixes: list[list[int]]) -> BlockSession:
        """Refuse: there are no tokens to go by. Raises: TypeError."""
        raise TypeError("an anchor that classifies has no blocks of tokens")

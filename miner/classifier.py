"""A miner that says which class a tensor belongs to, in place of which token comes next."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NoReturn, Protocol

import grpc
import numpy as np
from numpy.typing import NDArray

from miner.expert import IsCancelled, Prefixes, Reading, Step
from miner.worker import Worker
from wire.distribution import Distribution
from wire.errors import Refusal
from wire.operations import ScoreReply, ScoreRequest

Tensors = NDArray[np.float32]


class Classifier(Protocol):
    """A model of any make."""

    def logprobs(self, tensors: Tensors) -> NDArray[np.float64]:
        """Log-probability of each class, [B, classes]."""
        ...


def _refuse() -> NoReturn:
    raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "this expert takes tensors, it cannot read tokens")


@dataclass
class ClassifierExpert:
    """A classifier on the worker's thread: tensors of one shape in, a distribution over ``vocab_size`` classes out."""

    model: Classifier
    shape: tuple[int, ...]
    vocab_size: int
    context: int = 1

    def classify(self, tensors: Tensors) -> Distribution:
        """Distribution of the class of each tensor."""
        return Distribution.from_logprobs(self.model.logprobs(tensors), k=self.vocab_size)

    def start(self, prefixes: Prefixes) -> NoReturn:
        """Refuse. Raises: Refusal."""
        _refuse()

    def advance(self, steps: Sequence[Step]) -> NoReturn:
        """Refuse. Raises: Refusal."""
        _refuse()

    def read(self, reading: Reading) -> NoReturn:
        """Refuse. Raises: Refusal."""
        _refuse()

    def score(self, request: ScoreRequest, is_cancelled: IsCancelled) -> NoReturn:
        """Refuse. Raises: Refusal."""
        _refuse()


@dataclass
class ClassifierSession:
    """One answer; being told the class changes nothing."""

    first: Distribution

    async def advance(self, tokens: NDArray[np.uint32]) -> Distribution:
        """The same answer."""
        return self.first


class ClassifierEngine:
    """Answers about tensors from the worker of this process."""

    def __init__(self, worker: Worker, expert: ClassifierExpert) -> None:
        self._worker = worker
        self._expert = expert

    @property
    def tensor_shape(self) -> tuple[int, ...]:
        """Shape of a tensor that it takes."""
        return self._expert.shape

    async def score(self, caller: bytes, request: ScoreRequest) -> ScoreReply:
        """Refuse. Raises: Refusal."""
        _refuse()

    @asynccontextmanager
    async def session(self, caller: bytes, prefixes: tuple[tuple[int, ...], ...]) -> AsyncIterator[ClassifierSession]:
        """Refuse. Raises: Refusal."""
        _refuse()
        yield

    @asynccontextmanager
    async def tensor_session(self, caller: bytes, tensors: Tensors) -> AsyncIterator[ClassifierSession]:
        """Open a session over tensors."""
        found = await self._worker.run(caller, float(len(tensors)), lambda: self._expert.classify(tensors))
        yield ClassifierSession(found)

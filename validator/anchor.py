"""The anchor: the validator's own small model, run in one worker thread."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeVar

from gating.objective import Question
from validator.seats import Float32, Tokens
from wire.blocks import BlockReply, BlockRequest
from wire.decoder import BlockDecoder, Feed, run
from wire.distribution import Distribution

T = TypeVar("T")

LISTED_TOKENS = 256
"""Of each distribution in a session by blocks; more than experts send, for the anchor's need not travel."""


class DecodeState(Protocol):
    """Rows being decoded by a local model."""

    @property
    def logprobs(self) -> Float32: ...

    def advance(self, tokens: Tokens) -> object: ...

    def read(self, block: Sequence[Tokens]) -> Float32: ...

    def rewind(self, count: int) -> None: ...


class LocalModel(Protocol):
    """The part of a language model that the anchor uses."""

    @property
    def vocab_size(self) -> int: ...

    def start(self, prefixes: list[list[int]]) -> DecodeState: ...


class Worker:
    """One thread in which all work of a model happens, in order."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="anchor")

    async def run(self, work: Callable[[], T]) -> T:
        """Run ``work`` in the thread and give its result."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Forget queued work and let the thread end."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class AnchorSession:
    """The anchor's side of one decode session."""

    def __init__(self, state: DecodeState, worker: Worker) -> None:
        self._state = state
        self._worker = worker
        self.logprobs: Float32 = state.logprobs

    async def advance(self, tokens: Tokens) -> None:
        """Take the token of each row."""
        await self._worker.run(lambda: self._state.advance(tokens))
        self.logprobs = self._state.logprobs


class AnchorBlocks:
    """The anchor's side of a decode session that goes by blocks."""

    def __init__(self, state: DecodeState, worker: Worker) -> None:
        self._state = state
        self._worker = worker
        self.first = _list(state.logprobs)
        self._decoder = BlockDecoder(self.first)

    async def read(self, request: BlockRequest) -> BlockReply:
        """What follows each token of a block, and the draft that was asked for."""
        return await self._worker.run(lambda: run(self._decoder.read(request), self._take))

    def _take(self, feed: Feed) -> Distribution:
        self._state.rewind(feed.rewind)
        logprobs = self._state.read(feed.tokens.tolist())
        return _list(logprobs.reshape(-1, logprobs.shape[-1]))


class LocalAnchor:
    """A language model on this machine as the anchor of the mixture."""

    def __init__(self, model: LocalModel, worker: Worker) -> None:
        self._model = model
        self._worker = worker
        self.vocab_size = model.vocab_size

    async def start(self, questions: Sequence[Question]) -> AnchorSession:
        """Begin a decode session over all ``questions``, which are tokens."""
        prefixes = [list(question) for question in questions]
        state = await self._worker.run(lambda: self._model.start(prefixes))
        return AnchorSession(state, self._worker)

    async def start_blocks(self, prefixes: list[list[int]]) -> AnchorBlocks:
        """Begin a decode session over all ``prefixes`` that goes by blocks."""
        state = await self._worker.run(lambda: self._model.start(prefixes))
        return AnchorBlocks(state, self._worker)


def _list(logprobs: Float32) -> Distribution:
    return Distribution.from_logprobs(logprobs, k=LISTED_TOKENS)


def load_model(directory: Path) -> LocalModel:
    """Load the anchor from its folder; imports torch, so call it in the worker thread.

    Raises: CorruptCheckpoint of gating when the folder does not hold a model.
    """
    from gating.text.model import LanguageModel  # noqa: PLC0415

    return LanguageModel.load(directory)

"""A decode session on our own worker: tokens and blocks that are revealed, drafts of those to come.

A draft goes through the worker token by token, so it shares passes of the model with other sessions, waits its
turn like them, and stops when its caller leaves.
"""

from collections.abc import Generator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from miner.expert import Decoding, Reading, Step
from miner.worker import Worker
from wire.blocks import BlockReply, BlockRequest
from wire.decoder import BlockDecoder, Feed
from wire.distribution import Distribution

R = TypeVar("R")


class LocalSession:
    """A session on our own worker."""

    def __init__(self, worker: Worker, caller: bytes, decoding: Decoding) -> None:
        self._worker = worker
        self._caller = caller
        self._decoding = decoding
        self.first = decoding.distribution
        self._decoder = BlockDecoder(self.first)

    async def advance(self, tokens: NDArray[np.uint32]) -> Distribution:
        """Distribution after the revealed tokens."""
        return await self._run(self._decoder.advance(tokens))

    async def read(self, request: BlockRequest) -> BlockReply:
        """What follows each token of a block, and the draft that was asked for.

        Raises: TensorError when there is no block that it could stand in for.
        """
        return await self._run(self._decoder.read(request))

    async def _run(self, work: Generator[Feed, Distribution, R]) -> R:
        try:
            feed = next(work)
            while True:
                feed = work.send(await self._take(feed))
        except StopIteration as done:
            result: R = done.value
            return result

    async def _take(self, feed: Feed) -> Distribution:
        """Have the model read one token of each sequence with those of other sessions, or a block."""
        if feed.rewind or feed.tokens.shape[1] > 1:
            return await self._worker.read(self._caller, Reading(self._decoding, feed.tokens.tolist(), feed.rewind))
        return await self._worker.advance(self._caller, Step(self._decoding, feed.tokens[:, 0].tolist()))

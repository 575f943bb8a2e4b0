"""What a session of blocks asks of a model, without the model: each end feeds its own.

A decoder is a generator for each message: it yields tokens for the model to read and is sent the distributions that
follow them. So a miner can hand every token to a shared worker, and others can run their model on the spot.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from wire.blocks import Block, BlockReply, BlockRequest, DraftWish
from wire.distribution import Distribution
from wire.drawing import draw
from wire.errors import TensorError

R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class Feed:
    """Tokens for the model to read, [B, T], after it forgets its last ``rewind``."""

    tokens: Block
    rewind: int = 0


class BlockDecoder:
    """Where a session stands: what was said last, and what the model has read beyond it."""

    def __init__(self, first: Distribution) -> None:
        self._newest = first
        self._before = first
        self._block = 0
        self._stale = 0
        """Tokens that the model has read and that do not count: drafted, or taken back."""

    def advance(self, tokens: Block) -> Generator[Feed, Distribution, Distribution]:
        """Take one revealed token of each sequence, [B]; the distribution of the next."""
        found = yield self._feed(tokens[:, None])
        self._note(found, 1)
        return found

    def read(self, request: BlockRequest) -> Generator[Feed, Distribution, BlockReply]:
        """Take a block; what follows each of its tokens, and the draft that was asked for.

        Raises: TensorError when there is no block that it could stand in for.
        """
        rows, length = request.tokens.shape
        parts = []
        if request.instead:
            self._take_back()
        if length:
            found = yield self._feed(request.tokens)
            self._note(found, length)
            parts.append(found)
        drafted = np.zeros((rows, 0), dtype=np.uint32)
        if request.wish is not None:
            drafted, following = yield from self._draft(request.wish)
            parts += following
        return BlockReply(Distribution.join(parts, rows), drafted)

    def _take_back(self) -> None:
        """Forget the block before."""
        if not self._block:
            raise TensorError("there is no block to take back")
        self._newest = self._before
        self._stale, self._block = self._stale + self._block, 0

    def _draft(self, wish: DraftWish) -> Generator[Feed, Distribution, tuple[Block, list[Distribution]]]:
        """The draft, [B, L], and the distributions after each of its tokens but the last."""
        columns = [draw(self._newest, wish.uniforms[:, 0], wish.drawing)]
        following: list[Distribution] = []
        for uniforms in wish.uniforms.T[1:]:
            following.append((yield self._feed(columns[-1][:, None])))
            columns.append(draw(following[-1], uniforms, wish.drawing))
        self._stale += len(following)
        return np.stack(columns, axis=1), following

    def _feed(self, tokens: Block) -> Feed:
        rewind, self._stale = self._stale, 0
        return Feed(tokens, rewind)

    def _note(self, found: Distribution, length: int) -> None:
        self._before, self._newest, self._block = self._newest, found.every(length), length


def run(work: Generator[Feed, Distribution, R], take: Callable[[Feed], Distribution]) -> R:
    """Finish ``work`` with a model that reads on the spot."""
    try:
        feed = next(work)
        while True:
            feed = work.send(take(feed))
    except StopIteration as done:
        result: R = done.value
        return result

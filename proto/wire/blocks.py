"""Blocks inside a session: several revealed tokens at once, and drafts of the tokens to come.

Drafted tokens are a proposal: they count as said only if a later block reveals them. Shapes: B sequences,
T revealed tokens, L drafted ones, P = T + L - 1 positions (T without a draft), K listed tokens.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wire.distribution import Distribution, Float64
from wire.drawing import Drawing
from wire.errors import InvalidDistribution, TensorError
from wire.limits import DEFAULT_LIMITS, Limits
from wire.message import Message
from wire.operations import IDS, MODE, read_vocab_size
from wire.tensor import to_tensor

BLOCK = "block"
_INSTEAD, _TEMPERATURE, _TOP_P = "instead", "temperature", "top_p"
_HOTTEST = 2.0

Block = NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class DraftWish:
    """A draft of L tokens: the random numbers to draw with, float64 [B, L], and how."""

    uniforms: Float64
    drawing: Drawing

    @property
    def length(self) -> int:
        """Tokens to draft, L."""
        return int(self.uniforms.shape[1])


@dataclass(frozen=True, eq=False)
class BlockRequest:
    """What is revealed, [B, T], after the block before or ``instead`` of it, and what is wanted."""

    tokens: Block
    instead: bool = False
    wish: DraftWish | None = None

    @property
    def positions(self) -> int:
        """Distributions of a sequence in the reply, P."""
        return int(self.tokens.shape[1]) + (max(0, self.wish.length - 1) if self.wish else 0)


@dataclass(frozen=True, eq=False)
class BlockReply:
    """What follows each revealed token, and each drafted one but the last.

    ``distributions`` holds B x P of them, sequence by sequence; ``drafted`` is [B, L], L zero without a draft.
    The distribution after the last revealed token, from which the first drafted one is drawn, is number T - 1.
    """

    distributions: Distribution
    drafted: Block

    @property
    def rows(self) -> int:
        """Number of sequences, B."""
        return max(1, len(self.drafted))

    @property
    def positions(self) -> int:
        """Distributions of a sequence, P."""
        return self.distributions.size // self.rows

    def of(self, row: int) -> Distribution:
        """The P distributions of one sequence."""
        positions = self.positions
        return self.distributions.rows(row * positions, (row + 1) * positions)


def encode_block(request: BlockRequest) -> Message:
    """A block as the caller sends it."""
    parameters: dict[str, bool | int | float | str] = {MODE: BLOCK, _INSTEAD: request.instead}
    tensors = [to_tensor("tokens", request.tokens)] if request.tokens.size else []
    if request.wish is not None:
        parameters[_TEMPERATURE] = float(request.wish.drawing.temperature)
        parameters[_TOP_P] = float(request.wish.drawing.top_p)
        tensors.append(to_tensor("uniforms", request.wish.uniforms))
    return Message(parameters, tuple(tensors))


def decode_block(message: Message, rows: int, vocab_size: int, limits: Limits = DEFAULT_LIMITS) -> BlockRequest:
    """The block in a message.

    Raises: TensorError.
    """
    tokens = np.zeros((rows, 0), dtype=np.uint32)
    if message.has("tokens"):
        given = message.tensor("tokens", IDS, 2)
        if given.shape[0] != rows or not 1 <= given.shape[1] <= limits.block:
            raise TensorError(f"a block of shape {given.shape}, must be {rows} sequences of 1 to {limits.block} tokens")
        if given.min() < 0 or given.max() >= vocab_size:
            raise TensorError(f"revealed a token outside the vocabulary of {vocab_size}")
        tokens = given.astype(np.uint32)
    request = BlockRequest(tokens, message.integer(_INSTEAD) == 1, _decode_wish(message, rows, limits))
    if not request.positions:
        raise TensorError("a block must reveal a token, or ask for a draft of two")
    return request


def _decode_wish(message: Message, rows: int, limits: Limits) -> DraftWish | None:
    if not message.has("uniforms"):
        return None
    uniforms = message.tensor("uniforms", ("FP64",), 2)
    if uniforms.shape[0] != rows or not 1 <= uniforms.shape[1] <= limits.block:
        raise TensorError(f"uniforms of shape {uniforms.shape}, must be {rows} rows of 1 to {limits.block} numbers")
    if not ((uniforms >= 0) & (uniforms < 1)).all():
        raise TensorError("uniforms must be numbers from 0 to 1")
    drawing = Drawing(message.number(_TEMPERATURE, 1.0), message.number(_TOP_P, 1.0))
    if not (0 <= drawing.temperature <= _HOTTEST and 0 <= drawing.top_p <= 1):
        raise TensorError(f"temperature must be from 0 to {_HOTTEST}, top_p from 0 to 1")
    return DraftWish(uniforms, drawing)


def encode_reply(reply: BlockReply) -> Message:
    """Reply to a block."""
    distributions, shape = reply.distributions, (reply.rows, reply.positions)
    tensors = [
        to_tensor("topk_ids", distributions.topk_ids.reshape(*shape, -1)),
        to_tensor("topk_logprobs", distributions.topk_logprobs.astype(np.float16).reshape(*shape, -1)),
        to_tensor("tail_logprob", distributions.tail_logprob.reshape(shape)),
    ]
    if reply.drafted.size:
        tensors.append(to_tensor("drafted", reply.drafted))
    return Message({"vocab_size": distributions.vocab_size}, tuple(tensors))


def decode_reply(message: Message, request: BlockRequest) -> BlockReply:
    """What was answered to ``request``.

    Raises: TensorError, InvalidDistribution.
    """
    rows, positions = request.tokens.shape[0], request.positions
    ids = message.tensor("topk_ids", ("UINT32",), 3)
    logprobs = message.tensor("topk_logprobs", ("FP16",), 3)
    tail = message.tensor("tail_logprob", ("FP32",), 2)
    if ids.shape[:2] != (rows, positions) or ids.shape != logprobs.shape or tail.shape != ids.shape[:2]:
        raise InvalidDistribution(f"distributions of shape {ids.shape} for {rows} x {positions} positions")
    vocab_size = read_vocab_size(message)
    k = ids.shape[2]
    found = Distribution(
        ids.reshape(-1, k), logprobs.astype(np.float32).reshape(-1, k), tail.reshape(-1), vocab_size
    ).validate()
    return BlockReply(found, _decode_drafted(message, request, vocab_size))


def _decode_drafted(message: Message, request: BlockRequest, vocab_size: int) -> Block:
    rows = request.tokens.shape[0]
    if request.wish is None:
        return np.zeros((rows, 0), dtype=np.uint32)
    drafted = message.tensor("drafted", ("UINT32",), 2)
    if drafted.shape != (rows, request.wish.length) or drafted.max() >= vocab_size:
        raise TensorError(f"a draft of shape {drafted.shape}, asked for {rows} x {request.wish.length} tokens")
    return drafted

"""The operations of an expert and how each becomes tensors.

The model parameter ``mode`` names the operation. Shapes: B sequences, T positions, K listed tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wire.distribution import Distribution, Float64
from wire.errors import InvalidDistribution, TensorError
from wire.limits import DEFAULT_LIMITS, Limits
from wire.message import Message
from wire.tensor import Tensor, to_tensor

MODE = "mode"
DESCRIBE, SCORE, SESSION, REVEAL, CLOSE = "describe", "score", "session", "reveal", "close"
OPERATIONS = (DESCRIBE, SCORE, SESSION)
SIGNATURE = "signature"
INPUT = "input"
"""Tensors that an expert is asked about, in place of token ids."""
MAX_VOCABULARY = 1 << 20

IDS = ("UINT32", "INT32", "INT64")
TokenIds = Sequence[int]
Question = TokenIds | NDArray[np.float32]
"""What is asked: tokens, or a tensor."""


@dataclass(frozen=True)
class Description:
    """What an expert says about itself."""

    domain: str
    tokenizer_hash: str
    model_commitment: str
    vocab_size: int
    max_context: int = 0
    sessions: int = 0
    """Sessions it serves at a time."""
    extensions: tuple[str, ...] = OPERATIONS


@dataclass(frozen=True, eq=False)
class ScoreReply:
    """Distributions over given sequences.

    ``distributions[b]`` holds one distribution per scored position of sequence b, each made
    without sight of that position's token; ``target_logprob[b]`` is that token's.
    """

    distributions: tuple[Distribution, ...]
    target_logprob: tuple[Float64, ...]


@dataclass(frozen=True)
class ScoreRequest:
    """Sequences, and the first position whose token is scored."""

    input_ids: tuple[tuple[int, ...], ...]
    score_from: int = 1


def _pack_sequences(sequences: Sequence[TokenIds]) -> tuple[Tensor, Tensor]:
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.uint32)
    ids = np.zeros((len(sequences), int(lengths.max(initial=0))), dtype=np.uint32)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
    return to_tensor("input_ids", ids), to_tensor("lengths", lengths)


def _unpack_sequences(message: Message, vocab_size: int, limits: Limits) -> tuple[tuple[int, ...], ...]:
    ids = message.tensor("input_ids", IDS, 2)
    rows, width = ids.shape
    if not 1 <= rows <= limits.rows:
        raise TensorError(f"input_ids has {rows} sequences, must have 1 to {limits.rows}")
    if not 1 <= width <= limits.tokens:
        raise TensorError(f"input_ids has {width} tokens a sequence, must have 1 to {limits.tokens}")
    if ids.min() < 0 or ids.max() >= vocab_size:
        raise TensorError(f"input_ids has tokens outside the vocabulary of {vocab_size}")
    if not message.has("lengths"):
        return tuple(tuple(row) for row in ids.tolist())
    lengths = message.tensor("lengths", IDS, 1)
    if lengths.shape != (rows,) or lengths.min() < 1 or lengths.max() > width:
        raise TensorError(f"lengths must be {rows} numbers from 1 to {width}")
    return tuple(tuple(row[:size]) for row, size in zip(ids.tolist(), lengths.tolist(), strict=True))


def encode_describe() -> Message:
    """Request for a description."""
    return Message({MODE: DESCRIBE})


def encode_description(description: Description) -> Message:
    """Reply to describe."""
    return Message(
        {
            "domain": description.domain,
            "tokenizer_hash": description.tokenizer_hash,
            "model_commitment": description.model_commitment,
            "vocab_size": description.vocab_size,
            "max_context": description.max_context,
            "sessions": description.sessions,
            "extensions": " ".join(description.extensions),
        }
    )


def decode_description(message: Message) -> Description:
    """Description in a reply."""
    return Description(
        domain=message.text("domain"),
        tokenizer_hash=message.text("tokenizer_hash"),
        model_commitment=message.text("model_commitment"),
        vocab_size=message.integer("vocab_size"),
        max_context=message.integer("max_context"),
        sessions=message.integer("sessions"),
        extensions=tuple(message.text("extensions").split()),
    )


def encode_score(request: ScoreRequest) -> Message:
    """Request for scores."""
    return Message({MODE: SCORE, "score_from": request.score_from}, _pack_sequences(request.input_ids))


def decode_score(message: Message, vocab_size: int, limits: Limits = DEFAULT_LIMITS) -> ScoreRequest:
    """Score request in a message.

    Raises: TensorError.
    """
    sequences = _unpack_sequences(message, vocab_size, limits)
    score_from = message.integer("score_from", 1)
    if not 1 <= score_from < min(map(len, sequences)):
        raise TensorError(f"score_from is {score_from}, every sequence must be longer and it must be at least 1")
    return ScoreRequest(sequences, score_from)


def encode_scores(reply: ScoreReply) -> Message:
    """Reply to score; rows are padded to the longest with zero mass at token 0."""
    rows, width = len(reply.distributions), max(item.size for item in reply.distributions)
    first = reply.distributions[0]
    k = first.topk_ids.shape[1]
    ids = np.zeros((rows, width, k), dtype=np.uint32)
    logprobs = np.full((rows, width, k), -np.inf, dtype=np.float16)
    tail = np.full((rows, width), -np.inf, dtype=np.float32)
    target = np.zeros((rows, width), dtype=np.float32)
    for row, (item, targets) in enumerate(zip(reply.distributions, reply.target_logprob, strict=True)):
        ids[row, : item.size] = item.topk_ids
        logprobs[row, : item.size] = item.topk_logprobs
        tail[row, : item.size] = item.tail_logprob
        target[row, : item.size] = targets
    tensors = (
        to_tensor("topk_ids", ids),
        to_tensor("topk_logprobs", logprobs),
        to_tensor("tail_logprob", tail),
        to_tensor("target_logprob", target),
    )
    return Message({"vocab_size": first.vocab_size}, tensors)


def decode_scores(message: Message, request: ScoreRequest) -> ScoreReply:
    """Scores for ``request``; targets are read from the distributions, not from what the miner says of them.

    Raises: TensorError, InvalidDistribution.
    """
    vocab_size = read_vocab_size(message)
    ids = message.tensor("topk_ids", ("UINT32",), 3)
    logprobs = message.tensor("topk_logprobs", ("FP16",), 3).astype(np.float32)
    tail = message.tensor("tail_logprob", ("FP32",), 2)
    sizes = [len(sequence) - request.score_from for sequence in request.input_ids]
    if ids.shape[:2] != (len(sizes), max(sizes)) or ids.shape != logprobs.shape or tail.shape != ids.shape[:2]:
        raise TensorError(f"scores of shape {ids.shape} do not fit {len(sizes)} sequences of {max(sizes)} positions")
    distributions = tuple(
        Distribution(ids[row, :size], logprobs[row, :size], tail[row, :size], vocab_size).validate()
        for row, size in enumerate(sizes)
    )
    targets = tuple(
        item.logprob(np.array(sequence[request.score_from :]))
        for item, sequence in zip(distributions, request.input_ids, strict=True)
    )
    return ScoreReply(distributions, targets)


def encode_session(questions: Sequence[Question]) -> Message:
    """First message of a session: sequences of tokens, or tensors of one shape.

    Raises: ValueError when tokens and tensors, or tensors of different shapes, are mixed.
    """
    tensors = [question for question in questions if isinstance(question, np.ndarray)]
    if not tensors:
        return Message({MODE: SESSION}, _pack_sequences([list(question) for question in questions]))
    if len(tensors) != len(questions):
        raise ValueError("tokens and tensors in one session")
    return Message({MODE: SESSION}, (to_tensor(INPUT, np.stack(tensors).astype(np.float32)),))


def encode_classify(tensors: Sequence[NDArray[np.float32]]) -> Message:
    """Request for the classes of some tensors of one shape; the reply is that of a session's opening."""
    return Message({MODE: SCORE}, (to_tensor(INPUT, np.stack(tensors).astype(np.float32)),))


def asks_tensors(message: Message) -> bool:
    """Whether the first message of a session asks about tensors."""
    return message.has(INPUT)


def decode_tensors(message: Message, limits: Limits = DEFAULT_LIMITS) -> NDArray[np.float32]:
    """Tensors in the first message of a session, [B, ...].

    Raises: TensorError.
    """
    found = next(tensor for tensor in message.tensors if tensor.name == INPUT)
    data = message.tensor(INPUT, ("FP32",), found.data.ndim)
    if data.ndim < 2 or not 1 <= len(data) <= limits.rows or data.size == 0:
        raise TensorError(f"{INPUT} has shape {list(data.shape)}, must hold 1 to {limits.rows} tensors")
    if not np.isfinite(data).all():
        raise TensorError(f"{INPUT} has numbers that are not finite")
    return data


def decode_session(message: Message, vocab_size: int, limits: Limits = DEFAULT_LIMITS) -> tuple[tuple[int, ...], ...]:
    """Prefixes in the first message of a session.

    Raises: TensorError.
    """
    return _unpack_sequences(message, vocab_size, limits)


def encode_reveal(tokens: TokenIds) -> Message:
    """The revealed token of each sequence of a session."""
    return Message({MODE: REVEAL}, (to_tensor("tokens", np.array(tokens, dtype=np.uint32)),))


def decode_reveal(message: Message, rows: int, vocab_size: int) -> NDArray[np.uint32]:
    """[B] revealed tokens.

    Raises: TensorError.
    """
    tokens = message.tensor("tokens", IDS, 1)
    if tokens.shape != (rows,):
        raise TensorError(f"{tokens.size} tokens revealed in a session of {rows} sequences")
    if tokens.min() < 0 or tokens.max() >= vocab_size:
        raise TensorError(f"revealed a token outside the vocabulary of {vocab_size}")
    return tokens.astype(np.uint32)


def encode_close(signature: bytes) -> Message:
    """Last message of a session: the caller's signature over all before it."""
    return Message({MODE: CLOSE}, (to_tensor(SIGNATURE, np.frombuffer(signature, dtype=np.uint8)),))


def decode_close(message: Message) -> bytes:
    """The caller's signature in the last message of a session.

    Raises: TensorError.
    """
    return message.tensor(SIGNATURE, ("UINT8",), 1).tobytes()


def encode_step(distribution: Distribution) -> Message:
    """Reply to the opening of a session, or to a reveal."""
    tensors = (
        to_tensor("topk_ids", distribution.topk_ids),
        to_tensor("topk_logprobs", distribution.topk_logprobs.astype(np.float16)),
        to_tensor("tail_logprob", distribution.tail_logprob),
    )
    return Message({"vocab_size": distribution.vocab_size}, tensors)


def decode_step(message: Message, rows: int) -> Distribution:
    """Distribution of the next token of each of ``rows`` sequences.

    Raises: TensorError, InvalidDistribution.
    """
    distribution = Distribution(
        message.tensor("topk_ids", ("UINT32",), 2),
        message.tensor("topk_logprobs", ("FP16",), 2).astype(np.float32),
        message.tensor("tail_logprob", ("FP32",), 1),
        read_vocab_size(message),
    ).validate()
    if distribution.size != rows:
        raise InvalidDistribution(f"{distribution.size} distributions for {rows} sequences")
    return distribution


def read_vocab_size(message: Message) -> int:
    """Size of the vocabulary that a reply speaks in.

    Raises: InvalidDistribution.
    """
    vocab_size = message.integer("vocab_size")
    if not 1 <= vocab_size <= MAX_VOCABULARY:
        raise InvalidDistribution(f"vocabulary of {vocab_size} tokens")
    return vocab_size

"""The calling end: one miner, behind a channel that signs what we ask and checks what we get."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import grpc
import numpy as np
from numpy.typing import NDArray

from wire import oip_pb2
from wire import operations as ops
from wire.blocks import BlockReply, BlockRequest, decode_reply, encode_block
from wire.distribution import Distribution
from wire.envelope import (
    EMPTY_DIGEST,
    RECEIPT_KEY,
    REQUEST_KEY,
    Receipt,
    compute_digest,
    sign_request,
    verify_reply,
)
from wire.errors import AuthenticationError, FrameError, InvalidReply, translated
from wire.identity import Identity, Signer, Verify
from wire.limits import DEFAULT_LIMITS
from wire.message import Message, decode_response, encode_request, unwrap_response
from wire.operations import Description, Question, ScoreReply, ScoreRequest, TokenIds
from wire.service import MODEL_INFER, MODEL_STREAM_INFER, channel_options, path_of
from wire.transcript import Transcript

CLOSE_SECONDS = 5.0


def _read_receipt(trailers: Any) -> Receipt:
    for key, value in trailers or ():
        if key == RECEIPT_KEY:
            return Receipt.decode(value)
    raise AuthenticationError("reply is not signed")


class ExpertSession:
    """A lockstep decode session: each reveal is answered with the distribution of what follows."""

    def __init__(self, call: Any, transcript: Transcript, owner: "ExpertChannel", step_timeout: float) -> None:
        self._call = call
        self._transcript = transcript
        self._owner = owner
        self._step_timeout = step_timeout
        self._rows = 0
        self.first: Distribution
        self.receipt: Receipt | None = None
        """The miner's signature over the whole session; set when it was left in order."""

    async def reveal(self, tokens: Sequence[int]) -> Distribution:
        """Distribution after the revealed (or drawn) token of each row.

        Raises: ExpertError.
        """
        if len(tokens) != self._rows:
            raise ValueError(f"{len(tokens)} tokens for {self._rows} rows")
        return await self._step(ops.encode_reveal(tokens))

    async def read(self, request: BlockRequest) -> BlockReply:
        """What follows each token of a block, and a draft if one is wanted; its draws are not checked here.

        Raises: ExpertError.
        """
        if request.tokens.shape[0] != self._rows:
            raise ValueError(f"{request.tokens.shape[0]} sequences in a block for {self._rows} rows")
        with translated(self._owner.name):
            reply = decode_reply(await self._exchange(encode_block(request)), request)
            self._owner.check_vocabulary(reply.distributions.vocab_size)
            return reply

    async def _open(self, questions: Sequence[Question]) -> None:
        self._rows = len(questions)
        self.first = await self._step(ops.encode_session(questions))

    async def _step(self, message: Message) -> Distribution:
        with translated(self._owner.name):
            distribution = ops.decode_step(await self._exchange(message), self._rows)
            self._owner.check_vocabulary(distribution.vocab_size)
            return distribution

    async def _exchange(self, message: Message) -> Message:
        async with asyncio.timeout(self._step_timeout):
            await self._send(message)
            data = await self._call.read()
        if data is grpc.aio.EOF:
            raise FrameError("the miner ended the session early")
        self._transcript.add_reply(data)
        return decode_response(unwrap_response(data))

    async def _send(self, message: Message) -> None:
        data = encode_request(message)
        self._transcript.add_request(data)
        try:
            await self._call.write(data)
        except asyncio.InvalidStateError:
            await self._call.read()  # raises the status that the miner ended the stream with
            raise FrameError("the miner ended the session early") from None

    async def _close(self) -> None:
        """End the stream and check the miner's signature over it.

        Raises: ExpertError.
        """
        with translated(self._owner.name):
            async with asyncio.timeout(max(self._step_timeout, CLOSE_SECONDS)):
                signature = self._owner.identity.signer.sign(self._transcript.closing())
                await self._send(ops.encode_close(signature))
                await self._call.done_writing()
                if await self._call.read() is not grpc.aio.EOF:
                    raise FrameError("reply after the session was closed")
                receipt = _read_receipt(await self._call.trailing_metadata())
            expected = self._transcript.request_id, self._transcript.digest()
            verify_reply(receipt, self._owner.receiver, *expected, self._owner.identity.verify)
            self.receipt = receipt


class ExpertChannel:
    """A connection to one miner; an async context manager.

    ``vocab_size``, when given, is the only one accepted in answers.
    """

    def __init__(
        self, *, address: str, signer: Signer, receiver: bytes, verify: Verify, vocab_size: int | None = None
    ) -> None:
        self.name = f"expert at {address}"
        self.receiver = receiver
        self.identity = Identity(signer, verify)
        self._vocab_size = vocab_size
        self._channel: Any = grpc.aio.insecure_channel(address, options=channel_options(DEFAULT_LIMITS))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; calls in flight end."""
        await self._channel.close()

    def check_vocabulary(self, vocab_size: int) -> None:
        """Refuse an answer over another vocabulary than ours.

        Raises: FrameError.
        """
        if self._vocab_size is not None and vocab_size != self._vocab_size:
            raise FrameError(f"answers over {vocab_size} tokens, the subnet's tokenizer has {self._vocab_size}")

    async def live(self, timeout: float) -> bool:  # noqa: ASYNC109  (every remote call names its deadline)
        """Whether the server answers at all, within ``timeout`` seconds."""
        call = self._channel.unary_unary(path_of("ServerLive"))
        try:
            response = await call(b"", timeout=timeout)
        except grpc.aio.AioRpcError:
            return False
        return oip_pb2.ServerLiveResponse.FromString(response).live

    async def describe(self, *, timeout: float) -> Description:  # noqa: ASYNC109
        """What the expert says about itself.

        Raises: ExpertError.
        """
        with translated(self.name):
            return ops.decode_description(await self._infer(ops.encode_describe(), timeout))

    async def score(
        self,
        input_ids: Sequence[TokenIds],
        *,
        timeout: float,  # noqa: ASYNC109
        score_from: int = 1,
    ) -> ScoreReply:
        """Distributions over given sequences, from position ``score_from`` of each.

        Raises: ExpertError.
        """
        request = ScoreRequest(tuple(tuple(sequence) for sequence in input_ids), score_from)
        with translated(self.name):
            reply = ops.decode_scores(await self._infer(ops.encode_score(request), timeout), request)
            for distribution in reply.distributions:
                self.check_vocabulary(distribution.vocab_size)
            return reply

    async def classify(self, tensors: Sequence[NDArray[np.float32]], *, timeout: float) -> Distribution:  # noqa: ASYNC109
        """Distribution of the class of each of some tensors of one shape, in one call.

        Raises: ExpertError.
        """
        with translated(self.name):
            reply = await self._infer(ops.encode_classify(tensors), timeout)
            distribution = ops.decode_step(reply, len(tensors))
            self.check_vocabulary(distribution.vocab_size)
            return distribution

    @asynccontextmanager
    async def session(self, questions: Sequence[Question], *, step_timeout: float) -> AsyncIterator[ExpertSession]:
        """Open a session over ``questions``, sequences of tokens or tensors of one shape.

        Every step has ``step_timeout`` seconds. Leaving the block in order closes the session and checks the miner's
        signature over it.

        Raises: ExpertError.
        """
        envelope = sign_request(self.identity, self.receiver, MODEL_STREAM_INFER, EMPTY_DIGEST)
        call = self._channel.stream_stream(MODEL_STREAM_INFER)(metadata=((REQUEST_KEY, envelope.encode()),))
        transcript = Transcript(envelope.request_id(MODEL_STREAM_INFER))
        session = ExpertSession(call, transcript, self, step_timeout)
        try:
            await session._open(questions)
            yield session
            await session._close()
        finally:
            call.cancel()

    async def _infer(self, message: Message, seconds: float) -> Message:
        data = encode_request(message)
        envelope = sign_request(self.identity, self.receiver, MODEL_INFER, compute_digest(data))
        metadata = ((REQUEST_KEY, envelope.encode()),)
        call = self._channel.unary_unary(MODEL_INFER)(data, timeout=seconds, metadata=metadata)
        response = await call
        receipt = _read_receipt(await call.trailing_metadata())
        request_id = envelope.request_id(MODEL_INFER)
        verify_reply(receipt, self.receiver, request_id, compute_digest(response), self.identity.verify)
        return decode_response(response)


__all__ = ["Description", "ExpertChannel", "ExpertSession", "InvalidReply", "ScoreReply"]

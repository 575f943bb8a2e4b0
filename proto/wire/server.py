"""The serving end: authenticates, decodes, dispatches to an expert, and signs what it says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, runtime_checkable

import grpc
import numpy as np
from google.protobuf.message import DecodeError
from google.protobuf.message import Message as ProtoMessage
from numpy.typing import NDArray

from wire import oip_pb2
from wire import operations as ops
from wire.blocks import BLOCK, BlockReply, BlockRequest, decode_block, encode_reply
from wire.distribution import Distribution
from wire.envelope import EMPTY_DIGEST, RECEIPT_KEY, REQUEST_KEY, Envelope, compute_digest, sign_reply, verify_request
from wire.errors import AuthenticationError, FrameError, Refusal, TensorError
from wire.identity import Identity
from wire.limits import DEFAULT_LIMITS, Limits
from wire.message import MODEL, VERSION, Message, decode_request, encode_response, wrap_response
from wire.nonces import NonceStore
from wire.service import MODEL_INFER, MODEL_STREAM_INFER, Context, Methods, ServiceHandler, channel_options
from wire.transcript import Transcript

SERVER_NAME = "hivegate"
GRACE_SECONDS = 5.0

_UNSIGNED = (
    f"this call needs a signed envelope in the metadata key {REQUEST_KEY!r}"
    " (use wire.expert.ExpertChannel with a registered hotkey; metadata calls are open)"
)


class ServedSession(Protocol):
    """One caller's decode session."""

    first: Distribution

    async def advance(self, tokens: NDArray[np.uint32]) -> Distribution:
        """Take the revealed tokens [B]; give the distribution of the next."""
        ...


@runtime_checkable
class BlockSession(Protocol):
    """A session that also takes whole blocks and drafts."""

    first: Distribution

    async def advance(self, tokens: NDArray[np.uint32]) -> Distribution:
        """Take the revealed tokens [B]; give the distribution of the next."""
        ...

    async def read(self, request: BlockRequest) -> BlockReply:
        """Take a block; say what follows each of its tokens, and draft if asked to.

        Raises: TensorError when there is no block that it could stand in for.
        """
        ...


class ExpertHandler(Protocol):
    """What an expert does; refuses by raising ``Refusal``."""

    def authorize(self, caller: bytes, method: str) -> None:
        """Refuse callers that may not use ``method``."""
        ...

    def admit(self, caller: bytes, method: str) -> None:
        """Refuse when there is too much to do; called before anything is decoded."""
        ...

    def is_ready(self) -> bool:
        """Whether new work is taken."""
        ...

    def describe(self) -> ops.Description:
        """Say what this expert is."""
        ...

    async def score(self, caller: bytes, request: ops.ScoreRequest) -> ops.ScoreReply:
        """Distributions over given sequences."""
        ...

    def session(
        self, caller: bytes, prefixes: tuple[tuple[int, ...], ...]
    ) -> AbstractAsyncContextManager[ServedSession]:
        """Open a decode session."""
        ...


@runtime_checkable
class TensorHandler(Protocol):
    """An expert that may take tensors in place of tokens."""

    @property
    def tensor_shape(self) -> tuple[int, ...] | None:
        """Shape of a tensor that it takes; None when it reads tokens."""
        ...

    def tensor_session(self, caller: bytes, tensors: NDArray[np.float32]) -> AbstractAsyncContextManager[ServedSession]:
        """Open a session over tensors, [B, *tensor_shape]."""
        ...


@dataclass(frozen=True)
class ServerConfig:
    """How to serve."""

    nonces: NonceStore = field(default_factory=NonceStore)
    limits: Limits = DEFAULT_LIMITS
    idle_seconds: float = 30.0
    """Longest silence inside a session."""
    concurrent_calls: int = 1_024
    grace_seconds: float = GRACE_SECONDS
    """What calls in flight get at shutdown."""


class ExpertServer:
    """The methods of the service, over one expert."""

    def __init__(self, handler: ExpertHandler, identity: Identity, config: ServerConfig) -> None:
        self._handler = handler
        self._identity = identity
        self._config = config

    def methods(self) -> Methods:
        """Implementations by name."""
        unary = {
            "ServerLive": self._server_live,
            "ServerReady": self._server_ready,
            "ModelReady": self._model_ready,
            "ServerMetadata": self._server_metadata,
            "ModelMetadata": self._model_metadata,
            "ModelInfer": self._model_infer,
        }
        return Methods(unary, {"ModelStreamInfer": self._model_stream_infer})

    async def _server_live(self, _request: bytes, _context: Context) -> bytes:
        return oip_pb2.ServerLiveResponse(live=True).SerializeToString()

    async def _server_ready(self, _request: bytes, _context: Context) -> bytes:
        return oip_pb2.ServerReadyResponse(ready=self._handler.is_ready()).SerializeToString()

    async def _model_ready(self, request: bytes, _context: Context) -> bytes:
        name = _parse(oip_pb2.ModelReadyRequest(), request).name
        ready = name == MODEL and self._handler.is_ready()
        return oip_pb2.ModelReadyResponse(ready=ready).SerializeToString()

    async def _server_metadata(self, _request: bytes, _context: Context) -> bytes:
        response = oip_pb2.ServerMetadataResponse(name=SERVER_NAME, version=VERSION)
        response.extensions.extend(self._handler.describe().extensions)
        return response.SerializeToString()

    async def _model_metadata(self, request: bytes, _context: Context) -> bytes:
        name = _parse(oip_pb2.ModelMetadataRequest(), request).name
        if name != MODEL:
            raise Refusal(grpc.StatusCode.NOT_FOUND, f"unknown model {name!r} (this server has one model, {MODEL!r})")
        response = oip_pb2.ModelMetadataResponse(name=MODEL, versions=[VERSION], platform=SERVER_NAME)
        takes = self._tensor_shape()
        if takes is None:
            response.inputs.add(name="input_ids", datatype="UINT32", shape=[-1, -1])
            response.inputs.add(name="lengths", datatype="UINT32", shape=[-1])
        else:
            response.inputs.add(name=ops.INPUT, datatype="FP32", shape=[-1, *takes])
        steps = [-1] if takes is None else []
        response.outputs.add(name="topk_ids", datatype="UINT32", shape=[-1, *steps, -1])
        response.outputs.add(name="topk_logprobs", datatype="FP16", shape=[-1, *steps, -1])
        response.outputs.add(name="tail_logprob", datatype="FP32", shape=[-1, *steps])
        if takes is None:
            response.outputs.add(name="target_logprob", datatype="FP32", shape=[-1, -1])
        return response.SerializeToString()

    def _authenticate(self, context: Context, method: str, digest: bytes) -> tuple[bytes, bytes]:
        """Caller and request id of a call whose envelope holds.

        Raises: AuthenticationError, Refusal.
        """
        values = [value for key, value in context.invocation_metadata() or () if key == REQUEST_KEY]
        if len(values) != 1:
            raise AuthenticationError(_UNSIGNED)
        envelope = Envelope.decode(values[0])
        request_id = verify_request(
            envelope, method, digest, self._identity, lambda caller: self._handler.authorize(caller, method)
        )
        self._config.nonces.accept(envelope, self._identity.now_ms())
        self._handler.admit(envelope.sender, method)
        return envelope.sender, request_id

    def _attach_receipt(self, context: Context, request_id: bytes, digest: bytes) -> None:
        receipt = sign_reply(self._identity, request_id, digest)
        context.set_trailing_metadata(((RECEIPT_KEY, receipt.encode()),))

    async def _model_infer(self, data: bytes, context: Context) -> bytes:
        caller, request_id = self._authenticate(context, MODEL_INFER, compute_digest(data))
        request = decode_request(data, self._config.limits)
        reply = await self._answer(caller, request)
        response = encode_response(_with_requested(reply, request))
        self._attach_receipt(context, request_id, compute_digest(response))
        return response

    async def _answer(self, caller: bytes, request: Message) -> Message:
        mode = request.text(ops.MODE)
        if mode == ops.DESCRIBE:
            return ops.encode_description(self._handler.describe())
        if mode == ops.SCORE and ops.asks_tensors(request):
            async with self._open_tensors(caller, request) as session:
                return ops.encode_step(session.first)
        if mode == ops.SCORE:
            score = ops.decode_score(request, self._handler.describe().vocab_size, self._config.limits)
            return ops.encode_scores(await self._handler.score(caller, score))
        if mode == ops.SESSION:
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "sessions are streams (use ModelStreamInfer)")
        raise Refusal(
            grpc.StatusCode.UNIMPLEMENTED, f"unknown mode {mode!r} (this expert offers {', '.join(ops.OPERATIONS)})"
        )

    async def _model_stream_infer(self, context: Context) -> None:
        caller, request_id = self._authenticate(context, MODEL_STREAM_INFER, EMPTY_DIGEST)
        transcript = Transcript(request_id)
        opening = await self._read(context, transcript)
        if opening is None:
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "the stream ended before its first message")
        if opening.text(ops.MODE) != ops.SESSION:
            raise Refusal(
                grpc.StatusCode.UNIMPLEMENTED,
                f"unknown mode {opening.text(ops.MODE)!r} (a stream opens with mode {ops.SESSION!r})",
            )
        async with self._open(caller, opening) as session:
            await self._write(context, transcript, ops.encode_step(session.first))
            await self._converse(context, transcript, session, caller)
        self._attach_receipt(context, request_id, transcript.digest())

    def _open(self, caller: bytes, opening: Message) -> AbstractAsyncContextManager[ServedSession]:
        """The session that a message opens, over tokens or over tensors.

        Raises: TensorError, Refusal.
        """
        if ops.asks_tensors(opening):
            return self._open_tensors(caller, opening)
        if self._tensor_shape() is not None:
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, f"this expert takes tensors (send FP32 {ops.INPUT!r})")
        prefixes = ops.decode_session(opening, self._handler.describe().vocab_size, self._config.limits)
        return self._handler.session(caller, prefixes)

    def _open_tensors(self, caller: bytes, opening: Message) -> AbstractAsyncContextManager[ServedSession]:
        handler, shape = self._handler, self._tensor_shape()
        if shape is None or not isinstance(handler, TensorHandler):
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "this expert reads tokens (send input_ids)")
        tensors = ops.decode_tensors(opening, self._config.limits)
        if tensors.shape[1:] != shape:
            raise TensorError(f"{ops.INPUT} has shape {list(tensors.shape)}, must be [B, {str(list(shape))[1:]}")
        return handler.tensor_session(caller, tensors)

    def _tensor_shape(self) -> tuple[int, ...] | None:
        return self._handler.tensor_shape if isinstance(self._handler, TensorHandler) else None

    async def _converse(self, context: Context, transcript: Transcript, session: ServedSession, caller: bytes) -> None:
        rows, vocab_size = session.first.size, session.first.vocab_size
        while True:
            closing = transcript.closing()
            message = await self._read(context, transcript)
            if message is None:
                return
            mode = message.text(ops.MODE)
            if mode == ops.CLOSE:
                if not self._identity.verify(caller, closing, ops.decode_close(message)):
                    raise AuthenticationError("closing signature does not cover this stream")
                return
            if mode == ops.REVEAL:
                tokens = ops.decode_reveal(message, rows, vocab_size)
                reply = ops.encode_step(await session.advance(tokens))
            elif mode == BLOCK and isinstance(session, BlockSession):
                block = decode_block(message, rows, vocab_size, self._config.limits)
                reply = encode_reply(await session.read(block))
            else:
                raise Refusal(grpc.StatusCode.UNIMPLEMENTED, f"unknown mode {mode!r} inside a session")
            await self._write(context, transcript, reply)

    async def _read(self, context: Context, transcript: Transcript) -> Message | None:
        idle = self._config.idle_seconds
        try:
            async with asyncio.timeout(idle):
                data = await context.read()
        except TimeoutError:
            message = f"nothing was said for {idle:.0f} s"
            raise Refusal(grpc.StatusCode.DEADLINE_EXCEEDED, message) from None
        if data is grpc.aio.EOF:
            return None
        transcript.add_request(data)
        return decode_request(data, self._config.limits)

    async def _write(self, context: Context, transcript: Transcript, reply: Message) -> None:
        data = wrap_response(encode_response(reply))
        transcript.add_reply(data)
        async with asyncio.timeout(self._config.idle_seconds):
            await context.write(data)


_Proto = TypeVar("_Proto", bound=ProtoMessage)


def _parse(message: _Proto, data: bytes) -> _Proto:
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise FrameError(f"request is not a {type(message).__name__}") from error
    return message


def _with_requested(reply: Message, request: Message) -> Message:
    """``reply`` with only the outputs that were asked for, if any were."""
    if not request.outputs:
        return reply
    tensors = tuple(tensor for tensor in reply.tensors if tensor.name in request.outputs)
    return Message(reply.parameters, tensors, (), request.id)


class PortTaken(Exception):
    """The address cannot be bound."""


@asynccontextmanager
async def serving(
    handler: ExpertHandler, identity: Identity, address: str, config: ServerConfig | None = None
) -> AsyncIterator[int]:
    """Serve ``handler`` at ``address`` inside the block; yields the bound port.

    On exit new calls are refused and calls in flight get the grace period.

    Raises: PortTaken.
    """
    config = config or ServerConfig()
    server = grpc.aio.server(
        options=[*channel_options(config.limits), ("grpc.so_reuseport", 0)],
        maximum_concurrent_rpcs=config.concurrent_calls,
    )
    server.add_generic_rpc_handlers((ServiceHandler(ExpertServer(handler, identity, config).methods()),))
    try:
        port: int = server.add_insecure_port(address)
    except RuntimeError as error:
        raise PortTaken(f"cannot listen on {address} (stop what uses it, or choose another port)") from error
    await server.start()
    try:
        yield port
    finally:
        await server.stop(config.grace_seconds)

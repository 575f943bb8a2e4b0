"""The standard service: its path, its methods, and how a failure becomes a status.

Messages pass as raw bytes, because digests cover the exact bytes of the wire.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import grpc

from wire.errors import RETRY_AFTER, AuthenticationError, InvalidDistribution, Refusal, WireError
from wire.limits import DEFAULT_LIMITS, Limits

logger = logging.getLogger(__name__)

SERVICE = "inference.GRPCInferenceService"
MODEL_INFER = f"/{SERVICE}/ModelInfer"
MODEL_STREAM_INFER = f"/{SERVICE}/ModelStreamInfer"

Context = Any
"""A ``grpc.aio.ServicerContext``; grpcio has no types."""

Unary = Callable[[bytes, Context], Awaitable[bytes]]
Stream = Callable[[Context], Awaitable[None]]


def path_of(method: str) -> str:
    """Full path of a method of the service."""
    return f"/{SERVICE}/{method}"


def channel_options(limits: Limits = DEFAULT_LIMITS) -> list[tuple[str, int]]:
    """Options that both ends use: bounded messages, no proxies, quick reconnection."""
    return [
        ("grpc.max_receive_message_length", limits.message_bytes),
        ("grpc.max_send_message_length", limits.message_bytes),
        ("grpc.enable_http_proxy", 0),
        ("grpc.enable_retries", 0),
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.max_reconnect_backoff_ms", 2_000),
    ]


def _to_refusal(error: Exception, path: str) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, AuthenticationError):
        return Refusal(grpc.StatusCode.UNAUTHENTICATED, str(error))
    if isinstance(error, WireError) and not isinstance(error, InvalidDistribution):
        return Refusal(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    if isinstance(error, TimeoutError):
        return Refusal(grpc.StatusCode.DEADLINE_EXCEEDED, str(error) or "the deadline passed")
    logger.error("%s failed", path, exc_info=error)
    return Refusal(grpc.StatusCode.INTERNAL, "the expert failed on this request (see its log)")


async def _abort(context: Context, refusal: Refusal) -> None:
    trailers: tuple[tuple[str, str], ...] = ()
    if refusal.retry_after_seconds is not None:
        trailers = ((RETRY_AFTER, f"{max(0.001, refusal.retry_after_seconds):.3f}"),)
    await context.abort(refusal.code, refusal.message, trailers)


def _guard_unary(path: str, function: Unary) -> Unary:
    async def guarded(request: bytes, context: Context) -> bytes:
        try:
            return await function(request, context)
        except grpc.aio.AbortError:
            raise
        except Exception as error:  # border: one caller's fault stays with that caller
            await _abort(context, _to_refusal(error, path))
            raise

    return guarded


def _guard_stream(path: str, function: Stream) -> Callable[[object, Context], Awaitable[None]]:
    async def guarded(_requests: object, context: Context) -> None:
        try:
            await function(context)
        except grpc.aio.AbortError:
            raise
        except Exception as error:  # noqa: BLE001  (border: one caller's fault stays with that caller)
            await _abort(context, _to_refusal(error, path))

    return guarded


@dataclass(frozen=True)
class Methods:
    """Implementations by method name."""

    unary: Mapping[str, Unary]
    stream: Mapping[str, Stream]


class ServiceHandler(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Serves ``methods`` at the standard path."""

    def __init__(self, methods: Methods) -> None:
        self._handlers: dict[str, Any] = {}
        for name, unary in methods.unary.items():
            path = path_of(name)
            self._handlers[path] = grpc.unary_unary_rpc_method_handler(_guard_unary(path, unary))
        for name, stream in methods.stream.items():
            path = path_of(name)
            self._handlers[path] = grpc.stream_stream_rpc_method_handler(_guard_stream(path, stream))

    def service(self, details: Any) -> Any:
        """Handler of a call; nothing for an unknown method, which gRPC answers with UNIMPLEMENTED."""
        return self._handlers.get(details.method)

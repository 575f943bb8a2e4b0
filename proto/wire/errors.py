"""Everything that can go wrong on the wire.

``WireError`` is a fault of bytes that we received; ``Refusal`` is what a server answers to
its caller; ``ExpertError`` is what the caller of a miner catches.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import grpc


class WireError(Exception):
    """Bytes that break the protocol."""


class FrameError(WireError):
    """A message whose outer structure is malformed or too large."""


class TensorError(WireError):
    """A tensor whose name, datatype, shape and contents do not fit together."""


class InvalidDistribution(WireError):
    """Numbers that are not a probability distribution."""


class AuthenticationError(WireError):
    """An envelope, receipt or transcript that does not prove who sent it."""


class ReplayedRequest(AuthenticationError):
    """A request that was accepted before, or is too old to tell."""


class Refusal(Exception):
    """An answer of "no", with a gRPC status, the reason and the fix."""

    def __init__(self, code: grpc.StatusCode, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after_seconds = retry_after_seconds


class ExpertError(Exception):
    """A miner gave no usable answer."""


class ExpertUnavailable(ExpertError):
    """The miner cannot be reached."""


class ExpertTimeout(ExpertError):
    """The miner did not answer before the deadline."""


class ExpertRefused(ExpertError):
    """The miner said no."""

    def __init__(self, code: grpc.StatusCode, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message
        self.retry_after_seconds = retry_after_seconds


class InvalidReply(ExpertError):
    """The miner answered with bytes that are malformed, unsigned or not a distribution."""


RETRY_AFTER = "retry-after"


def _retry_after(trailers: object) -> float | None:
    for key, value in trailers or ():  # type: ignore[attr-defined]
        if key == RETRY_AFTER:
            try:
                return float(value)
            except ValueError:
                return None
    return None


def from_status(error: grpc.aio.AioRpcError, where: str) -> ExpertError:
    """The ``ExpertError`` that says what a failed call to ``where`` means."""
    code, details = error.code(), error.details() or "no details"
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return ExpertTimeout(f"{where} did not answer in time: {details}")
    retry_after_seconds = _retry_after(error.trailing_metadata())
    if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED) and retry_after_seconds is None:
        return ExpertUnavailable(f"{where} is unavailable: {details}")
    return ExpertRefused(code, details, retry_after_seconds)


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn everything that a call to ``where`` may raise into an ``ExpertError``."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise from_status(error, where) from error
    except TimeoutError as error:
        raise ExpertTimeout(f"{where} did not answer in time") from error
    except grpc.aio.UsageError as error:
        raise ExpertUnavailable(f"{where}: the channel is closed") from error
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise ExpertUnavailable(f"{where}: the channel was closed during the call") from error
    except WireError as error:
        raise InvalidReply(f"{where}: {error}") from error

"""Errors of the client; what the chain itself says comes as the runtime's own exceptions."""


class ChainError(Exception):
    """The chain could not do what was asked."""


class ChainUnreachable(ChainError):
    """Nobody answers at the URL, for as long as was allowed."""


class OtherChain(ChainError):
    """The URL leads to another chain than before."""


class RequestRefused(ChainError):
    """The node answered with an error."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(f"{message} ({code})" if data is None else f"{message}: {data} ({code})")
        self.code = code
        self.data = data


class UnknownItem(ChainError):
    """The chain has no such pallet, storage item or call."""


class SubmissionTimeout(ChainError):
    """The extrinsic was handed in, but the deadline came first; it may still get into a block."""


class ConnectionLost(Exception):
    """The connection broke while waiting; never leaves the client."""

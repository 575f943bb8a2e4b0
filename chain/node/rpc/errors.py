"""Errors of JSON-RPC, with the codes that Substrate clients know."""

from __future__ import annotations

from typing import Final

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
TOO_MANY_SUBSCRIPTIONS: Final = -32006
BATCH_TOO_LARGE: Final = -32010
BAD_FORMAT: Final = 1001
INVALID_TRANSACTION: Final = 1010
TEMPORARILY_BANNED: Final = 1012
ALREADY_IMPORTED: Final = 1013
TOO_LOW_PRIORITY: Final = 1014
POOL_FULL: Final = 1016
CLIENT_ERROR: Final = 4003


class RpcError(Exception):
    """A refusal that goes to the caller as it is."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def to_json(self) -> dict[str, object]:
        """The error object of the reply."""
        error: dict[str, object] = {"code": self.code, "message": self.message}
        if self.data is not None:
            error["data"] = self.data
        return error


class InvalidParams(RpcError):
    """A parameter is missing, of the wrong type or out of range."""

    def __init__(self, reason: str) -> None:
        super().__init__(INVALID_PARAMS, f"Invalid params: {reason}")


def build_unknown_block(block: str) -> RpcError:
    """The error for a block that this chain does not have."""
    return RpcError(CLIENT_ERROR, f"Client error: UnknownBlock: Header was not found in the database: {block}")

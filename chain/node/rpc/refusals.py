"""Refusals of the node under the codes that Substrate clients know."""

from __future__ import annotations

from chain.node.pool import AlreadyImported, PoolFull, PoolRefusal, TemporarilyBanned, TooLowPriority
from chain.node.rpc import errors
from chain.node.rpc.encoding import encode_hex
from chain.node.rpc.errors import RpcError
from chain.runtime.errors import InvalidTransaction

_TOO_LOW = "The transaction has too low priority to replace another transaction already in the pool."
_NO_ROOM = "The transaction couldn't enter the pool because of the limit"


def describe_refusal(error: Exception) -> RpcError | None:
    """``error`` as the caller is to see it; None where it is none that a caller can cause."""
    match error:
        case InvalidTransaction():
            return RpcError(errors.INVALID_TRANSACTION, "Invalid Transaction", str(error))
        case TemporarilyBanned():
            return RpcError(errors.TEMPORARILY_BANNED, "Transaction is temporarily banned")
        case AlreadyImported(transaction_hash=transaction_hash):
            return RpcError(errors.ALREADY_IMPORTED, "Transaction is already imported", encode_hex(transaction_hash))
        case TooLowPriority():
            return RpcError(errors.TOO_LOW_PRIORITY, f"Priority is too low: {error}", _TOO_LOW)
        case PoolFull():
            return RpcError(errors.POOL_FULL, "Immediately Dropped", _NO_ROOM)
    assert not isinstance(error, PoolRefusal), f"no code for {error!r}"
    return None

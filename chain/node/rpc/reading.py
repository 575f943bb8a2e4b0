"""Which block a caller means, for methods that read state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chain.node.errors import StateDiscarded, UnknownBlock
from chain.node.ledger import Ledger
from chain.node.rpc.encoding import encode_hex
from chain.node.rpc.errors import CLIENT_ERROR, RpcError, build_unknown_block


def find_number(ledger: Ledger, block_hash: bytes | None) -> int:
    """Number of that block, of the newest for None.

    Raises:
        RpcError: the chain does not have it.
    """
    if block_hash is None:
        return ledger.head.number
    try:
        return ledger.number_of(block_hash)
    except UnknownBlock as error:
        raise build_unknown_block(encode_hex(block_hash)) from error


@contextmanager
def discarded_told(number: int) -> Iterator[None]:
    """Reading the state of block ``number``: whether it is still kept is the caller's business.

    Raises:
        RpcError: it is not.
    """
    try:
        yield
    except StateDiscarded as error:
        raise RpcError(CLIENT_ERROR, f"Client error: State already discarded for block {number}") from error

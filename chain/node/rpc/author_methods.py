"""Methods ``author_*`` and the nonces that count what waits: how transactions come in."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from typing import Final

from chain.crypto import blake2_256
from chain.node.core import Node
from chain.node.pool import PoolRefusal, Status
from chain.node.rpc.encoding import encode_hex
from chain.node.rpc.params import Param, parse_account, parse_hex
from chain.node.rpc.registry import Caller, Subscription, method, subscription
from chain.runtime.errors import InvalidTransaction

_EXTRINSIC: Final = (Param("extrinsic", parse_hex),)
_ACCOUNT: Final = (Param("account", parse_account),)
_LAST: Final = frozenset({Status.FINALIZED, Status.USURPED, Status.DROPPED, Status.INVALID})


class AuthorMethods:
    """Takes transactions and tells what becomes of them."""

    def __init__(self, node: Node) -> None:
        self._node = node

    @method("author_submitExtrinsic", params=_EXTRINSIC)
    def submit(self, raw: bytes) -> bytes | Awaitable[bytes]:
        return self._node.receive(raw)

    @subscription("author_submitAndWatchExtrinsic", params=_EXTRINSIC)
    async def submit_and_watch(self, caller: Caller, raw: bytes) -> Subscription:
        stream = caller.open("author_extrinsicUpdate")
        stream.on_close(self._node.watch(blake2_256(raw), partial(_tell_status, stream)))
        try:
            received = self._node.receive(raw)
            if not isinstance(received, bytes):
                await received
        except (InvalidTransaction, PoolRefusal):
            stream.close()
            raise
        return stream

    @method("author_pendingExtrinsics")
    def pending(self) -> list[str]:
        return [encode_hex(transaction.raw) for transaction in self._node.pool.pending()]

    @method("system_accountNextIndex", "account_nextIndex", params=_ACCOUNT)
    def next_index(self, account: bytes) -> int:
        return self._node.pool.next_index(account)


def _tell_status(stream: Subscription, status: Status, detail: bytes | None) -> None:
    stream.notify(status.value if detail is None else {status.value: encode_hex(detail)})
    if status in _LAST:
        stream.close()

"""The transactions of one account that wait, in order of nonce."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from chain.record import record
from chain.runtime.executive import Proven


@record
class Transaction:
    """A valid signed extrinsic; it expires after block ``last_block``; ``proven`` once its signature was checked."""

    raw: bytes = field(repr=False)
    hash: bytes
    account: bytes
    nonce: int
    priority: int
    last_block: int
    proven: Proven | None = field(default=None, repr=False, compare=False)


class AccountQueue:
    """Transactions by nonce; those from the chain's ``nonce`` up to ``ready_end`` leave no gap."""

    __slots__ = ("_waiting", "account", "nonce", "ready_end")

    def __init__(self, account: bytes, nonce: int) -> None:
        self.account = account
        self.nonce = nonce
        self.ready_end = nonce
        self._waiting: dict[int, Transaction] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Transaction]:
        return iter(self._waiting.values())

    def get(self, nonce: int) -> Transaction | None:
        """What waits at ``nonce``."""
        return self._waiting.get(nonce)

    def next_ready(self, nonce: int) -> Transaction | None:
        """What waits at ``nonce``, if it could be in the next block."""
        return self._waiting[nonce] if nonce < self.ready_end else None

    def put(self, transaction: Transaction) -> None:
        """Let ``transaction`` wait; it is not ready before :meth:`advance`."""
        self._waiting[transaction.nonce] = transaction

    def remove(self, nonce: int) -> None:
        """Take out what waits at ``nonce``; what comes behind it is ready no longer."""
        del self._waiting[nonce]
        if self.nonce <= nonce < self.ready_end:
            self.ready_end = nonce

    def pass_by(self, nonce: int) -> None:
        """The chain has used ``nonce``, and so all before it."""
        self.nonce = max(self.nonce, nonce + 1)

    def follow(self, nonce: int) -> None:
        """Take the chain's new ``nonce``, which is lower than the last one only for an account that was reaped."""
        self.ready_end = nonce if nonce < self.nonce else max(self.ready_end, nonce)
        self.nonce = nonce

    def advance(self) -> Iterator[Transaction]:
        """What has become ready since the last time, in order."""
        while (transaction := self._waiting.get(self.ready_end)) is not None:
            self.ready_end += 1
            yield transaction

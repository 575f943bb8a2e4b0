"""Transactions that wait for a block: ready ones in order of nonce, later ones until the gap closes."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """How much may wait."""

    transactions: int = 8192
    size_bytes: int = 32 << 20
    per_account: int = 1024
    ban_blocks: int = 16


@dataclass(frozen=True, slots=True)
class Transaction:
    """A valid signed extrinsic; it expires after block ``last_block``."""

    raw: bytes = field(repr=False)
    hash: bytes
    account: bytes
    nonce: int
    priority: int
    last_block: int


class Status(Enum):
    """What becomes of a waiting transaction, by the names that clients know."""

    READY = "ready"
    FUTURE = "future"
    IN_BLOCK = "inBlock"
    FINALIZED = "finalized"
    USURPED = "usurped"
    DROPPED = "dropped"
    INVALID = "invalid"


Listener = Callable[[bytes, Status, bytes | None], None]
"""Hash of the transaction, its status, and hash of the block or transaction that the status names."""
NonceOf = Callable[[bytes], int]


class PoolRefusal(Exception):
    """The pool does not take the transaction."""


class TemporarilyBanned(PoolRefusal):
    """It was found invalid a short while ago."""


class AlreadyImported(PoolRefusal):
    """The very same transaction waits already."""

    def __init__(self, transaction_hash: bytes) -> None:
        super().__init__(f"0x{transaction_hash.hex()} waits already")
        self.transaction_hash = transaction_hash


class TooLowPriority(PoolRefusal):
    """Another transaction of the same account and nonce offers as much."""

    def __init__(self, old: int, new: int) -> None:
        super().__init__(f"({old} vs {new})")


class PoolFull(PoolRefusal):
    """There is no room and nothing of lower priority to drop."""


class Pool:
    """Holds what :meth:`add` was given until it is in a block, replaced, expired or found invalid."""

    def __init__(self, nonce_of: NonceOf, listener: Listener, limits: PoolLimits | None = None) -> None:
        self._nonce_of = nonce_of
        self._notify = listener
        self._limits = limits or PoolLimits()
        self._by_hash: dict[bytes, Transaction] = {}
        self._by_account: dict[bytes, dict[int, Transaction]] = {}
        self._arrivals: dict[bytes, int] = {}
        self._counter = itertools.count()
        self._future: set[bytes] = set()
        self._banned: dict[bytes, int] = {}
        self._size_bytes = 0
        self._block = 0

    def __len__(self) -> int:
        return len(self._by_hash)

    def check(self, transaction_hash: bytes) -> None:
        """Refuse early, before the costly validation, what could not be added anyway.

        Raises:
            TemporarilyBanned, AlreadyImported: as they say.
        """
        if transaction_hash in self._by_hash:
            raise AlreadyImported(transaction_hash)
        if self._banned.get(transaction_hash, -1) >= self._block:
            raise TemporarilyBanned

    def add(self, transaction: Transaction) -> None:
        """Let ``transaction`` wait, in the place of a cheaper one of its nonce where there is one.

        Raises:
            PoolRefusal: one of its kinds; nothing changed then.
        """
        self.check(transaction.hash)
        rival = self._by_account.get(transaction.account, {}).get(transaction.nonce)
        if rival is not None and rival.priority >= transaction.priority:
            raise TooLowPriority(rival.priority, transaction.priority)
        if rival is None:
            self._make_room(transaction)
        else:
            self._remove(rival)
            self._notify(rival.hash, Status.USURPED, transaction.hash)
        self._insert(transaction)
        if transaction.nonce >= self.next_index(transaction.account):
            self._future.add(transaction.hash)
            self._notify(transaction.hash, Status.FUTURE, None)
        else:
            self._notify(transaction.hash, Status.READY, None)
            self._promote()

    def ready(self) -> Iterator[Transaction]:
        """What could be in the next block: best priority first, each account in order of nonce."""
        queue = [self._entry(account, self._nonce_of(account)) for account in self._by_account]
        heap = [entry for entry in queue if entry is not None]
        heapq.heapify(heap)
        while heap:
            transaction = heap[0][-1]
            yield transaction
            following = self._entry(transaction.account, transaction.nonce + 1)
            if following is None:
                heapq.heappop(heap)
            else:
                heapq.heapreplace(heap, following)

    def pending(self) -> list[Transaction]:
        """Everything that waits, ready first."""
        ready = list(self.ready())
        hashes = {transaction.hash for transaction in ready}
        return ready + [other for other in self._by_hash.values() if other.hash not in hashes]

    def next_index(self, account: bytes) -> int:
        """First nonce of ``account`` that neither the chain nor the ready transactions have used."""
        waiting = self._by_account.get(account, {})
        nonce = self._nonce_of(account)
        while nonce in waiting:
            nonce += 1
        return nonce

    def reject(self, transaction_hash: bytes) -> None:
        """Drop what proved invalid, and do not take it again for a while."""
        transaction = self._by_hash.get(transaction_hash)
        if transaction is not None:
            self._discard_invalid(transaction)

    def settle(self, number: int, included: dict[bytes, Transaction]) -> None:
        """Bring the pool behind block ``number``, in which ``included`` went, once its state can be read."""
        self._block = number
        self._banned = {key: until for key, until in self._banned.items() if until >= number}
        mined = {(tx.account, tx.nonce): tx.hash for tx in included.values()}
        for transaction in list(self._by_hash.values()):
            if transaction.hash in included:
                self._remove(transaction)
            elif transaction.nonce < self._nonce_of(transaction.account):
                self._discard_stale(transaction, mined.get((transaction.account, transaction.nonce)))
            elif transaction.last_block < number:
                self._discard_invalid(transaction)
        self._promote()

    def _entry(self, account: bytes, nonce: int) -> tuple[int, int, Transaction] | None:
        transaction = self._by_account.get(account, {}).get(nonce)
        if transaction is None:
            return None
        return -transaction.priority, self._arrivals[transaction.hash], transaction

    def _promote(self) -> None:
        """Tell of those whose gap has closed."""
        waiting = [self._by_hash[transaction_hash] for transaction_hash in self._future]
        for transaction in sorted(waiting, key=lambda other: other.nonce):
            if transaction.nonce < self.next_index(transaction.account):
                self._future.discard(transaction.hash)
                self._notify(transaction.hash, Status.READY, None)

    def _make_room(self, transaction: Transaction) -> None:
        if len(self._by_account.get(transaction.account, ())) >= self._limits.per_account:
            raise PoolFull
        while self._is_full(len(transaction.raw)):
            cheapest = min(self._by_hash.values(), key=lambda other: (other.priority, -other.nonce), default=None)
            if cheapest is None or cheapest.priority >= transaction.priority:
                raise PoolFull
            self._remove(cheapest)
            self._notify(cheapest.hash, Status.DROPPED, None)

    def _is_full(self, more_bytes: int) -> bool:
        limits = self._limits
        return len(self._by_hash) >= limits.transactions or self._size_bytes + more_bytes > limits.size_bytes

    def _insert(self, transaction: Transaction) -> None:
        self._by_hash[transaction.hash] = transaction
        self._arrivals[transaction.hash] = next(self._counter)
        self._by_account.setdefault(transaction.account, {})[transaction.nonce] = transaction
        self._size_bytes += len(transaction.raw)

    def _remove(self, transaction: Transaction) -> None:
        del self._by_hash[transaction.hash]
        del self._arrivals[transaction.hash]
        self._future.discard(transaction.hash)
        waiting = self._by_account[transaction.account]
        del waiting[transaction.nonce]
        if not waiting:
            del self._by_account[transaction.account]
        self._size_bytes -= len(transaction.raw)

    def _discard_stale(self, transaction: Transaction, winner: bytes | None) -> None:
        self._remove(transaction)
        status = Status.INVALID if winner is None else Status.USURPED
        self._notify(transaction.hash, status, winner)

    def _discard_invalid(self, transaction: Transaction) -> None:
        self._remove(transaction)
        self._banned[transaction.hash] = self._block + self._limits.ban_blocks
        self._notify(transaction.hash, Status.INVALID, None)

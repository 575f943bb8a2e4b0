"""Transactions that wait for a block: ready ones in order of nonce, later ones until the gap closes."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from chain.node.queue import AccountQueue, Transaction
from chain.runtime.errors import StaleTransaction

__all__ = [
    "AlreadyImported",
    "Pool",
    "PoolFull",
    "PoolLimits",
    "PoolRefusal",
    "Status",
    "TemporarilyBanned",
    "TooLowPriority",
    "Transaction",
]


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """How much may wait."""

    transactions: int = 16384
    size_bytes: int = 32 << 20
    per_account: int = 1024
    ban_blocks: int = 16


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
        self._queues: dict[bytes, AccountQueue] = {}
        self._arrivals: dict[bytes, int] = {}
        self._counter = itertools.count()
        self._cheapest: list[tuple[int, int, int, bytes]] = []  # a heap; may name some that have gone
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

    def ensure_room(self, transaction: Transaction) -> None:
        """Refuse, before the costlier check of its signature, a transaction that there is no room for.

        Raises:
            PoolFull: as it says.
        """
        if len(self._queues.get(transaction.account, ())) >= self._limits.per_account:
            raise PoolFull
        if self._is_full(len(transaction.raw)):
            self._find_worse(transaction)

    def add(self, transaction: Transaction) -> None:
        """Let ``transaction`` wait, in the place of a cheaper one of its nonce where there is one.

        Raises:
            StaleTransaction: the account has used its nonce meanwhile.
            PoolRefusal: one of its kinds; nothing changed then.
        """
        self.check(transaction.hash)
        queue = self._queues.get(transaction.account) or self._open_queue(transaction.account)
        if transaction.nonce < queue.nonce:
            raise StaleTransaction(f"nonce {transaction.nonce}, the account is at {queue.nonce}")
        rival = queue.get(transaction.nonce)
        if rival is None:
            self._make_room(transaction)
        elif rival.priority >= transaction.priority:
            raise TooLowPriority(rival.priority, transaction.priority)
        else:
            self._forget(rival)
            self._notify(rival.hash, Status.USURPED, transaction.hash)
        self._insert(transaction, queue)

    def ready(self) -> Iterator[Transaction]:
        """What could be in the next block: best priority first, each account in order of nonce."""
        first = [queue.next_ready(queue.nonce) for queue in self._queues.values()]
        heap = [self._rank(transaction) for transaction in first if transaction is not None]
        heapq.heapify(heap)
        while heap:
            transaction = heap[0][-1]
            yield transaction
            following = self._queues[transaction.account].next_ready(transaction.nonce + 1)
            if following is None:
                heapq.heappop(heap)
            else:
                heapq.heapreplace(heap, self._rank(following))

    def pending(self) -> list[Transaction]:
        """Everything that waits, ready first."""
        ready = list(self.ready())
        hashes = {transaction.hash for transaction in ready}
        return ready + [other for other in self._by_hash.values() if other.hash not in hashes]

    def next_index(self, account: bytes) -> int:
        """First nonce of ``account`` that neither the chain nor the ready transactions have used."""
        queue = self._queues.get(account)
        return self._nonce_of(account) if queue is None else queue.ready_end

    def reject(self, transaction_hash: bytes) -> None:
        """Drop what proved invalid, and do not take it again for a while."""
        transaction = self._by_hash.get(transaction_hash)
        if transaction is not None:
            self._discard_invalid(transaction)

    def settle(self, number: int, included: dict[bytes, Transaction], changed: Iterable[bytes]) -> None:
        """Bring the pool behind block ``number``, in which ``included`` went, once its state can be read.

        ``changed`` are the accounts whose nonces may differ from before.
        """
        self._block = number
        self._banned = {key: until for key, until in self._banned.items() if until >= number}
        winners = {}
        for transaction in included.values():
            if transaction.hash in self._by_hash:
                self._take_out(transaction)
            else:
                winners[transaction.account, transaction.nonce] = transaction.hash
        touched = [queue for account in changed if (queue := self._queues.get(account)) is not None]
        for queue in touched:
            queue.follow(self._nonce_of(queue.account))
        for transaction in [tx for tx in self._by_hash.values() if tx.last_block < number]:
            self._discard_invalid(transaction)
        for queue in touched:
            for stale in [transaction for transaction in queue if transaction.nonce < queue.nonce]:
                self._discard_stale(stale, winners.get((stale.account, stale.nonce)))
            self._promote(queue)

    def _open_queue(self, account: bytes) -> AccountQueue:
        return AccountQueue(account, self._nonce_of(account))

    def _rank(self, transaction: Transaction) -> tuple[int, int, Transaction]:
        return -transaction.priority, self._arrivals[transaction.hash], transaction

    def _promote(self, queue: AccountQueue) -> None:
        """Tell of those whose gap has closed."""
        for transaction in queue.advance():
            self._notify(transaction.hash, Status.READY, None)

    def _make_room(self, transaction: Transaction) -> None:
        if len(self._queues.get(transaction.account, ())) >= self._limits.per_account:
            raise PoolFull
        while self._is_full(len(transaction.raw)):
            worse = self._find_worse(transaction)
            self._remove(worse)
            self._notify(worse.hash, Status.DROPPED, None)

    def _find_worse(self, transaction: Transaction) -> Transaction:
        """The cheapest that waits, if it is cheaper than ``transaction``.

        Raises:
            PoolFull: there is none.
        """
        heap = self._cheapest
        while heap and self._arrivals.get(heap[0][-1]) != heap[0][2]:
            heapq.heappop(heap)
        if not heap or heap[0][0] >= transaction.priority:
            raise PoolFull
        return self._by_hash[heap[0][-1]]

    def _is_full(self, more_bytes: int) -> bool:
        limits = self._limits
        return len(self._by_hash) >= limits.transactions or self._size_bytes + more_bytes > limits.size_bytes

    def _insert(self, transaction: Transaction, queue: AccountQueue) -> None:
        arrival = next(self._counter)
        self._by_hash[transaction.hash] = transaction
        self._arrivals[transaction.hash] = arrival
        self._size_bytes += len(transaction.raw)
        self._remember_price(transaction, arrival)
        self._queues[transaction.account] = queue
        queue.put(transaction)
        if transaction.nonce == queue.ready_end:
            self._promote(queue)
        else:
            status = Status.READY if transaction.nonce < queue.ready_end else Status.FUTURE
            self._notify(transaction.hash, status, None)

    def _remember_price(self, transaction: Transaction, arrival: int) -> None:
        if len(self._cheapest) > 2 * len(self._by_hash) + 64:
            self._cheapest = [item for item in self._cheapest if self._arrivals.get(item[-1]) == item[2]]
            heapq.heapify(self._cheapest)
        heapq.heappush(self._cheapest, (transaction.priority, -transaction.nonce, arrival, transaction.hash))

    def _remove(self, transaction: Transaction) -> None:
        self._forget(transaction)
        queue = self._queues[transaction.account]
        queue.remove(transaction.nonce)
        if not queue:
            del self._queues[transaction.account]

    def _take_out(self, transaction: Transaction) -> None:
        """As :meth:`_remove`, what a block has taken: what comes behind it stays ready."""
        self._queues[transaction.account].pass_by(transaction.nonce)
        self._remove(transaction)

    def _forget(self, transaction: Transaction) -> None:
        """Drop all but its place in the account's queue."""
        del self._by_hash[transaction.hash]
        del self._arrivals[transaction.hash]
        self._size_bytes -= len(transaction.raw)

    def _discard_stale(self, transaction: Transaction, winner: bytes | None) -> None:
        self._remove(transaction)
        status = Status.INVALID if winner is None else Status.USURPED
        self._notify(transaction.hash, status, winner)

    def _discard_invalid(self, transaction: Transaction) -> None:
        self._remove(transaction)
        self._banned[transaction.hash] = self._block + self._limits.ban_blocks
        self._notify(transaction.hash, Status.INVALID, None)

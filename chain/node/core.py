"""Pool, sealing and finality around the ledger, in one event loop; knows nothing of sockets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from chain.block import Block
from chain.crypto import blake2_256
from chain.node.admission import Applicant, examine
from chain.node.broadcast import Broadcast
from chain.node.clock import Clock
from chain.node.ledger import Ledger, SealedBlock
from chain.node.pool import Pool, PoolRefusal, Status, Transaction
from chain.node.signatures.checker import SignatureChecker
from chain.runtime.errors import (
    BadProof,
    ExhaustsResources,
    FutureTransaction,
    InvalidTransaction,
    StaleTransaction,
)
from chain.runtime.system import ACCOUNT
from chain.runtime.timestamp import NOW

_log = logging.getLogger(__name__)
_FINALITY_SECONDS: Final = 0.4
"""Some clients miss a block that is final in the moment they hear of it."""

_PASSING: Final = (ExhaustsResources, FutureTransaction, StaleTransaction)
"""Why a block did not take a transaction that may be taken by another, or that the pool deals with itself."""

_ACCOUNT_SIZE: Final = 32

Watcher = Callable[[Status, bytes | None], None]


class Node:
    """What the RPC methods and the sequencer work with."""

    def __init__(self, ledger: Ledger, clock: Clock, slot_ms: int, checker: SignatureChecker) -> None:
        self.ledger = ledger
        self._checker = checker
        self.heads: Broadcast[SealedBlock] = Broadcast()
        self.finalized: Broadcast[Block] = Broadcast()
        self.pool = Pool(self.nonce_of, self._report)
        self._clock = clock
        self._slot_ms = slot_ms
        self._worker = ThreadPoolExecutor(1, "ledger")
        self._watchers: dict[bytes, dict[object, Watcher]] = {}
        self._unfinalized: list[tuple[Block, tuple[bytes, ...]]] = []
        self._timers: set[asyncio.TimerHandle] = set()

    def nonce_of(self, account: bytes) -> int:
        """Nonce of ``account`` in the newest state."""
        return ACCOUNT.get(self.ledger.state, account).nonce

    def submit(self, raw: bytes) -> bytes:
        """Take an extrinsic into the pool, its signature checked on the spot; gives its hash.

        Raises:
            InvalidTransaction: it could not be in a block.
            PoolRefusal: the pool does not want it.
        """
        applicant = self._examine(raw)
        return self._admit(applicant, holds=applicant.claim.holds())

    def receive(self, raw: bytes) -> bytes | asyncio.Future[bytes]:
        """As :meth:`submit`, at once under light load; else its signature is checked elsewhere meanwhile."""
        applicant = self._examine(raw)
        outcome: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        holds = self._checker.check(applicant.claim, partial(self._conclude, applicant, outcome))
        return outcome if holds is None else self._admit(applicant, holds=holds)

    def watch(self, transaction_hash: bytes, watcher: Watcher) -> Callable[[], None]:
        """Tell ``watcher`` what becomes of a transaction; calling the result ends it."""
        token = object()
        self._watchers.setdefault(transaction_hash, {})[token] = watcher
        return partial(self._unwatch, transaction_hash, token)

    async def seal(self) -> Block:
        """Make a block of what is ready; gives it once it is durable and told to all."""
        candidates = list(self.pool.ready())
        timestamp_ms = max(self._clock.now_ms(), NOW.get(self.ledger.state) + 1)
        raws = [candidate.proven or candidate.raw for candidate in candidates]
        job = partial(self.ledger.seal, raws, timestamp_ms, timestamp_ms // self._slot_ms)
        sealed = await asyncio.get_running_loop().run_in_executor(self._worker, job)
        self._finalize_up_to(sealed.block.number - 1)
        self.ledger.adopt(sealed)
        self._publish(sealed, candidates)
        return sealed.block

    def close(self) -> None:
        """Finish the block in progress and let go of the directory."""
        for timer in self._timers:
            timer.cancel()
        self._worker.shutdown(wait=True)
        self.ledger.close()

    def _examine(self, raw: bytes) -> Applicant:
        self.pool.check(blake2_256(raw))
        applicant = examine(self.ledger, raw)
        self.pool.ensure_room(applicant.transaction)
        return applicant

    def _conclude(self, applicant: Applicant, outcome: asyncio.Future[bytes], holds: bool) -> None:
        if outcome.cancelled():
            return
        try:
            outcome.set_result(self._admit(applicant, holds=holds))
        except (InvalidTransaction, PoolRefusal) as error:
            outcome.set_exception(error)

    def _admit(self, applicant: Applicant, *, holds: bool) -> bytes:
        """Blocks may have passed since the transaction was examined; another copy may have come in."""
        transaction = applicant.transaction
        if not holds:
            raise BadProof(f"signature of {transaction.account.hex()}")
        self.pool.add(transaction)
        return transaction.hash

    def _publish(self, sealed: SealedBlock, candidates: list[Transaction]) -> None:
        included = {
            candidate.hash: candidate for index, candidate in enumerate(candidates) if index not in sealed.rejected
        }
        for index, error in sealed.rejected.items():
            if not isinstance(error, _PASSING):
                self.pool.reject(candidates[index].hash)
        self.heads.publish(sealed)
        if self._watchers:
            for transaction_hash in included:
                self._report(transaction_hash, Status.IN_BLOCK, sealed.block.hash)
        self.pool.settle(sealed.block.number, included, _list_changed_accounts(sealed))
        self._unfinalized.append((sealed.block, tuple(included)))
        self._finalize_later(sealed.block.number)

    def _finalize_later(self, number: int) -> None:
        def finalize() -> None:
            self._timers.discard(timer)
            self._finalize_up_to(number)

        timer = asyncio.get_running_loop().call_later(_FINALITY_SECONDS, finalize)
        self._timers.add(timer)

    def _finalize_up_to(self, number: int) -> None:
        while self._unfinalized and self._unfinalized[0][0].number <= number:
            block, included = self._unfinalized.pop(0)
            self.ledger.finalized = block
            self.finalized.publish(block)
            for transaction_hash in included:
                self._report(transaction_hash, Status.FINALIZED, block.hash)

    def _report(self, transaction_hash: bytes, status: Status, detail: bytes | None) -> None:
        watchers = self._watchers.get(transaction_hash)
        if watchers is not None:
            for watcher in list(watchers.values()):
                watcher(status, detail)

    def _unwatch(self, transaction_hash: bytes, token: object) -> None:
        watchers = self._watchers.get(transaction_hash, {})
        watchers.pop(token, None)
        if not watchers:
            self._watchers.pop(transaction_hash, None)


def _list_changed_accounts(sealed: SealedBlock) -> list[bytes]:
    prefix = ACCOUNT.prefix
    return [key[-_ACCOUNT_SIZE:] for key in sealed.changes if key.startswith(prefix)]

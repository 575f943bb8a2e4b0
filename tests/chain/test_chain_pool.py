"""The pool's order, limits and news."""

import pytest

from chain.crypto import blake2_256
from chain.node.pool import (
    AlreadyImported,
    Pool,
    PoolFull,
    PoolLimits,
    Status,
    TemporarilyBanned,
    TooLowPriority,
    Transaction,
)

ALICE, BOB = b"a" * 32, b"b" * 32


class Bench:
    """A pool over nonces in a dictionary, and the news it gave."""

    def __init__(self, **limits: int) -> None:
        self.nonces: dict[bytes, int] = {}
        self.news: list[tuple[bytes, Status, bytes | None]] = []
        self.pool = Pool(lambda account: self.nonces.get(account, 0), self.listen, PoolLimits(**limits))

    def listen(self, transaction_hash: bytes, status: Status, detail: bytes | None) -> None:
        self.news.append((transaction_hash, status, detail))

    def add(self, account: bytes, nonce: int, tip: int = 0, last_block: int = 1 << 32) -> Transaction:
        raw = account + bytes([nonce, tip])
        transaction = Transaction(raw, blake2_256(raw), account, nonce, tip, last_block)
        self.pool.add(transaction)
        return transaction

    def mine(self, number: int, *included: Transaction) -> None:
        for transaction in included:
            self.nonces[transaction.account] = transaction.nonce + 1
        self.pool.settle(number, {transaction.hash: transaction for transaction in included}, list(self.nonces))


def test_ready_goes_by_tip_yet_keeps_each_account_in_order():
    bench = Bench()
    a0, a1 = bench.add(ALICE, 0, 1), bench.add(ALICE, 1, 9)
    b0, b1 = bench.add(BOB, 0, 5), bench.add(BOB, 1, 0)
    assert list(bench.pool.ready()) == [b0, a0, a1, b1]


def test_equal_tips_go_by_arrival():
    bench = Bench()
    b0, a0 = bench.add(BOB, 0), bench.add(ALICE, 0)
    assert list(bench.pool.ready()) == [b0, a0]


def test_later_nonce_waits_until_the_gap_closes():
    bench = Bench()
    a1 = bench.add(ALICE, 1)
    assert list(bench.pool.ready()) == []
    assert bench.pool.next_index(ALICE) == 0
    a0 = bench.add(ALICE, 0)
    assert list(bench.pool.ready()) == [a0, a1]
    assert bench.pool.next_index(ALICE) == 2
    assert bench.news == [(a1.hash, Status.FUTURE, None), (a0.hash, Status.READY, None), (a1.hash, Status.READY, None)]


def test_higher_tip_takes_the_place_of_a_waiting_one():
    bench = Bench()
    old, new = bench.add(ALICE, 0, 1), bench.add(ALICE, 0, 2)
    assert (old.hash, Status.USURPED, new.hash) in bench.news
    assert list(bench.pool.ready()) == [new]
    with pytest.raises(TooLowPriority, match=r"\(2 vs 1\)"):
        bench.add(ALICE, 0, 1)
    with pytest.raises(AlreadyImported):
        bench.add(ALICE, 0, 2)


def test_full_pool_drops_the_cheapest_for_a_better_one_only():
    bench = Bench(transactions=2)
    a0, a1 = bench.add(ALICE, 0, 1), bench.add(ALICE, 1, 1)
    with pytest.raises(PoolFull):
        bench.add(BOB, 0, 1)
    b0 = bench.add(BOB, 0, 2)
    assert (a1.hash, Status.DROPPED, None) in bench.news
    assert list(bench.pool.ready()) == [b0, a0]


def test_one_account_cannot_fill_the_pool():
    bench = Bench(per_account=2)
    bench.add(ALICE, 0)
    bench.add(ALICE, 1)
    with pytest.raises(PoolFull):
        bench.add(ALICE, 2, 99)
    bench.add(BOB, 0)


def test_bound_in_bytes_holds():
    bench = Bench(size_bytes=40)
    bench.add(ALICE, 0, 1)
    with pytest.raises(PoolFull):
        bench.add(BOB, 0, 1)


def test_mined_leave_and_their_rivals_hear_of_it():
    bench = Bench()
    rival = bench.add(ALICE, 0, 1)
    mined = Transaction(b"other", blake2_256(b"other"), ALICE, 0, 0, 99)
    bench.mine(1, mined)
    assert (rival.hash, Status.USURPED, mined.hash) in bench.news
    assert len(bench.pool) == 0


def test_used_nonce_without_a_known_winner_is_invalid():
    bench = Bench()
    lost = bench.add(ALICE, 0)
    bench.nonces[ALICE] = 1
    bench.mine(1)
    assert (lost.hash, Status.INVALID, None) in bench.news


def test_expired_and_rejected_are_banned_for_a_while():
    bench = Bench(ban_blocks=2)
    bench.mine(4)
    gone, bad = bench.add(ALICE, 0, last_block=4), bench.add(BOB, 0)
    bench.pool.reject(bad.hash)
    bench.mine(5)
    assert [item[:2] for item in bench.news[-2:]] == [(bad.hash, Status.INVALID), (gone.hash, Status.INVALID)]
    with pytest.raises(TemporarilyBanned):
        bench.add(ALICE, 0, last_block=4)
    bench.mine(8)
    bench.add(BOB, 0)


def test_block_that_closes_a_gap_makes_the_next_ready():
    bench = Bench()
    a1 = bench.add(ALICE, 1)
    bench.mine(1, Transaction(b"elsewhere", blake2_256(b"elsewhere"), ALICE, 0, 0, 99))
    assert bench.news[-1] == (a1.hash, Status.READY, None)
    assert bench.pool.pending() == [a1]


def test_ready_is_told_once_however_many_blocks_pass():
    bench = Bench()
    a0, a1, a2 = (bench.add(ALICE, nonce) for nonce in range(3))
    bench.mine(1, a0)
    bench.mine(2, a1)
    assert [item[:2] for item in bench.news] == [(tx.hash, Status.READY) for tx in (a0, a1, a2)]
    assert list(bench.pool.ready()) == [a2]


def test_account_that_begins_anew_keeps_what_fits_its_new_nonce():
    bench = Bench()
    a0 = bench.add(ALICE, 0)
    bench.mine(1, a0)
    a1 = bench.add(ALICE, 1)
    bench.nonces[ALICE] = 0
    bench.mine(2)
    assert bench.pool.next_index(ALICE) == 0
    again = bench.add(ALICE, 0, 1)
    assert list(bench.pool.ready()) == [again, a1]


def test_full_pool_tells_before_the_signature_is_checked_and_changes_nothing():
    bench = Bench(transactions=2)
    a0, a1 = bench.add(ALICE, 0, 1), bench.add(ALICE, 1, 1)
    raw = BOB + bytes(2)
    with pytest.raises(PoolFull):
        bench.pool.ensure_room(Transaction(raw, blake2_256(raw), BOB, 0, 1, 1 << 32))
    bench.pool.ensure_room(Transaction(raw, blake2_256(raw), BOB, 0, 2, 1 << 32))
    assert list(bench.pool.ready()) == [a0, a1]


def test_what_follows_an_included_transaction_stays_ready_and_is_not_told_again():
    bench = Bench()
    a0, a1 = bench.add(ALICE, 0), bench.add(ALICE, 1)
    bench.news.clear()
    bench.mine(1, a0)
    assert list(bench.pool.ready()) == [a1]
    assert bench.news == []

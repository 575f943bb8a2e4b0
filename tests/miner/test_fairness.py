import grpc
import pytest

from miner.fairness import FairQueue
from miner.limiter import Limiter, Rates
from wire.errors import Refusal


class Work:
    def __init__(self, caller: bytes, cost: float = 1.0) -> None:
        self.caller = caller
        self.cost = cost
        self.refusal: Refusal | None = None

    def refuse(self, refusal: Refusal) -> None:
        self.refusal = refusal


def alone(_first, _other):
    return False


def take(queue: FairQueue[Work]) -> bytes:
    (job,) = queue.take(alone, 1, 0)
    return job.caller


WEIGHTS = {b"whale": 0.9, b"small": 0.1}


def queue_of(limit=1_000, weights=WEIGHTS):
    return FairQueue(limit, lambda caller: weights.get(caller, 0.01))


def test_heavy_caller_waits_for_at_most_one_more_unit_behind_eighty_small_ones():
    queue = queue_of()
    for _ in range(80):
        queue.put(Work(b"small"))
    take(queue)
    queue.put(Work(b"whale"))
    assert b"whale" in [take(queue), take(queue)]


def test_heavy_caller_waits_for_at_most_one_more_unit_behind_eighty_small_callers():
    queue = queue_of()
    for index in range(80):
        queue.put(Work(b"stranger %d" % index))
    take(queue)
    queue.put(Work(b"whale"))
    assert b"whale" in [take(queue), take(queue)]


def test_work_is_shared_in_proportion_to_stake_and_nobody_starves():
    queue = queue_of()
    for _ in range(100):
        queue.put(Work(b"small"))
        queue.put(Work(b"whale"))
    first = [take(queue) for _ in range(100)]
    assert 8 <= first.count(b"small") <= 12


def test_idle_time_earns_no_credit():
    queue = queue_of(weights={b"a": 0.5, b"b": 0.5})
    for _ in range(50):
        queue.put(Work(b"a"))
    for _ in range(50):
        take(queue)
    for _ in range(10):
        queue.put(Work(b"a"))
        queue.put(Work(b"b"))
    assert [take(queue) for _ in range(20)].count(b"a") == 10


def test_when_full_the_one_who_holds_most_for_its_stake_gives_way():
    queue = queue_of(limit=10)
    small = [Work(b"small") for _ in range(10)]
    for work in small:
        queue.put(work)
    whale = Work(b"whale")
    queue.put(whale)
    assert whale.refusal is None
    assert [work.refusal is not None for work in small] == [False] * 9 + [True]
    refusal = small[-1].refusal
    assert refusal is not None
    assert refusal.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refusal.retry_after_seconds == 1.0


def test_work_that_joins_is_taken_together_in_order_of_fairness():
    queue = queue_of()
    for cost in (1.0, 2.0, 3.0):
        queue.put(Work(b"small", cost))
    queue.put(Work(b"whale"))
    batch = queue.take(lambda first, other: True, 3, 0)
    assert [(job.caller, job.cost) for job in batch] == [(b"whale", 1.0), (b"small", 1.0), (b"small", 2.0)]


def test_take_gives_nothing_when_there_is_nothing():
    queue = queue_of()
    assert queue.take(alone, 1, 0) == []
    queue.close()
    assert queue.take(alone, 1, None) == []


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def count_admitted(limiter, clock, calls_per_second: float, seconds: float) -> int:
    admitted = 0
    for _ in range(int(calls_per_second * seconds)):
        clock.now += 1 / calls_per_second
        try:
            limiter.admit(b"caller")
            admitted += 1
        except Refusal:
            pass
    return admitted


def test_steady_caller_under_its_rate_is_never_refused():
    clock = Clock()
    assert count_admitted(Limiter(lambda _: 0.0, clock), clock, 2, 1_000) == 2_000


def test_caller_over_its_rate_gets_exactly_its_rate_because_refusals_cost_nothing():
    clock = Clock()
    limiter = Limiter(lambda _: 0.0, clock, Rates(base=10, stake=0, burst_seconds=1))
    assert count_admitted(limiter, clock, 50, 100) == pytest.approx(1_010, abs=2)


def test_refusal_tells_when_to_come_back():
    clock = Clock()
    limiter = Limiter(lambda _: 0.0, clock, Rates(base=2, stake=0, burst_seconds=1))
    limiter.admit(b"a")
    limiter.admit(b"a")
    with pytest.raises(Refusal) as caught:
        limiter.admit(b"a")
    assert caught.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert caught.value.retry_after_seconds is not None
    clock.now += caught.value.retry_after_seconds
    limiter.admit(b"a")


def test_stake_raises_the_rate_and_one_caller_does_not_use_up_anothers():
    clock = Clock()
    limiter = Limiter({b"rich": 0.5, b"poor": 0.01}.__getitem__, clock, Rates(base=1, stake=100, burst_seconds=1))
    admitted = {b"rich": 0, b"poor": 0}
    for caller in [b"rich", b"poor"] * 100:
        try:
            limiter.admit(caller)
            admitted[caller] += 1
        except Refusal:
            pass
    assert admitted == {b"rich": 51, b"poor": 2}


def test_table_of_callers_is_bounded():
    clock = Clock()
    limiter = Limiter(lambda _: 0.0, clock)
    for index in range(20_000):
        clock.now += 0.01
        limiter.admit(b"%d" % index)
    assert len(limiter._buckets) <= 4_097

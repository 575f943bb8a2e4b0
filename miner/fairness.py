"""One bounded queue in front of the model, shared in proportion to stake."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import grpc

from wire.errors import Refusal


class Job(Protocol):
    """A unit of work that waits."""

    @property
    def caller(self) -> bytes:
        """Whose work it is."""
        ...

    @property
    def cost(self) -> float:
        """How much work it is, in tokens."""
        ...

    def refuse(self, refusal: Refusal) -> None:
        """Tell the caller that it will not be done."""
        ...


J = TypeVar("J", bound=Job)


@dataclass
class _Lane(Generic[J]):
    """What one caller waits for, each with its virtual start and finish."""

    waiting: deque[tuple[float, float, J]] = field(default_factory=deque)
    last_finish: float = 0.0


class FairQueue(Generic[J]):
    """Weighted fair queueing: the job whose virtual finish is earliest goes next.

    A caller's virtual clock runs at cost ÷ weight, so a light caller with much work waits for
    a heavy one with little, and nobody waits for ever. When full, the newest job of the
    caller that holds the most for its weight is refused. Safe for use by several threads.
    """

    def __init__(self, limit: int, weight_of: Callable[[bytes], float]) -> None:
        self._limit = limit
        self._weight_of = weight_of
        self._lanes: dict[bytes, _Lane[J]] = {}
        self._size = 0
        self._virtual = 0.0
        self._changed = threading.Condition()
        self._closed = False

    def __len__(self) -> int:
        return self._size

    def put(self, job: J) -> None:
        """Queue ``job``; somebody's is refused when there is no room."""
        with self._changed:
            lane = self._lanes.setdefault(job.caller, _Lane())
            start = max(self._virtual, lane.last_finish)
            finish = start + job.cost / self._weight_of(job.caller)
            lane.waiting.append((start, finish, job))
            lane.last_finish = finish
            self._size += 1
            crowded_out = self._push_out() if self._size > self._limit else None
            self._changed.notify()
        if crowded_out is not None:
            message = "too much work is queued for your stake (retry later)"
            crowded_out.refuse(Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, message, retry_after_seconds=1.0))

    def take(self, joins: Callable[[J, J], bool], most: int, timeout: float | None) -> list[J]:
        """The next job, and up to ``most`` in all that may be done together with it.

        Waits up to ``timeout`` seconds (None: until there is work); empty when there is none.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._size > 0 or self._closed, timeout)
            taken: list[J] = []
            while len(taken) < most:
                caller = self._earliest(taken[0] if taken else None, joins)
                if caller is None:
                    break
                taken.append(self._pop(caller))
            return taken

    def wake(self) -> None:
        """Let a waiting ``take`` return."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Let ``take`` return at once from now on, even when there is nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _earliest(self, first: J | None, joins: Callable[[J, J], bool]) -> bytes | None:
        heads = (
            (lane.waiting[0][1], caller)
            for caller, lane in self._lanes.items()
            if lane.waiting and (first is None or joins(first, lane.waiting[0][2]))
        )
        best = min(heads, default=None)
        return None if best is None else best[1]

    def _pop(self, caller: bytes) -> J:
        lane = self._lanes[caller]
        start, _, job = lane.waiting.popleft()
        self._size -= 1
        self._virtual = max(self._virtual, start)
        if not lane.waiting:
            self._forget_idle()
        return job

    def _forget_idle(self) -> None:
        """Drop lanes that are empty and have no debt left."""
        if len(self._lanes) > 1_024:
            self._lanes = {
                caller: lane for caller, lane in self._lanes.items() if lane.waiting or lane.last_finish > self._virtual
            }

    def _push_out(self) -> J:
        def load(caller: bytes) -> float:
            return len(self._lanes[caller].waiting) / self._weight_of(caller)

        lane = self._lanes[max(self._lanes, key=load)]
        start, _, job = lane.waiting.pop()
        lane.last_finish = start
        self._size -= 1
        return job

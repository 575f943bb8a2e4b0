"""The one thread that owns a device: serves first, learns when nobody asks."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Generic, Protocol, TypeVar

from miner.expert import Decoding, Expert, IsCancelled, Prefixes, Reading, Step, WorkCancelled
from miner.fairness import FairQueue
from wire.distribution import Distribution
from wire.errors import Refusal
from wire.operations import ScoreReply, ScoreRequest

logger = logging.getLogger(__name__)

R = TypeVar("R")

QUIET_SECONDS = 0.3
"""Silence after which an open session no longer keeps the model from learning."""


class Learner(Protocol):
    """Work for spare time."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to learn."""
        ...

    def step(self) -> None:
        """Learn for a few hundredths of a second."""
        ...

    def close(self) -> None:
        """Keep what was learnt."""
        ...


@dataclass(eq=False)
class Job(Generic[R]):
    """Work on its way to the worker, and where its result goes."""

    caller: bytes
    cost: float
    run: Callable[[Expert, IsCancelled], R]
    step: Step | None = None
    future: asyncio.Future[R] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def is_cancelled(self) -> bool:
        """Whether nobody waits for the result."""
        return self.future.cancelled()

    def finish(self, result: R) -> None:
        """Hand over the result, from any thread."""
        self._settle(lambda: self.future.set_result(result))

    def fail(self, error: Exception) -> None:
        """Hand over a failure, from any thread."""
        self._settle(lambda: self.future.set_exception(error))

    def refuse(self, refusal: Refusal) -> None:
        """Tell the caller that it will not be done."""
        self.fail(refusal)

    def _settle(self, settle: Callable[[], None]) -> None:
        self.future.get_loop().call_soon_threadsafe(lambda: None if self.future.done() else settle())


@dataclass(frozen=True)
class WorkerConfig:
    """Bounds of the worker."""

    queued: int = 256
    batched: int = 32
    """Decode steps taken at once."""


class Worker(AbstractAsyncContextManager["Worker"]):
    """Runs an expert in its own thread, fairly among callers, and a learner in the gaps."""

    def __init__(
        self,
        expert: Expert,
        weight_of: Callable[[bytes], float],
        learner: Learner | None = None,
        config: WorkerConfig | None = None,
    ) -> None:
        self._expert = expert
        self._learner = learner
        self._config = config or WorkerConfig()
        self._queue: FairQueue[Job[object]] = FairQueue(self._config.queued, weight_of)
        self._thread = threading.Thread(target=self._work, name="worker", daemon=True)
        self._stopping = False
        self._active_at = -QUIET_SECONDS
        self.open_sessions = 0

    async def __aenter__(self) -> "Worker":
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish what is queued, then stop."""
        self._stopping = True
        self._queue.close()
        await asyncio.to_thread(self._thread.join)

    async def start(self, caller: bytes, prefixes: Prefixes) -> Decoding:
        """Read prefixes."""
        cost = float(sum(map(len, prefixes)))
        return await self._do(Job(caller, cost, lambda expert, _: expert.start(prefixes)))

    async def advance(self, caller: bytes, step: Step) -> Distribution:
        """Take one step, together with those of other sessions that wait."""
        return await self._do(Job(caller, float(len(step.tokens)), lambda expert, _: expert.advance([step])[0], step))

    async def read(self, caller: bytes, reading: Reading) -> Distribution:
        """Take several tokens of one session at once; what follows each, sequence by sequence."""
        cost = float(sum(map(len, reading.block)))
        return await self._do(Job(caller, cost, lambda expert, _: expert.read(reading)))

    async def score(self, caller: bytes, request: ScoreRequest) -> ScoreReply:
        """Score sequences."""
        cost = float(sum(map(len, request.input_ids)))
        return await self._do(Job(caller, cost, lambda expert, is_cancelled: expert.score(request, is_cancelled)))

    async def run(self, caller: bytes, cost: float, work: Callable[[], R]) -> R:
        """Do other work of the device when it is the caller's turn; ``cost`` as if it were so many tokens."""
        return await self._do(Job(caller, cost, lambda _expert, _is_cancelled: work()))

    async def _do(self, job: Job[R]) -> R:
        self._queue.put(job)  # type: ignore[arg-type]
        return await job.future

    def _work(self) -> None:
        while True:
            jobs = self._queue.take(_join, self._config.batched, self._patience())
            wanted = [job for job in jobs if not job.is_cancelled()]
            if wanted:
                self._run(wanted)
                self._active_at = time.monotonic()
            elif self._stopping and not len(self._queue):
                break
            elif not jobs and self._may_learn():
                self._learn()
        if self._learner is not None:
            self._learner.close()

    def _patience(self) -> float | None:
        """How long to wait for work: not at all when there is something to learn now."""
        if self._stopping:
            return 0.0
        if self._learner is None or self._learner.finished:
            return None
        return max(0.0, self._quiet_at() - time.monotonic())

    def _quiet_at(self) -> float:
        return self._active_at + QUIET_SECONDS if self.open_sessions else self._active_at

    def _may_learn(self) -> bool:
        learner = self._learner
        return learner is not None and not learner.finished and time.monotonic() >= self._quiet_at()

    def _learn(self) -> None:
        assert self._learner is not None
        try:
            self._learner.step()
        except Exception:  # supervisor: what was learnt so far still serves
            logger.exception("training failed; the expert serves what it has learnt so far")
            self._learner = None

    def _run(self, jobs: Sequence[Job[object]]) -> None:
        steps = [job.step for job in jobs if job.step is not None]
        try:
            if len(steps) > 1:
                for job, distribution in zip(jobs, self._expert.advance(steps), strict=True):
                    job.finish(distribution)
                return
            (job,) = jobs
            job.finish(job.run(self._expert, job.is_cancelled))
        except WorkCancelled:
            return
        except Exception as error:  # noqa: BLE001  (supervisor: the caller hears of it, the thread goes on)
            for job in jobs:
                job.fail(error)


def _join(first: Job[object], other: Job[object]) -> bool:
    """Decode steps of different sessions are done together."""
    return first.step is not None and other.step is not None

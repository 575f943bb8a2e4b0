"""The miner's side of the wire: who may ask, how much, and which engine answers."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import grpc
import numpy as np
from numpy.typing import NDArray

from miner.decoding import LocalSession
from miner.limiter import Limiter
from miner.membership import Membership
from miner.worker import Worker
from wire.errors import Refusal
from wire.operations import Description, ScoreReply, ScoreRequest
from wire.server import ServedSession

Prefixes = tuple[tuple[int, ...], ...]


class Engine(Protocol):
    """Where answers come from: our own model, or somebody else's."""

    async def score(self, caller: bytes, request: ScoreRequest) -> ScoreReply:
        """Distributions over given sequences."""
        ...

    def session(self, caller: bytes, prefixes: Prefixes) -> AbstractAsyncContextManager[ServedSession]:
        """Open a decode session."""
        ...


@runtime_checkable
class TensorEngine(Engine, Protocol):
    """Where answers about tensors come from."""

    @property
    def tensor_shape(self) -> tuple[int, ...]:
        """Shape of a tensor that it takes."""
        ...

    def tensor_session(self, caller: bytes, tensors: NDArray[np.float32]) -> AbstractAsyncContextManager[ServedSession]:
        """Open a session over tensors."""
        ...


class LocalEngine:
    """Answers from the worker of this process."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def score(self, caller: bytes, request: ScoreRequest) -> ScoreReply:
        """Distributions over given sequences."""
        return await self._worker.score(caller, request)

    @asynccontextmanager
    async def session(self, caller: bytes, prefixes: Prefixes) -> AsyncIterator[LocalSession]:
        """Open a decode session; training waits while it is busy."""
        self._worker.open_sessions += 1
        try:
            yield LocalSession(self._worker, caller, await self._worker.start(caller, prefixes))
        finally:
            self._worker.open_sessions -= 1


@dataclass(frozen=True)
class ServiceConfig:
    """Bounds of the service."""

    sessions: int = 64
    """In all; a caller may always hold its part by stake."""
    least_sessions: int = 4
    """A caller may hold when there is room."""


class MinerService:
    """Implements ``wire.server.ExpertHandler``."""

    def __init__(
        self,
        engine: Engine,
        membership: Membership,
        describe: Callable[[], Description],
        config: ServiceConfig | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._membership = membership
        self._describe = describe
        self._config = config or ServiceConfig()
        self._limiter = Limiter(membership.share_of, clock)
        self._sessions: dict[bytes, int] = {}
        self._draining = False
        self.requests = 0

    @property
    def open_sessions(self) -> int:
        """Sessions open now."""
        return sum(self._sessions.values())

    def drain(self) -> None:
        """Take no new work from now on."""
        self._draining = True

    def authorize(self, caller: bytes, method: str) -> None:
        """Refuse hotkeys without the right to ``method``."""
        self._membership.authorize(caller, method)

    def admit(self, caller: bytes, method: str) -> None:
        """Refuse when draining or when the caller asks too often."""
        if self._draining:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, "the miner is shutting down (retry later)", 5.0)
        self._limiter.admit(caller)
        self.requests += 1

    def is_ready(self) -> bool:
        """Whether new work is taken."""
        return not self._draining

    def describe(self) -> Description:
        """What this miner serves."""
        return self._describe()

    async def score(self, caller: bytes, request: ScoreRequest) -> ScoreReply:
        """Distributions over given sequences."""
        return await self._engine.score(caller, request)

    @property
    def tensor_shape(self) -> tuple[int, ...] | None:
        """Shape of a tensor that this miner takes; None when it reads tokens."""
        return self._engine.tensor_shape if isinstance(self._engine, TensorEngine) else None

    def session(self, caller: bytes, prefixes: Prefixes) -> AbstractAsyncContextManager[ServedSession]:
        """Open a decode session within the caller's bound."""
        return self._within_bound(caller, self._engine.session(caller, prefixes))

    def tensor_session(self, caller: bytes, tensors: NDArray[np.float32]) -> AbstractAsyncContextManager[ServedSession]:
        """Open a session over tensors within the caller's bound."""
        assert isinstance(self._engine, TensorEngine), "only asked of experts that take tensors"
        return self._within_bound(caller, self._engine.tensor_session(caller, tensors))

    @asynccontextmanager
    async def _within_bound(
        self, caller: bytes, opening: AbstractAsyncContextManager[ServedSession]
    ) -> AsyncIterator[ServedSession]:
        self._take_slot(caller)
        try:
            async with opening as session:
                yield session
        finally:
            self._sessions[caller] -= 1
            if not self._sessions[caller]:
                del self._sessions[caller]

    def _take_slot(self, caller: bytes) -> None:
        held = self._sessions.get(caller, 0)
        due = int(self._config.sessions * self._membership.share_of(caller))
        room = self.open_sessions < self._config.sessions and held < max(due, self._config.least_sessions)
        if not room and held >= due:
            message = f"{held} sessions of yours and {self.open_sessions} in all are open (close some, or add stake)"
            raise Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, message, 1.0)
        self._sessions[caller] = held + 1

"""Utility pallet: several calls in one extrinsic."""

from collections.abc import Sequence

from chain.runtime.dispatch import Call, Context, RuntimeCall, call, event
from chain.runtime.errors import DispatchError, ModuleError
from chain.runtime.outcome import DispatchFailure, describe_failure
from chain.runtime.pallet import Constant
from chain.runtime.types import Weight
from chain.scale.hints import u32
from chain.scale.types import U32, erase

BATCHED_CALLS_LIMIT = 10_922

CONSTANTS = (Constant("batched_calls_limit", erase(U32), BATCHED_CALLS_LIMIT, "The limit on the number of calls."),)


class TooManyCalls(ModuleError, index=0):
    """Too many calls batched."""


@event(0)
class BatchInterrupted:
    """Batch of dispatches did not complete fully; index of first failing dispatch given, as well as the error."""

    index: u32
    error: DispatchFailure


@event(1)
class BatchCompleted:
    """Batch of dispatches completed fully with no error."""


@event(2)
class BatchCompletedWithErrors:
    """Batch of dispatches completed but has errors."""


@event(3)
class ItemCompleted:
    """A single item within a Batch of dispatches has completed with no error."""


@event(4)
class ItemFailed:
    """A single item within a Batch of dispatches has completed with error."""

    error: DispatchFailure


def weigh_batch(calls: Sequence[Call]) -> Weight:
    """Weight of all calls together."""
    return sum((inner.weight for inner in calls), Weight(74_000_000, 0))


@call(0, weight=weigh_batch)
def batch(ctx: Context, calls: list[RuntimeCall]) -> None:
    """Send a batch of dispatch calls; stops at the first that fails, and keeps those before."""
    _check_number(calls)
    for index, inner in enumerate(calls):
        try:
            inner.dispatch(ctx)
        except DispatchError as error:
            ctx.deposit(BatchInterrupted(index, describe_failure(error)))
            return
        ctx.deposit(ItemCompleted())
    ctx.deposit(BatchCompleted())


@call(2, weight=weigh_batch)
def batch_all(ctx: Context, calls: list[RuntimeCall]) -> None:
    """Send a batch of dispatch calls and atomically execute them: all or none."""
    _check_number(calls)
    for inner in calls:
        inner.dispatch(ctx)
        ctx.deposit(ItemCompleted())
    ctx.deposit(BatchCompleted())


@call(4, weight=weigh_batch)
def force_batch(ctx: Context, calls: list[RuntimeCall]) -> None:
    """Send a batch of dispatch calls; goes on where one fails."""
    _check_number(calls)
    failures = 0
    for inner in calls:
        try:
            inner.dispatch(ctx)
        except DispatchError as error:
            failures += 1
            ctx.deposit(ItemFailed(describe_failure(error)))
        else:
            ctx.deposit(ItemCompleted())
    ctx.deposit(BatchCompletedWithErrors() if failures else BatchCompleted())


def _check_number(calls: Sequence[Call]) -> None:
    if len(calls) > BATCHED_CALLS_LIMIT:
        raise TooManyCalls(f"{len(calls)} calls exceed {BATCHED_CALLS_LIMIT}")

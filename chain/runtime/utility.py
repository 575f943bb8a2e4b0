"""Utility pallet: several calls in one extrinsic, and calls as somebody else."""

from collections.abc import Sequence
from typing import Annotated

from chain.crypto import blake2_256
from chain.runtime.dispatch import Call, Context, Origin, Root, RuntimeCall, Signed, Unsigned, call, event
from chain.runtime.errors import BadOrigin, DispatchError, ModuleError
from chain.runtime.outcome import DispatchFailure, DispatchResult, Failure, describe_failure
from chain.runtime.pallet import Constant
from chain.runtime.system import CallFiltered
from chain.runtime.types import ACCOUNT_ID, AccountId, Weight
from chain.scale.composite import enum_of, variant
from chain.scale.hints import TypeName, u16, u32
from chain.scale.types import U16, U32, Type, erase

BATCHED_CALLS_LIMIT = 10_922

CONSTANTS = (Constant("batched_calls_limit", erase(U32), BATCHED_CALLS_LIMIT, "The limit on the number of calls."),)


@variant(0, name="Root")
class RawRoot:
    """The chain itself."""


@variant(1, name="Signed")
class RawSigned:
    """An account."""

    account: AccountId


@variant(2, name="None")
class RawNone:
    """The author of the block."""


@variant(3, name="Authorized")
class RawAuthorized:
    """A transaction that nobody signed but the runtime lets pass; this chain has none."""


RawOrigin = RawRoot | RawSigned | RawNone | RawAuthorized
RAW_ORIGIN: Type[RawOrigin] = enum_of(
    "frame_support::dispatch::RawOrigin",
    RawRoot,
    RawSigned,
    RawNone,
    RawAuthorized,
    params=(("AccountId", erase(ACCOUNT_ID)),),
)


@variant(0, name="system")
class SystemOrigin:
    """An origin that every chain has."""

    origin: Annotated[RawOrigin, RAW_ORIGIN]


ORIGIN_CALLER: Type[SystemOrigin] = enum_of("node_subtensor_runtime::OriginCaller", SystemOrigin)
OriginCaller = Annotated[SystemOrigin, ORIGIN_CALLER, TypeName("Box<T::PalletsOrigin>")]


class TooManyCalls(ModuleError, index=0):
    """Too many calls batched."""


class InvalidDerivedAccount(ModuleError, index=1):
    """Bad input data for derived account ID"""


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


@event(5)
class DispatchedAs:
    """A call was dispatched."""

    result: DispatchResult


@event(6)
class IfElseMainSuccess:
    """Main call was dispatched."""


@event(7)
class IfElseFallbackCalled:
    """The fallback call was dispatched."""

    main_error: DispatchFailure


def weigh_batch(calls: Sequence[Call]) -> Weight:
    """Weight of all calls together."""
    return sum((inner.weight for inner in calls), Weight(74_000_000, 0))


@call(0, weight=weigh_batch)
def batch(ctx: Context, calls: list[RuntimeCall]) -> None:
    """Send a batch of dispatch calls; stops at the first that fails, and keeps those before."""
    _check(ctx, calls)
    for index, inner in enumerate(calls):
        failure = _attempt(ctx, inner)
        if failure:
            ctx.deposit(BatchInterrupted(index, failure))
            return
        ctx.deposit(ItemCompleted())
    ctx.deposit(BatchCompleted())


@call(1, weight=lambda index, call: call.weight + Weight(20_000_000, 0))
def as_derivative(ctx: Context, index: u16, call: RuntimeCall) -> None:
    """Send a call through an indexed pseudonym of the sender."""
    pseudonym = derive_account(ctx.signer(), index)
    call.dispatch(ctx.narrowed(Signed(pseudonym)))


@call(2, weight=weigh_batch)
def batch_all(ctx: Context, calls: list[RuntimeCall]) -> None:
    """Send a batch of dispatch calls and atomically execute them: all or none."""
    _check(ctx, calls)
    for inner in calls:
        inner.dispatch(ctx)
        ctx.deposit(ItemCompleted())
    ctx.deposit(BatchCompleted())


@call(3, weight=lambda as_origin, call: call.weight + Weight(20_000_000, 0))
def dispatch_as(ctx: Context, as_origin: OriginCaller, call: RuntimeCall) -> None:
    """Dispatches a function call with a provided origin; root only. Succeeds whatever the call does."""
    ctx.ensure_root()
    ctx.deposit(DispatchedAs(_attempt(ctx.as_origin(_origin_of(as_origin)), call)))


@call(4, weight=weigh_batch)
def force_batch(ctx: Context, calls: list[RuntimeCall]) -> None:
    """Send a batch of dispatch calls; goes on where one fails."""
    _check(ctx, calls)
    failures = [failure for inner in calls if (failure := _attempt_item(ctx, inner))]
    ctx.deposit(BatchCompletedWithErrors() if failures else BatchCompleted())


@call(5, weight=lambda call, weight: weight)
def with_weight(ctx: Context, call: RuntimeCall, weight: Weight) -> None:
    """Dispatch a function call with a specified weight; root only."""
    ctx.ensure_root()
    call.dispatch(ctx)


@call(6, weight=lambda main, fallback: main.weight + fallback.weight + Weight(20_000_000, 0))
def if_else(ctx: Context, main: RuntimeCall, fallback: RuntimeCall) -> None:
    """Dispatch a fallback call in the event the main call fails to execute."""
    failure = _attempt(ctx, main)
    if failure is None:
        ctx.deposit(IfElseMainSuccess())
        return
    fallback.dispatch(ctx)
    ctx.deposit(IfElseFallbackCalled(failure))


@call(7, weight=lambda as_origin, call: call.weight + Weight(20_000_000, 0))
def dispatch_as_fallible(ctx: Context, as_origin: OriginCaller, call: RuntimeCall) -> None:
    """Dispatches a function call with a provided origin; root only. Fails as the call does."""
    ctx.ensure_root()
    call.dispatch(ctx.as_origin(_origin_of(as_origin)))
    ctx.deposit(DispatchedAs(None))


def derive_account(who: bytes, index: int) -> bytes:
    """The pseudonym of an account, which only it can use."""
    return blake2_256(b"modlpy/utilisuba" + who + U16.encode(index))


def _check(ctx: Context, calls: Sequence[Call]) -> None:
    """Let only batches pass that are not too long and, unless root sends them, hold no batches."""
    nested = any(inner.declaration in (batch, batch_all, force_batch) for inner in calls)
    if nested and not isinstance(ctx.origin, Root):
        raise CallFiltered
    if len(calls) > BATCHED_CALLS_LIMIT:
        raise TooManyCalls(f"{len(calls)} calls exceed {BATCHED_CALLS_LIMIT}")


def _attempt(ctx: Context, inner: Call) -> Failure | None:
    """How the call failed, if it did; then it changed nothing."""
    try:
        inner.dispatch(ctx)
    except DispatchError as error:
        return describe_failure(error)
    return None


def _attempt_item(ctx: Context, inner: Call) -> Failure | None:
    failure = _attempt(ctx, inner)
    ctx.deposit(ItemFailed(failure) if failure else ItemCompleted())
    return failure


def _origin_of(caller: SystemOrigin) -> Origin:
    match caller.origin:
        case RawRoot():
            return Root()
        case RawSigned(account):
            return Signed(account)
        case RawNone():
            return Unsigned()
    raise BadOrigin("this chain authorises no transactions that nobody signed")

"""Calls, events and pallets: how a module becomes part of the runtime.

A pallet is written as one or more plain modules: storage items, errors, events, calls, hooks, in that order.

    FREE = StorageMap("Balances", "Free", (BLAKE2_128_CONCAT, ACCOUNT_ID), U64, default=0)

    class InsufficientBalance(ModuleError, index=2):
        "Balance too low to send value."

    @event(2)
    class Transfer:
        "Transfer succeeded."
        from_: AccountId
        to: AccountId
        amount: Balance

    @call(3, weight=160_000_000)
    def transfer_keep_alive(ctx: Context, dest: MultiAddress, value: CompactBalance) -> None:
        "Move ``value`` rao, leaving the sender alive."
        source = ctx.signer()
        ...
        ctx.deposit(Transfer(source, target, value))

``chain.runtime.pallet.build_pallet`` collects what the modules declare. Inside a call: check everything, then
write, then deposit. A raised ``DispatchError`` undoes all of it; any other exception is a bug.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Concatenate, Generic, ParamSpec, TypeVar, dataclass_transform

from chain.record import record
from chain.runtime import yuma
from chain.runtime.errors import BadOrigin
from chain.runtime.types import DispatchClass, Pays, Weight
from chain.runtime.yuma import EpochCompute
from chain.scale.composite import Late, docs_of, variant
from chain.scale.hints import Field, TypeName, fields_of
from chain.scale.source import Decoder, Encoder, build_decoder, build_encoder, make_tuple
from chain.state.overlay import State

P = ParamSpec("P")
T = TypeVar("T")

MAX_CALL_DEPTH = 16
"""How deeply calls may hold calls (sudo, batches)."""

RUNTIME_CALL: "Late[Call]" = Late("RuntimeCall", 2, MAX_CALL_DEPTH)
"""Any call of the runtime, for calls that take calls."""

RUNTIME_EVENT: Late[object] = Late("RuntimeEvent", 2, MAX_CALL_DEPTH)
"""Any event of the runtime."""


@record
class Signed:
    """The caller is the account that signed."""

    account: bytes


@record
class Root:
    """The caller is the chain itself: sudo, genesis, hooks."""


@record
class Unsigned:
    """The caller is the block's author: inherents."""


Origin = Signed | Root | Unsigned
CallFilter = Callable[["Call"], None]
"""Raises a ``DispatchError`` where the call is not allowed."""

CallGuard = Callable[[State, int, bytes, "Call"], None]
"""Raises a ``DispatchError`` where an account may not make the call in that block."""


@record
class Context:
    """What a call or hook sees of the world.

    ``timestamp`` is that of the block, in milliseconds; ``compute_epoch`` computes epochs. ``filters`` are what the
    origin may call, and all that is called from there; ``guard`` judges every signed call.
    """

    state: State
    origin: Origin
    block_number: int
    timestamp: int
    compute_epoch: EpochCompute = yuma.compute
    extrinsic_index: int = 0
    filters: tuple[CallFilter, ...] = ()
    guard: CallGuard | None = None

    def deposit(self, event: object) -> None:
        """Announce an event of any pallet."""
        self.state.events.append(event)

    def signer(self) -> bytes:
        """Account that signed.

        Raises:
            BadOrigin: nobody did.
        """
        if isinstance(self.origin, Signed):
            return self.origin.account
        raise BadOrigin("this call must be signed")

    def ensure_root(self) -> None:
        """Let only the chain itself pass.

        Raises:
            BadOrigin: the caller is somebody else.
        """
        if not isinstance(self.origin, Root):
            raise BadOrigin("this call is reserved to root")

    def ensure_none(self) -> None:
        """Let only inherents pass.

        Raises:
            BadOrigin: the caller is somebody else.
        """
        if not isinstance(self.origin, Unsigned):
            raise BadOrigin("this call is reserved to the block's author")

    def as_origin(self, origin: Origin, *filters: CallFilter) -> "Context":
        """The same world as another caller sees it, who may only make calls that pass ``filters``."""
        return replace(self, origin=origin, filters=filters)

    def narrowed(self, origin: Origin) -> "Context":
        """The same world as another caller sees it, who may call no more than this one."""
        return replace(self, origin=origin)


@dataclass(frozen=True, eq=False)
class CallDeclaration(Generic[P]):
    """A function that transactions can call; ``index`` is its number in the pallet.

    It may return ``Pays.No`` to have the fee given back after success.
    """

    index: int
    function: Callable[Concatenate[Context, P], Pays | None]
    weight: Weight | Callable[..., Weight]
    pays: Pays
    dispatch_class: DispatchClass

    def __call__(self, ctx: Context, *args: P.args, **kwargs: P.kwargs) -> Pays | None:
        """Run it, for other modules."""
        return self.function(ctx, *args, **kwargs)

    @property
    def name(self) -> str:
        """Name in the metadata."""
        return self.function.__name__.rstrip("_")

    @property
    def docs(self) -> tuple[str, ...]:
        """Lines of the docstring."""
        return docs_of(self.function)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Arguments without the context."""
        return fields_of(self.function, skip=1)

    @cached_property
    def encoder(self) -> Encoder:
        """Encoder of a tuple of arguments."""
        types = [argument.type for argument in self.fields]
        return build_encoder(types, [f"v[{position}]" for position in range(len(types))])

    @cached_property
    def decoder(self) -> Decoder:
        """Decoder of a tuple of arguments."""
        return build_decoder([argument.type for argument in self.fields], make_tuple)

    def with_args(self, *args: P.args, **kwargs: P.kwargs) -> "Call":
        """The call with arguments, ready to be encoded or dispatched."""
        assert not kwargs, "arguments of a call are positional"
        return Call(self, args)


@record
class Call:
    """A call and its arguments."""

    declaration: "CallDeclaration[...]"
    args: tuple[object, ...]

    @property
    def weight(self) -> Weight:
        """What it is charged for."""
        weight = self.declaration.weight
        return weight if isinstance(weight, Weight) else weight(*self.args)

    def dispatch(self, ctx: Context) -> Pays | None:
        """Run it; all or nothing.

        Raises:
            DispatchError: it failed, and changed nothing.
        """
        for ensure_allowed in ctx.filters:
            ensure_allowed(self)
        if ctx.guard is not None and isinstance(ctx.origin, Signed):
            ctx.guard(ctx.state, ctx.block_number, ctx.origin.account, self)
        with ctx.state.transaction():
            return self.declaration.function(ctx, *self.args)


def call(
    index: int,
    *,
    weight: int | Callable[..., Weight] = 100_000_000,
    pays: Pays = Pays.Yes,
    dispatch_class: DispatchClass = DispatchClass.Normal,
) -> Callable[[Callable[Concatenate[Context, P], Pays | None]], CallDeclaration[P]]:
    """Declare the function as call ``index`` of its pallet.

    ``weight`` is picoseconds of reference time, or a function of the arguments.
    """
    weighed = Weight(weight, 0) if isinstance(weight, int) else weight

    def decorate(function: Callable[Concatenate[Context, P], Pays | None]) -> CallDeclaration[P]:
        return CallDeclaration(index, function, weighed, pays, dispatch_class)

    return decorate


@dataclass_transform(frozen_default=True)
def event(index: int, *, named: bool = True) -> Callable[[type[T]], type[T]]:
    """Declare the class as event ``index`` of its pallet; ``named`` is False for tuple-like events."""

    def decorate(cls: type[T]) -> type[T]:
        made = variant(index, named=named)(cls)
        made.__event__ = True  # type: ignore[attr-defined]
        return made

    return decorate


RuntimeCall = Annotated[Call, RUNTIME_CALL, TypeName("Box<<T as Config>::RuntimeCall>")]

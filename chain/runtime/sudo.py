"""Sudo pallet: one key that may call as root."""

from typing import Annotated

from chain.runtime.balances import lookup
from chain.runtime.dispatch import Call, Context, Origin, Root, RuntimeCall, Signed, call, event
from chain.runtime.errors import DispatchError, ModuleError
from chain.runtime.outcome import DispatchResult, Failure, describe_failure
from chain.runtime.storage import StorageValue
from chain.runtime.types import ACCOUNT_ID, AccountId, MultiAddress, Pays, Weight
from chain.scale.containers import Option
from chain.scale.hints import TypeName

KEY = StorageValue("Sudo", "Key", ACCOUNT_ID, docs="The `AccountId` of the sudo key.")


class RequireSudo(ModuleError, index=0):
    """Sender must be the Sudo account."""


@event(0)
class Sudid:
    """A sudo call just took place."""

    sudo_result: DispatchResult


@event(1)
class KeyChanged:
    """The sudo key has been updated."""

    old: Annotated[bytes | None, Option(ACCOUNT_ID), TypeName("Option<T::AccountId>")]
    new: AccountId


@event(2)
class KeyRemoved:
    """The key was permanently removed."""


@event(3)
class SudoAsDone:
    """A sudo_as call just took place."""

    sudo_result: DispatchResult


def weigh_sudo(call: Call) -> Weight:
    """Weight of a call through sudo."""
    return call.weight + Weight(10_000_000, 0)


@call(0, weight=weigh_sudo)
def sudo(ctx: Context, call: RuntimeCall) -> Pays:
    """Authenticates the sudo key and dispatches a function call with `Root` origin."""
    _ensure_sudo(ctx)
    ctx.deposit(Sudid(_dispatch(ctx, Root(), call)))
    return Pays.No


@call(1, weight=lambda call, weight: weight)
def sudo_unchecked_weight(ctx: Context, call: RuntimeCall, weight: Weight) -> Pays:
    """Authenticates the sudo key and dispatches a function call with `Root` origin and a given weight."""
    _ensure_sudo(ctx)
    ctx.deposit(Sudid(_dispatch(ctx, Root(), call)))
    return Pays.No


@call(2, weight=30_000_000)
def set_key(ctx: Context, new: MultiAddress) -> Pays:
    """Authenticates the current sudo key and sets the given AccountId as the new sudo key."""
    old = _ensure_sudo(ctx)
    key = lookup(new)
    KEY.put(ctx.state, key)
    ctx.deposit(KeyChanged(old, key))
    return Pays.No


@call(3, weight=lambda who, call: weigh_sudo(call))
def sudo_as(ctx: Context, who: MultiAddress, call: RuntimeCall) -> Pays:
    """Authenticates the sudo key and dispatches a function call with `Signed` origin from a given account."""
    _ensure_sudo(ctx)
    ctx.deposit(SudoAsDone(_dispatch(ctx, Signed(lookup(who)), call)))
    return Pays.No


@call(4, weight=30_000_000)
def remove_key(ctx: Context) -> Pays:
    """Permanently removes the sudo key."""
    _ensure_sudo(ctx)
    KEY.remove(ctx.state)
    ctx.deposit(KeyRemoved())
    return Pays.No


def _ensure_sudo(ctx: Context) -> bytes:
    """The sudo key, which must have signed."""
    who = ctx.signer()
    if who != KEY.get(ctx.state):
        raise RequireSudo("the signer is not the sudo key")
    return who


def _dispatch(ctx: Context, origin: Origin, call: Call) -> Failure | None:
    """Outcome of the inner call, which is undone alone where it fails."""
    try:
        call.dispatch(ctx.as_origin(origin))
    except DispatchError as error:
        return describe_failure(error)
    return None

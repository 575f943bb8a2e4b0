"""Balances pallet: accounts hold rao (10**9 rao are one TAO), and ``TotalIssuance`` is their sum.

Moving rao within the pallet leaves the issuance as it is; ``deposit`` and ``withdraw``, by which other
pallets pay accounts or take from them, change both, so that the sum holds after every call.
"""

from dataclasses import replace
from enum import Enum

from chain.runtime.dispatch import Context, call, event
from chain.runtime.errors import (
    BelowMinimum,
    CannotLookup,
    FundsUnavailable,
    ModuleError,
    NotExpendable,
    Overflow,
)
from chain.runtime.pallet import Constant
from chain.runtime.storage import StateReader, StorageValue
from chain.runtime.system import ACCOUNT, KilledAccount, NewAccount
from chain.runtime.types import AccountId, AccountInfo, Address, Balance, CompactBalance, Id, MultiAddress
from chain.scale.composite import unit_enum
from chain.scale.types import U32, U64, erase
from chain.state.overlay import State

EXISTENTIAL_DEPOSIT = 500
"""Fewest rao with which an account may exist; less is dust, and burned."""

MAX_BALANCE = 2**64 - 1


@unit_enum("pallet_balances::types::AdjustmentDirection")
class AdjustmentDirection(Enum):
    """Whether to raise or lower."""

    Increase = 0
    Decrease = 1


TOTAL_ISSUANCE = StorageValue("Balances", "TotalIssuance", U64, default=0, docs="The total units issued in the system.")
INACTIVE_ISSUANCE = StorageValue(
    "Balances", "InactiveIssuance", U64, default=0, docs="The total units of outstanding deactivated balance."
)

CONSTANTS = (
    Constant("ExistentialDeposit", erase(U64), EXISTENTIAL_DEPOSIT, "The minimum amount required to keep an account."),
    Constant("MaxLocks", erase(U32), 50, "The maximum number of locks that should exist on an account."),
    Constant("MaxReserves", erase(U32), 50, "The maximum number of named reserves that can exist on an account."),
    Constant("MaxFreezes", erase(U32), 50, "The maximum number of individual freeze locks on an account."),
)


class VestingBalance(ModuleError, index=0):
    """Vesting balance too high to send value."""


class LiquidityRestrictions(ModuleError, index=1):
    """Account liquidity restrictions prevent withdrawal."""


class InsufficientBalance(ModuleError, index=2):
    """Balance too low to send value."""


class ExistentialDeposit(ModuleError, index=3):
    """Value too low to create account due to existential deposit."""


class Expendability(ModuleError, index=4):
    """Transfer/payment would kill account."""


class ExistingVestingSchedule(ModuleError, index=5):
    """A vesting schedule already exists for this account."""


class DeadAccount(ModuleError, index=6):
    """Beneficiary account must pre-exist."""


class TooManyReserves(ModuleError, index=7):
    """Number of named reserves exceed `MaxReserves`."""


class TooManyHolds(ModuleError, index=8):
    """Number of holds exceed `VariantCountOf<T::RuntimeHoldReason>`."""


class TooManyFreezes(ModuleError, index=9):
    """Number of freezes exceed `MaxFreezes`."""


class IssuanceDeactivated(ModuleError, index=10):
    """The issuance cannot be modified since it is already deactivated."""


class DeltaZero(ModuleError, index=11):
    """The delta cannot be zero."""


@event(0)
class Endowed:
    """An account was created with some free balance."""

    account: AccountId
    free_balance: Balance


@event(1)
class DustLost:
    """An account was removed whose balance was non-zero but below the existential deposit."""

    account: AccountId
    amount: Balance


@event(2)
class Transfer:
    """Transfer succeeded."""

    from_: AccountId
    to: AccountId
    amount: Balance


@event(3)
class BalanceSet:
    """A balance was set by root."""

    who: AccountId
    free: Balance


@event(7)
class Deposit:
    """Some amount was deposited (e.g. for staking or emission)."""

    who: AccountId
    amount: Balance


@event(8)
class Withdraw:
    """Some amount was withdrawn from the account (e.g. for fees)."""

    who: AccountId
    amount: Balance


@event(11)
class Burned:
    """Some amount was burned from an account."""

    who: AccountId
    amount: Balance


@event(15)
class Issued:
    """Total issuance was increased by `amount`, creating a credit to be balanced."""

    amount: Balance


@event(16)
class Rescinded:
    """Total issuance was decreased by `amount`, creating a debt to be balanced."""

    amount: Balance


def get_free(state: StateReader, who: bytes) -> int:
    """Rao that ``who`` can move."""
    return ACCOUNT.get(state, who).data.free


def can_withdraw(state: StateReader, who: bytes, amount: int) -> bool:
    """Whether ``who`` can pay ``amount`` and stay alive."""
    return get_free(state, who) - amount >= EXISTENTIAL_DEPOSIT


def withdraw(ctx: Context, who: bytes, amount: int, *, keep_alive: bool = True) -> None:
    """Take ``amount`` rao from ``who`` and out of the issuance.

    Raises:
        FundsUnavailable: ``who`` holds less.
        NotExpendable: too little would remain, and the account must stay alive.
    """
    if amount == 0:
        return
    decrease_balance(ctx, who, amount, keep_alive=keep_alive)
    _change_issuance(ctx.state, -amount)
    ctx.deposit(Withdraw(who, amount))


def withdraw_from(ctx: Context, who: bytes, account: AccountInfo, amount: int) -> None:
    """Store ``account`` as that of ``who``, less ``amount`` rao that leave the issuance.

    Raises:
        FundsUnavailable: it holds less.
        NotExpendable: too little would remain to keep it alive.
    """
    if amount == 0:
        ACCOUNT.put(ctx.state, who, account)
        return
    ACCOUNT.put(ctx.state, who, account.with_free(_check_decrease(account, amount, keep_alive=True)))
    _change_issuance(ctx.state, -amount)
    ctx.deposit(Withdraw(who, amount))


def deposit(ctx: Context, who: bytes, amount: int) -> None:
    """Give ``amount`` rao to ``who`` and add it to the issuance.

    Raises:
        BelowMinimum: the account does not exist and the amount is too small to create it.
        Overflow: a balance or the issuance would leave its range.
    """
    if amount == 0:
        return
    increase_balance(ctx, who, amount)
    _change_issuance(ctx.state, amount)
    ctx.deposit(Deposit(who, amount))


def transfer(ctx: Context, source: bytes, target: bytes, amount: int, *, keep_alive: bool = True) -> None:
    """Move ``amount`` rao from ``source`` to ``target``.

    Raises:
        FundsUnavailable: ``source`` holds less.
        NotExpendable: too little would remain, and the account must stay alive.
        BelowMinimum: the target does not exist and the amount is too small to create it.
    """
    if source == target:
        _check_decrease(ACCOUNT.get(ctx.state, source), amount, keep_alive=keep_alive)
        return
    decrease_balance(ctx, source, amount, keep_alive=keep_alive)
    increase_balance(ctx, target, amount)
    ctx.deposit(Transfer(source, target, amount))


def decrease_balance(ctx: Context, who: bytes, amount: int, *, keep_alive: bool) -> None:
    """Take ``amount`` rao from the account alone; what it leaves below the minimum is burned with the account.

    Raises:
        FundsUnavailable: the account holds less.
        NotExpendable: it must stay alive.
    """
    account = ACCOUNT.get(ctx.state, who)
    rest = _check_decrease(account, amount, keep_alive=keep_alive)
    if rest >= EXISTENTIAL_DEPOSIT:
        ACCOUNT.put(ctx.state, who, account.with_free(rest))
    else:
        _reap(ctx, who, rest)


def increase_balance(ctx: Context, who: bytes, amount: int) -> None:
    """Add ``amount`` rao to the account alone, which is created where needed.

    Raises:
        BelowMinimum: the amount is too small to create the account.
        Overflow: the balance would leave its range.
    """
    account = ACCOUNT.get(ctx.state, who)
    free = account.data.free + amount
    if free > MAX_BALANCE:
        raise Overflow(f"{free} rao exceed what an account can hold")
    if account.providers:
        ACCOUNT.put(ctx.state, who, account.with_free(free))
        return
    if free < EXISTENTIAL_DEPOSIT:
        raise BelowMinimum(f"{amount} rao are too few to create an account")
    ACCOUNT.put(ctx.state, who, replace(account.with_free(free), providers=1))
    ctx.deposit(NewAccount(who))
    ctx.deposit(Endowed(who, amount))


def lookup(address: Address) -> bytes:
    """Account of an address.

    Raises:
        CannotLookup: the address is of a form that names no account here.
    """
    if isinstance(address, Id):
        return address.account
    raise CannotLookup(f"{type(address).__name__} addresses name no account on this chain")


@call(0, weight=172_279_000)
def transfer_allow_death(ctx: Context, dest: MultiAddress, value: CompactBalance) -> None:
    """Transfer some liquid free balance to another account; the sender may be reaped."""
    transfer(ctx, ctx.signer(), lookup(dest), value, keep_alive=False)


@call(2, weight=172_279_000)
def force_transfer(ctx: Context, source: MultiAddress, dest: MultiAddress, value: CompactBalance) -> None:
    """Exactly as `transfer_allow_death`, except the origin must be root and the source is given."""
    ctx.ensure_root()
    transfer(ctx, lookup(source), lookup(dest), value, keep_alive=False)


@call(3, weight=162_075_000)
def transfer_keep_alive(ctx: Context, dest: MultiAddress, value: CompactBalance) -> None:
    """Same as the `transfer_allow_death` call, but with a check that the transfer will not kill the sender."""
    transfer(ctx, ctx.signer(), lookup(dest), value)


@call(4, weight=172_279_000)
def transfer_all(ctx: Context, dest: MultiAddress, keep_alive: bool) -> None:
    """Transfer the entire transferable balance from the caller account."""
    source = ctx.signer()
    kept = EXISTENTIAL_DEPOSIT if keep_alive else 0
    amount = max(0, get_free(ctx.state, source) - kept)
    transfer(ctx, source, lookup(dest), amount, keep_alive=keep_alive)


@call(8, weight=162_075_000)
def force_set_balance(ctx: Context, who: MultiAddress, new_free: CompactBalance) -> None:
    """Set the regular balance of a given account; root only."""
    ctx.ensure_root()
    account = lookup(who)
    target = new_free if new_free >= EXISTENTIAL_DEPOSIT else 0
    change = target - get_free(ctx.state, account)
    if change > 0:
        increase_balance(ctx, account, change)
    elif change < 0:
        decrease_balance(ctx, account, -change, keep_alive=False)
    _change_issuance(ctx.state, change)
    ctx.deposit(Issued(change) if change >= 0 else Rescinded(-change))
    ctx.deposit(BalanceSet(account, target))


@call(10, weight=162_075_000)
def burn(ctx: Context, value: CompactBalance, keep_alive: bool) -> None:
    """Burn the specified liquid free balance from the origin account."""
    who = ctx.signer()
    decrease_balance(ctx, who, value, keep_alive=keep_alive)
    _change_issuance(ctx.state, -value)
    ctx.deposit(Burned(who, value))


def _check_decrease(account: AccountInfo, amount: int, *, keep_alive: bool) -> int:
    """Rao that remain."""
    rest = account.data.free - amount
    if rest < 0:
        raise FundsUnavailable(f"the account holds {account.data.free} rao, needs {amount}")
    if (keep_alive or account.data.reserved) and rest < EXISTENTIAL_DEPOSIT:
        raise NotExpendable(f"{rest} rao are too few to keep the account alive")
    return rest


def _reap(ctx: Context, who: bytes, dust: int) -> None:
    """Remove an account; its ``dust`` leaves the issuance."""
    ACCOUNT.remove(ctx.state, who)
    ctx.deposit(KilledAccount(who))
    if dust:
        _change_issuance(ctx.state, -dust)
        ctx.deposit(DustLost(who, dust))


def _change_issuance(state: State, change: int) -> None:
    total = TOTAL_ISSUANCE.get(state) + change
    if not 0 <= total <= MAX_BALANCE:
        raise Overflow(f"an issuance of {total} rao is out of range")
    TOTAL_ISSUANCE.put(state, total)

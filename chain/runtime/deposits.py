"""Balances pallet, reserved balances: rao that an account cannot move while something in storage is there for it."""

from dataclasses import replace

from chain.runtime.balances import EXISTENTIAL_DEPOSIT, InsufficientBalance, lookup
from chain.runtime.dispatch import Context, call, event
from chain.runtime.system import ACCOUNT
from chain.runtime.types import AccountId, AccountInfo, Balance, MultiAddress


@event(4)
class Reserved:
    """Some balance was reserved (moved from free to reserved)."""

    who: AccountId
    amount: Balance


@event(5)
class Unreserved:
    """Some balance was unreserved (moved from reserved to free)."""

    who: AccountId
    amount: Balance


@call(5, weight=172_279_000)
def force_unreserve(ctx: Context, who: MultiAddress, amount: Balance) -> None:
    """Unreserve some balance from a user by force; can only be called by root."""
    ctx.ensure_root()
    unreserve(ctx, lookup(who), amount)


@call(6, weight=172_279_000)
def upgrade_accounts(ctx: Context, who: list[AccountId]) -> None:
    """Upgrade accounts of an older form; there are none here, so that nothing changes and the fee is due."""
    ctx.signer()


def reserve(ctx: Context, who: bytes, amount: int) -> None:
    """Set ``amount`` rao of the free balance aside.

    Raises:
        InsufficientBalance: too little would remain to keep the account alive.
    """
    if amount == 0:
        return
    account = ACCOUNT.get(ctx.state, who)
    if account.data.free - amount < EXISTENTIAL_DEPOSIT:
        raise InsufficientBalance
    ACCOUNT.put(ctx.state, who, _with_reserved(account, account.data.reserved + amount))
    ctx.deposit(Reserved(who, amount))


def unreserve(ctx: Context, who: bytes, amount: int) -> None:
    """Give back ``amount`` rao, or what there is of it."""
    account = ACCOUNT.get(ctx.state, who)
    freed = min(amount, account.data.reserved)
    if freed == 0:
        return
    ACCOUNT.put(ctx.state, who, _with_reserved(account, account.data.reserved - freed))
    ctx.deposit(Unreserved(who, freed))


def adjust(ctx: Context, who: bytes, before: int, after: int) -> None:
    """Let ``after`` rao be reserved where ``before`` are now.

    Raises:
        InsufficientBalance: too little would remain to keep the account alive.
    """
    if after > before:
        reserve(ctx, who, after - before)
    else:
        unreserve(ctx, who, before - after)


def _with_reserved(account: AccountInfo, reserved: int) -> AccountInfo:
    """The account with as much money, so much of it reserved; a reserved balance keeps the account in use."""
    data = replace(account.data, free=account.data.free + account.data.reserved - reserved, reserved=reserved)
    return replace(account, consumers=int(reserved > 0), data=data)

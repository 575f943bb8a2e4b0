"""How much of its nominators' dividends a hotkey's owner keeps, in parts of 65535."""

from chain.runtime.dispatch import Context, call
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.errors import DelegateTakeTooHigh, DelegateTakeTooLow, DelegateTxRateLimitExceeded
from chain.runtime.subtensor.events import TakeDecreased, TakeIncreased
from chain.runtime.subtensor.ownership import ensure_hotkey_exists, ensure_owner
from chain.runtime.subtensor.types import LastTxBlockDelegateTake
from chain.runtime.types import AccountId, Pays
from chain.scale.hints import u16


@call(65, weight=50_000_000, pays=Pays.No)
def decrease_take(ctx: Context, hotkey: AccountId, take: u16) -> None:
    """Lower a hotkey's take."""
    coldkey, state = ctx.signer(), ctx.state
    ensure_may_change_take(state, coldkey, hotkey)
    if storage.DELEGATES.contains(state, hotkey) and take >= storage.DELEGATES.get(state, hotkey):
        raise DelegateTakeTooLow
    ensure_take_in_bounds(state, take)
    _put_take(ctx, hotkey, take)
    ctx.deposit(TakeDecreased(coldkey, hotkey, take))


@call(66, weight=50_000_000, pays=Pays.No)
def increase_take(ctx: Context, hotkey: AccountId, take: u16) -> None:
    """Raise a hotkey's take, seldom."""
    coldkey, state = ctx.signer(), ctx.state
    ensure_may_change_take(state, coldkey, hotkey)
    if storage.DELEGATES.contains(state, hotkey) and take <= storage.DELEGATES.get(state, hotkey):
        raise DelegateTakeTooLow
    ensure_take_in_bounds(state, take)
    last = storage.LAST_RATE_LIMITED_BLOCK.get(state, LastTxBlockDelegateTake(hotkey))
    pause = storage.TX_DELEGATE_TAKE_RATE_LIMIT.get(state)
    if last and pause and ctx.block_number - last <= pause:
        raise DelegateTxRateLimitExceeded
    _put_take(ctx, hotkey, take)
    ctx.deposit(TakeIncreased(coldkey, hotkey, take))


def ensure_may_change_take(state: StateReader, coldkey: bytes, hotkey: bytes) -> None:
    """Let only the owner of a hotkey that exists pass.

    Raises:
        HotKeyAccountNotExists, NonAssociatedColdKey.
    """
    ensure_hotkey_exists(state, hotkey)
    ensure_owner(state, coldkey, hotkey)


def ensure_take_in_bounds(state: StateReader, take: int) -> None:
    """Let only takes pass that delegates may have.

    Raises:
        DelegateTakeTooLow, DelegateTakeTooHigh.
    """
    if take < storage.MIN_DELEGATE_TAKE.get(state):
        raise DelegateTakeTooLow
    if take > storage.MAX_DELEGATE_TAKE.get(state):
        raise DelegateTakeTooHigh


def _put_take(ctx: Context, hotkey: bytes, take: int) -> None:
    storage.DELEGATES.put(ctx.state, hotkey, take)
    storage.LAST_RATE_LIMITED_BLOCK.put(ctx.state, LastTxBlockDelegateTake(hotkey), ctx.block_number)

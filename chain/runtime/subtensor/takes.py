"""How much of its nominators' dividends a hotkey's owner keeps, in parts of 65535."""

from chain.runtime.dispatch import Context, call
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.errors import DelegateTakeTooHigh, DelegateTakeTooLow, DelegateTxRateLimitExceeded
from chain.runtime.subtensor.events import TakeDecreased, TakeIncreased
from chain.runtime.subtensor.ownership import ensure_hotkey_exists, ensure_owner
from chain.runtime.types import AccountId, Pays
from chain.scale.hints import u16


@call(65, weight=50_000_000, pays=Pays.No)
def decrease_take(ctx: Context, hotkey: AccountId, take: u16) -> None:
    """Lower a hotkey's take."""
    coldkey, state = ctx.signer(), ctx.state
    ensure_hotkey_exists(state, hotkey)
    ensure_owner(state, coldkey, hotkey)
    if take < storage.MIN_DELEGATE_TAKE.get(state) or take >= storage.DELEGATES.get(state, hotkey):
        raise DelegateTakeTooLow
    storage.DELEGATES.put(state, hotkey, take)
    storage.LAST_TX_BLOCK_DELEGATE_TAKE.put(state, coldkey, ctx.block_number)
    ctx.deposit(TakeDecreased(coldkey, hotkey, take))


@call(66, weight=50_000_000, pays=Pays.No)
def increase_take(ctx: Context, hotkey: AccountId, take: u16) -> None:
    """Raise a hotkey's take, seldom."""
    coldkey, state = ctx.signer(), ctx.state
    ensure_hotkey_exists(state, hotkey)
    ensure_owner(state, coldkey, hotkey)
    if take <= storage.DELEGATES.get(state, hotkey):
        raise DelegateTakeTooLow
    if take > storage.MAX_DELEGATE_TAKE.get(state):
        raise DelegateTakeTooHigh
    last = storage.LAST_TX_BLOCK_DELEGATE_TAKE.get(state, coldkey)
    if last and ctx.block_number - last < storage.TX_DELEGATE_TAKE_RATE_LIMIT.get(state):
        raise DelegateTxRateLimitExceeded
    storage.DELEGATES.put(state, hotkey, take)
    storage.LAST_TX_BLOCK_DELEGATE_TAKE.put(state, coldkey, ctx.block_number)
    ctx.deposit(TakeIncreased(coldkey, hotkey, take))

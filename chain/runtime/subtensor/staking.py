"""Moving rao between accounts and stake, at the price of the subnet's pool."""

from typing import Annotated

from chain.runtime.balances import can_withdraw, deposit, withdraw
from chain.runtime.dispatch import Context, call
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import stake_storage, storage
from chain.runtime.subtensor.errors import (
    AmountTooLow,
    InsufficientLiquidity,
    NotEnoughBalanceToStake,
    NotEnoughStakeToWithdraw,
    SubtokenDisabled,
)
from chain.runtime.subtensor.events import StakeAdded, StakeRemoved
from chain.runtime.subtensor.ownership import ensure_hotkey_exists
from chain.runtime.subtensor.pools import Trade, buy_alpha, find_most_to_buy, find_most_to_sell, get_pool, sell_alpha
from chain.runtime.subtensor.stake import ROOT_NETUID, decrease_stake, get_stake, increase_stake
from chain.runtime.subtensor.stake_errors import SlippageTooHigh
from chain.runtime.subtensor.subnets import ensure_subnet, get_all_netuids, get_netuids
from chain.runtime.subtensor.worth import get_value
from chain.runtime.types import TAO, AccountId, Alpha, NetUid, Tao
from chain.scale.containers import Option
from chain.scale.hints import TypeName
from chain.state.overlay import State

MIN_STAKE = 2_000_000
"""Fewest rao that may go into stake, or come out of it unless everything does."""

U16_MAX = 65_535
LimitPrice = Annotated[int | None, Option(TAO), TypeName("Option<TaoBalance>")]


@call(2, weight=340_800_000)
def add_stake(ctx: Context, hotkey: AccountId, netuid: NetUid, amount_staked: Tao) -> None:
    """Stake the caller's rao on a hotkey."""
    coldkey = ctx.signer()
    ensure_may_stake(ctx.state, coldkey, hotkey, netuid, amount_staked)
    withdraw(ctx, coldkey, amount_staked)
    stake(ctx, hotkey, coldkey, netuid, amount_staked)


@call(3, weight=196_800_000)
def remove_stake(ctx: Context, hotkey: AccountId, netuid: NetUid, amount_unstaked: Alpha) -> None:
    """Take the caller's stake on a hotkey back, at most what is there."""
    coldkey, state = ctx.signer(), ctx.state
    held = ensure_may_unstake(state, coldkey, hotkey, netuid)
    amount = min(amount_unstaked, held)
    _ensure_worthwhile(state, netuid, amount, held)
    _pay_out(ctx, hotkey, coldkey, netuid, amount)


@call(88, weight=402_900_000)
def add_stake_limit(
    ctx: Context, hotkey: AccountId, netuid: NetUid, amount_staked: Tao, limit_price: Tao, allow_partial: bool
) -> None:
    """Stake as much of the caller's rao as leaves the price of alpha at the limit or below; all of it or nothing
    unless ``allow_partial``."""
    coldkey, state = ctx.signer(), ctx.state
    _ensure_open(state, netuid)
    _ensure_enough(state, netuid, amount_staked)
    most = find_most_to_buy(get_pool(state, netuid), amount_staked, limit_price)
    amount = _limited(most, amount_staked, allow_partial=allow_partial)
    ensure_may_stake(state, coldkey, hotkey, netuid, amount)
    withdraw(ctx, coldkey, amount)
    stake(ctx, hotkey, coldkey, netuid, amount)


@call(89, weight=377_400_000)
def remove_stake_limit(
    ctx: Context, hotkey: AccountId, netuid: NetUid, amount_unstaked: Alpha, limit_price: Tao, allow_partial: bool
) -> None:
    """Take back as much of the caller's stake as leaves the price of alpha at the limit or above; all of the amount or
    nothing unless ``allow_partial``."""
    coldkey, state = ctx.signer(), ctx.state
    held = ensure_may_unstake(state, coldkey, hotkey, netuid)
    ensure_enough_stake(held, amount_unstaked)
    most = find_most_to_sell(get_pool(state, netuid), amount_unstaked, limit_price)
    amount = _limited(most, amount_unstaked, allow_partial=allow_partial)
    _ensure_worthwhile(state, netuid, amount, held)
    _pay_out(ctx, hotkey, coldkey, netuid, amount)


@call(103, weight=395_300_000)
def remove_stake_full_limit(ctx: Context, hotkey: AccountId, netuid: NetUid, limit_price: LimitPrice) -> None:
    """Take all of the caller's stake on a hotkey back, unless that would press the price below the limit."""
    coldkey, state = ctx.signer(), ctx.state
    held = ensure_may_unstake(state, coldkey, hotkey, netuid)
    if held == 0:
        raise AmountTooLow
    if limit_price is not None and find_most_to_sell(get_pool(state, netuid), held, limit_price) < held:
        raise SlippageTooHigh
    _pay_out(ctx, hotkey, coldkey, netuid, held)


@call(83, weight=28_830_000)
def unstake_all(ctx: Context, hotkey: AccountId) -> None:
    """Take all of the caller's stake on a hotkey back, from every subnet that lets it go."""
    coldkey = ctx.signer()
    ensure_hotkey_exists(ctx.state, hotkey)
    for netuid in get_all_netuids(ctx.state):
        _try_to_unstake(ctx, hotkey, coldkey, netuid)


@call(84, weight=358_500_000)
def unstake_all_alpha(ctx: Context, hotkey: AccountId) -> None:
    """Move all of the caller's stake on a hotkey to root, from every other subnet that lets it go."""
    coldkey, state = ctx.signer(), ctx.state
    ensure_hotkey_exists(state, hotkey)
    _ensure_open(state, ROOT_NETUID)
    total = sum(_try_to_sell(ctx, hotkey, coldkey, netuid) for netuid in get_netuids(state))
    if total == 0:
        raise AmountTooLow
    stake(ctx, hotkey, coldkey, ROOT_NETUID, total)


def stake(  # one argument for each fact of new stake
    ctx: Context, hotkey: bytes, coldkey: bytes, netuid: int, tao: int, *, free: bool = False
) -> Trade:
    """Turn rao, which the caller took from somewhere, into stake of a coldkey; without a fee where it is ``free``.

    Raises:
        InsufficientLiquidity: the pool is too small for that.
        AmountTooLow: the rao buy nothing.
    """
    trade = buy_alpha(ctx.state, netuid, tao, free=free)
    if trade.received == 0:
        raise AmountTooLow
    increase_stake(ctx.state, hotkey, coldkey, netuid, trade.received)
    ctx.deposit(StakeAdded(coldkey, hotkey, tao, trade.received, netuid, trade.fee))
    return trade


def sell_stake(  # one argument for each fact of old stake
    ctx: Context, hotkey: bytes, coldkey: bytes, netuid: int, alpha: int, *, free: bool = False
) -> Trade:
    """Turn stake, which the coldkey holds there, into rao, which the caller gives to somebody; see ``stake``.

    Raises:
        InsufficientLiquidity: the pool is too small for that.
    """
    decrease_stake(ctx.state, hotkey, coldkey, netuid, alpha)
    trade = sell_alpha(ctx.state, netuid, alpha, free=free)
    ctx.deposit(StakeRemoved(coldkey, hotkey, trade.received, alpha, netuid, trade.fee))
    return trade


def unstake(ctx: Context, hotkey: bytes, coldkey: bytes, netuid: int, alpha: int, *, free: bool = False) -> None:
    """Turn stake, which the coldkey holds there, into balance of its account; see ``stake``."""
    deposit(ctx, coldkey, sell_stake(ctx, hotkey, coldkey, netuid, alpha, free=free).received)


def ensure_may_stake(state: StateReader, coldkey: bytes, hotkey: bytes, netuid: int, tao: int) -> None:
    """Let only those pass who can stake ``tao`` rao there.

    Raises:
        SubnetNotExists, SubtokenDisabled, AmountTooLow, NotEnoughBalanceToStake, HotKeyAccountNotExists.
    """
    _ensure_open(state, netuid)
    _ensure_enough(state, netuid, tao)
    if not can_withdraw(state, coldkey, tao):
        raise NotEnoughBalanceToStake
    ensure_hotkey_exists(state, hotkey)


def ensure_may_unstake(state: StateReader, coldkey: bytes, hotkey: bytes, netuid: int) -> int:
    """Alpha that a coldkey holds on a hotkey of an open subnet.

    Raises:
        SubnetNotExists, SubtokenDisabled.
    """
    _ensure_open(state, netuid)
    return get_stake(state, hotkey, coldkey, netuid)


def clear_small_nominations(ctx: Context) -> None:
    """Pay out all nominations that are less than anybody may keep on another's hotkey."""
    for (hotkey, coldkey, netuid), _ in list(storage.ALPHA.items(ctx.state)):
        clear_small_nomination(ctx, hotkey, coldkey, netuid)


def clear_small_nomination(ctx: Context, hotkey: bytes, coldkey: bytes, netuid: int) -> None:
    """Pay out what is left of a nomination, where that is less than anybody may keep on another's hotkey."""
    state = ctx.state
    left = get_stake(state, hotkey, coldkey, netuid)
    if 0 < left < _smallest_nomination(state, hotkey, coldkey, netuid):
        try:
            with state.transaction():
                unstake(ctx, hotkey, coldkey, netuid, left)
        except InsufficientLiquidity:  # a pool that cannot pay keeps the stake where it is
            return


def _pay_out(ctx: Context, hotkey: bytes, coldkey: bytes, netuid: int, amount: int) -> None:
    unstake(ctx, hotkey, coldkey, netuid, amount)
    clear_small_nomination(ctx, hotkey, coldkey, netuid)
    if get_value(ctx.state, hotkey) < storage.STAKE_THRESHOLD.get(ctx.state):
        _forget_choices(ctx.state, hotkey)


def _forget_choices(state: State, hotkey: bytes) -> None:
    """Drop children that a hotkey chose and that are not in force yet: it has too little stake to have any."""
    for netuid in get_netuids(state):
        stake_storage.PENDING_CHILD_KEYS.remove(state, netuid, hotkey)


def _ensure_open(state: StateReader, netuid: int) -> None:
    ensure_subnet(state, netuid)
    if not storage.SUBTOKEN_ENABLED.get(state, netuid):
        raise SubtokenDisabled


def _ensure_enough(state: StateReader, netuid: int, tao: int) -> None:
    """Let only rao pass that leave the least stake after the fee for it."""
    pool = get_pool(state, netuid)
    fee = MIN_STAKE * pool.fee_rate // U16_MAX if pool.dynamic else 0
    if tao < MIN_STAKE + fee:
        raise AmountTooLow


def _ensure_worthwhile(state: StateReader, netuid: int, amount: int, held: int) -> None:
    """Let only amounts pass that bring enough, or leave nothing."""
    if amount == 0:
        raise AmountTooLow
    pool = get_pool(state, netuid)
    if amount > storage.SUBNET_ALPHA_OUT.get(state, netuid):
        raise InsufficientLiquidity
    if amount < held and pool.sell(amount).received < MIN_STAKE:
        raise AmountTooLow


def _limited(most: int, wanted: int, *, allow_partial: bool) -> int:
    """The amount that a price limit leaves of what is wanted.

    Raises:
        SlippageTooHigh: less than all, and a part is not enough.
    """
    if most == 0 or (most < wanted and not allow_partial):
        raise SlippageTooHigh
    return most


def _try_to_unstake(ctx: Context, hotkey: bytes, coldkey: bytes, netuid: int) -> None:
    deposit(ctx, coldkey, _try_to_sell(ctx, hotkey, coldkey, netuid))


def _try_to_sell(ctx: Context, hotkey: bytes, coldkey: bytes, netuid: int) -> int:
    """Rao for everything that the coldkey holds there; none where the subnet is closed or cannot pay."""
    state = ctx.state
    held = get_stake(state, hotkey, coldkey, netuid)
    if held == 0 or not storage.SUBTOKEN_ENABLED.get(state, netuid):
        return 0
    try:
        with state.transaction():
            return sell_stake(ctx, hotkey, coldkey, netuid, held).received
    except InsufficientLiquidity:
        return 0


def _smallest_nomination(state: StateReader, hotkey: bytes, coldkey: bytes, netuid: int) -> int:
    """Alpha, rounded down, that a coldkey must keep on somebody else's hotkey, or withdraw altogether."""
    if storage.OWNER.get(state, hotkey) == coldkey:
        return 0
    price = get_pool(state, netuid).price_u96f32
    return (storage.NOMINATOR_MIN_REQUIRED_STAKE.get(state) << 32) // price if price else 0


def ensure_enough_stake(held: int, amount: int) -> None:
    """Let only amounts pass that are held.

    Raises:
        AmountTooLow: nothing is asked for.
        NotEnoughStakeToWithdraw: less is held.
    """
    if amount == 0:
        raise AmountTooLow
    if amount > held:
        raise NotEnoughStakeToWithdraw

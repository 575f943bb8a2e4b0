"""Stake moves to another hotkey, another subnet or another coldkey without passing through an account.

Between subnets it is sold at the origin and bought at the destination; within one, alpha changes hands as it is.
"""

from dataclasses import dataclass, replace

from chain.runtime.dispatch import Context, call
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.errors import AmountTooLow
from chain.runtime.subtensor.events import StakeAdded, StakeRemoved
from chain.runtime.subtensor.ownership import ensure_hotkey_exists
from chain.runtime.subtensor.pools import Pool, find_most_to_swap, get_pool
from chain.runtime.subtensor.stake import ROOT_NETUID, decrease_stake, increase_stake
from chain.runtime.subtensor.stake_errors import SameNetuid, SlippageTooHigh, TransferDisallowed
from chain.runtime.subtensor.stake_events import StakeMoved, StakeSwapped, StakeTransferred
from chain.runtime.subtensor.staking import (
    MIN_STAKE,
    clear_small_nomination,
    ensure_may_unstake,
    sell_stake,
    stake,
)
from chain.runtime.types import AccountId, Alpha, NetUid, Tao


@dataclass(frozen=True)
class Place:
    """Where stake is, and whose."""

    coldkey: bytes
    hotkey: bytes
    netuid: int


@call(85, weight=164_300_000)
def move_stake(
    ctx: Context,
    origin_hotkey: AccountId,
    destination_hotkey: AccountId,
    origin_netuid: NetUid,
    destination_netuid: NetUid,
    alpha_amount: Alpha,
) -> None:
    """Move the caller's stake to another hotkey, and to another subnet if asked."""
    coldkey = ctx.signer()
    origin = Place(coldkey, origin_hotkey, origin_netuid)
    destination = Place(coldkey, destination_hotkey, destination_netuid)
    tao = _move(ctx, origin, destination, alpha_amount)
    ctx.deposit(StakeMoved(coldkey, origin_hotkey, origin_netuid, destination_hotkey, destination_netuid, tao))


@call(86, weight=160_300_000)
def transfer_stake(
    ctx: Context,
    destination_coldkey: AccountId,
    hotkey: AccountId,
    origin_netuid: NetUid,
    destination_netuid: NetUid,
    alpha_amount: Alpha,
) -> None:
    """Give the caller's stake to another coldkey, and move it to another subnet if asked."""
    coldkey = ctx.signer()
    origin = Place(coldkey, hotkey, origin_netuid)
    tao = _move(ctx, origin, Place(destination_coldkey, hotkey, destination_netuid), alpha_amount)
    ctx.deposit(StakeTransferred(coldkey, destination_coldkey, hotkey, origin_netuid, destination_netuid, tao))


@call(87, weight=351_300_000)
def swap_stake(
    ctx: Context, hotkey: AccountId, origin_netuid: NetUid, destination_netuid: NetUid, alpha_amount: Alpha
) -> None:
    """Move the caller's stake to another subnet."""
    _swap(ctx, Place(ctx.signer(), hotkey, origin_netuid), destination_netuid, alpha_amount)


@call(90, weight=411_500_000)
def swap_stake_limit(  # noqa: PLR0913, PLR0917  the dialect's own arguments
    ctx: Context,
    hotkey: AccountId,
    origin_netuid: NetUid,
    destination_netuid: NetUid,
    alpha_amount: Alpha,
    limit_price: Tao,
    allow_partial: bool,
) -> None:
    """Move as much of the caller's stake to another subnet as leaves it worth ``limit_price`` (of 10**9) or more of
    the alpha there; all of it or nothing unless ``allow_partial``."""
    state = ctx.state
    origin = Place(ctx.signer(), hotkey, origin_netuid)
    wanted = _ensure_may_move(state, origin, replace(origin, netuid=destination_netuid), alpha_amount)
    pools = get_pool(state, origin_netuid), _get_destination(state, origin_netuid, destination_netuid)
    most = find_most_to_swap(*pools, wanted, limit_price)
    if most == 0 or (most < wanted and not allow_partial):
        raise SlippageTooHigh
    _swap(ctx, origin, destination_netuid, most)


def _swap(ctx: Context, origin: Place, netuid: int, alpha: int) -> None:
    if origin.netuid == netuid:
        raise SameNetuid
    tao = _move(ctx, origin, replace(origin, netuid=netuid), alpha)
    ctx.deposit(StakeSwapped(origin.coldkey, origin.hotkey, origin.netuid, netuid, tao))


def _move(ctx: Context, origin: Place, destination: Place, alpha: int) -> int:
    """Rao that the stake was worth on its way: all of it where less is there than asked for."""
    amount = _ensure_may_move(ctx.state, origin, destination, alpha)
    if origin.netuid == destination.netuid:
        tao = _hand_over(ctx, origin, destination, amount)
    else:
        tao = sell_stake(ctx, origin.hotkey, origin.coldkey, origin.netuid, amount).received
        stake(ctx, destination.hotkey, destination.coldkey, destination.netuid, tao, free=origin.netuid != ROOT_NETUID)
    clear_small_nomination(ctx, origin.hotkey, origin.coldkey, origin.netuid)
    return tao


def _hand_over(ctx: Context, origin: Place, destination: Place, alpha: int) -> int:
    """Let alpha change hands within a subnet; the rao that it is worth at the pool's price, rounded down."""
    state, netuid = ctx.state, origin.netuid
    tao = (alpha * get_pool(state, netuid).price_u96f32) >> 32
    if tao < MIN_STAKE:
        raise AmountTooLow
    decrease_stake(state, origin.hotkey, origin.coldkey, netuid, alpha)
    increase_stake(state, destination.hotkey, destination.coldkey, netuid, alpha)
    ctx.deposit(StakeRemoved(origin.coldkey, origin.hotkey, tao, alpha, netuid, 0))
    ctx.deposit(StakeAdded(destination.coldkey, destination.hotkey, tao, alpha, netuid, 0))
    return tao


def _get_destination(state: StateReader, origin_netuid: int, netuid: int) -> Pool:
    """The pool that stake moves into; it asks for no fee where the one that it comes from did."""
    pool = get_pool(state, netuid)
    return pool if origin_netuid == ROOT_NETUID else replace(pool, fee_rate=0)


def _ensure_may_move(state: StateReader, origin: Place, destination: Place, alpha: int) -> int:
    """Alpha that moves, to where stake is welcome: what is asked for, or all that is there.

    Raises:
        SameNetuid: origin and destination are the same place.
        SubnetNotExists, SubtokenDisabled, HotKeyAccountNotExists, AmountTooLow, InsufficientLiquidity,
        TransferDisallowed.
    """
    if origin == destination:
        raise SameNetuid
    held = ensure_may_unstake(state, origin.coldkey, origin.hotkey, origin.netuid)
    ensure_may_unstake(state, destination.coldkey, destination.hotkey, destination.netuid)
    ensure_hotkey_exists(state, origin.hotkey)
    ensure_hotkey_exists(state, destination.hotkey)
    amount = min(alpha, held)
    if origin.netuid != destination.netuid and get_pool(state, origin.netuid).sell(amount).received <= MIN_STAKE:
        raise AmountTooLow
    if origin.coldkey != destination.coldkey and not all(
        storage.TRANSFER_TOGGLE.get(state, place.netuid) for place in (origin, destination)
    ):
        raise TransferDisallowed
    return amount

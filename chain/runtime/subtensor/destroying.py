"""Stake that its holder destroys, and stake bought to be destroyed."""

from chain.runtime.balances import withdraw
from chain.runtime.dispatch import Context, call
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.errors import AmountTooLow
from chain.runtime.subtensor.events import AlphaBurned, AlphaRecycled
from chain.runtime.subtensor.ownership import ensure_hotkey_exists
from chain.runtime.subtensor.pools import find_most_to_buy, get_pool
from chain.runtime.subtensor.reserves import destroy_alpha
from chain.runtime.subtensor.stake import ROOT_NETUID, decrease_stake, get_stake
from chain.runtime.subtensor.stake_errors import (
    CannotBurnOrRecycleOnRootSubnet,
    NotEnoughAlphaOutToRecycle,
    SlippageTooHigh,
)
from chain.runtime.subtensor.stake_events import AddStakeBurn
from chain.runtime.subtensor.staking import LimitPrice, ensure_may_stake, stake
from chain.runtime.subtensor.subnets import ensure_subnet
from chain.runtime.types import AccountId, Alpha, NetUid, Tao


@call(101, weight=113_400_000)
def recycle_alpha(ctx: Context, hotkey: AccountId, amount: Alpha, netuid: NetUid) -> None:
    """Destroy the caller's stake on a hotkey, at most what is there."""
    coldkey = ctx.signer()
    destroyed = _destroy(ctx, hotkey, coldkey, netuid, amount)
    ctx.deposit(AlphaRecycled(coldkey, hotkey, destroyed, netuid))


@call(102, weight=112_200_000)
def burn_alpha(ctx: Context, hotkey: AccountId, amount: Alpha, netuid: NetUid) -> None:
    """Destroy the caller's stake on a hotkey, at most what is there."""
    coldkey = ctx.signer()
    destroyed = _destroy(ctx, hotkey, coldkey, netuid, amount)
    ctx.deposit(AlphaBurned(coldkey, hotkey, destroyed, netuid))


@call(132, weight=368_000_000)
def add_stake_burn(ctx: Context, hotkey: AccountId, netuid: NetUid, amount: Tao, limit: LimitPrice) -> None:
    """Buy a subnet's alpha with the caller's rao and destroy it, unless its price would rise above the limit."""
    coldkey, state = ctx.signer(), ctx.state
    ensure_subnet(state, netuid)
    if netuid == ROOT_NETUID:
        raise CannotBurnOrRecycleOnRootSubnet
    ensure_may_stake(state, coldkey, hotkey, netuid, amount)
    if limit is not None and find_most_to_buy(get_pool(state, netuid), amount, limit) < amount:
        raise SlippageTooHigh
    withdraw(ctx, coldkey, amount)
    bought = stake(ctx, hotkey, coldkey, netuid, amount).received
    destroyed = _destroy(ctx, hotkey, coldkey, netuid, bought)
    ctx.deposit(AlphaBurned(coldkey, hotkey, destroyed, netuid))
    ctx.deposit(AddStakeBurn(netuid, hotkey, amount, destroyed))


def _destroy(ctx: Context, hotkey: bytes, coldkey: bytes, netuid: int, amount: int) -> int:
    """Alpha that was destroyed: the amount, or all where less is held."""
    destroyed = min(amount, _ensure_destroyable(ctx.state, hotkey, coldkey, netuid))
    if destroyed == 0:
        raise AmountTooLow
    if destroyed > storage.SUBNET_ALPHA_OUT.get(ctx.state, netuid):
        raise NotEnoughAlphaOutToRecycle
    decrease_stake(ctx.state, hotkey, coldkey, netuid, destroyed)
    destroy_alpha(ctx, netuid, destroyed)
    return destroyed


def _ensure_destroyable(state: StateReader, hotkey: bytes, coldkey: bytes, netuid: int) -> int:
    ensure_subnet(state, netuid)
    if netuid == ROOT_NETUID:
        raise CannotBurnOrRecycleOnRootSubnet
    ensure_hotkey_exists(state, hotkey)
    return get_stake(state, hotkey, coldkey, netuid)

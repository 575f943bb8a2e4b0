"""Founding a subnet: what it costs, whom it replaces, and what it starts with."""

from statistics import median_high, median_low
from typing import Annotated

from chain.runtime.balances import can_withdraw, withdraw
from chain.runtime.dispatch import Context, call
from chain.runtime.errors import DispatchError
from chain.runtime.hive import SUBNET_MECHANISM
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import stake_storage, storage
from chain.runtime.subtensor.children import Children, choose_children
from chain.runtime.subtensor.dissolving import dissolve
from chain.runtime.subtensor.errors import CannotAffordLockCost, HotKeyNotRegisteredInSubNet
from chain.runtime.subtensor.events import NetworkAdded
from chain.runtime.subtensor.identities import put_subnet_identity
from chain.runtime.subtensor.neurons import get_hotkeys
from chain.runtime.subtensor.ownership import associate, ensure_owner
from chain.runtime.subtensor.pools import get_pool
from chain.runtime.subtensor.reserves import lock
from chain.runtime.subtensor.setting_events import AutoParentDelegationEnabledSet
from chain.runtime.subtensor.subnets import (
    ROOT_NETUID,
    compute_lock_cost,
    create_subnet,
    ensure_not_too_often,
    find_free_netuid,
    find_subnet_to_prune,
    get_netuids,
)
from chain.runtime.subtensor.types import NetworkLastRegistered, SubnetIdentity
from chain.runtime.types import AccountId
from chain.scale.containers import Option
from chain.scale.hints import TypeName, of

ONE_U96F32 = 1 << 32
ALL_U64 = (1 << 64) - 1
MaybeIdentity = Annotated[SubnetIdentity | None, Option(of(SubnetIdentity)), TypeName("Option<SubnetIdentityOfV3>")]


@call(59, weight=235_400_000)
def register_network(ctx: Context, hotkey: AccountId) -> None:
    """Create a subnet that the caller owns, with ``hotkey`` as its uid 0; the cost is locked in its pool."""
    found(ctx, hotkey, None)


@call(79, weight=235_400_000)
def register_network_with_identity(ctx: Context, hotkey: AccountId, identity: MaybeIdentity) -> None:
    """Create a subnet and say what it is about."""
    found(ctx, hotkey, identity)


@call(135, weight=20_000_000)
def set_auto_parent_delegation_enabled(ctx: Context, hotkey: AccountId, enabled: bool) -> None:
    """Say whether the caller's hotkey on root lends its stake to owners of subnets to come."""
    ensure_owner(ctx.state, ctx.signer(), hotkey)
    if not storage.UIDS.contains(ctx.state, ROOT_NETUID, hotkey):
        raise HotKeyNotRegisteredInSubNet
    stake_storage.AUTO_PARENT_DELEGATION_ENABLED.put(ctx.state, hotkey, enabled)
    ctx.deposit(AutoParentDelegationEnabledSet(hotkey, enabled))


def found(ctx: Context, hotkey: bytes, identity: SubnetIdentity | None) -> None:
    """Create a subnet that the caller owns.

    Where there is no room, the subnet with the lowest average price makes it, if its immunity is over.

    Raises:
        NetworkTxRateLimitExceeded, SubnetLimitReached, CannotAffordLockCost, NonAssociatedColdKey, InvalidIdentity.
    """
    coldkey, state, block = ctx.signer(), ctx.state, ctx.block_number
    ensure_not_too_often(state, block)
    full = len(get_netuids(state)) >= storage.SUBNET_LIMIT.get(state)
    replaced = find_subnet_to_prune(state, block) if full else None
    cost = compute_lock_cost(state, block)
    if not can_withdraw(state, coldkey, cost):
        raise CannotAffordLockCost
    if replaced is not None:
        dissolve(ctx, replaced)
    netuid = find_free_netuid(state) if replaced is None else replaced
    price_u96f32 = get_median_price(state)
    associate(state, coldkey, hotkey)

    withdraw(ctx, coldkey, cost)
    create_subnet(state, netuid, coldkey, hotkey, block, mechanism=SUBNET_MECHANISM.get(state))
    lock(state, netuid, cost, price_u96f32)
    storage.NETWORK_LAST_LOCK_COST.put(state, cost)
    storage.LAST_RATE_LIMITED_BLOCK.put(state, NetworkLastRegistered(), block)
    if identity is not None:
        put_subnet_identity(ctx, netuid, identity)
    lend_root_stake(ctx, netuid, hotkey)
    ctx.deposit(NetworkAdded(netuid, storage.SUBNET_MECHANISM.get(state, netuid)))


def get_median_price(state: StateReader) -> int:
    """TAO for one alpha in the middle of all subnets, with 32 fraction bits, rounded down; one where there are none."""
    prices = sorted(get_pool(state, netuid).price_u96f32 for netuid in get_netuids(state))
    positive = [price for price in prices if price > 0]
    return (median_low(positive) + median_high(positive)) // 2 if positive else ONE_U96F32


def lend_root_stake(ctx: Context, netuid: int, owner_hotkey: bytes) -> None:
    """Let the owner's hotkey of a new subnet inherit from hotkeys on root, unless they do not want that or cannot."""
    everything: Children = [(ALL_U64, owner_hotkey)]
    for hotkey in get_hotkeys(ctx.state, ROOT_NETUID):
        if hotkey == owner_hotkey or not stake_storage.AUTO_PARENT_DELEGATION_ENABLED.get(ctx.state, hotkey):
            continue
        try:
            with ctx.state.transaction():
                choose_children(ctx, hotkey, netuid, everything)
        except DispatchError:  # it keeps its stake to itself
            continue

"""Registering a hotkey on a subnet: what it costs, and what that does to the price."""

from chain.runtime.balances import can_withdraw, withdraw
from chain.runtime.dispatch import Context, call
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.errors import (
    HotKeyAlreadyRegisteredInSubNet,
    NotEnoughBalanceToStake,
    RegistrationNotPermittedOnRootSubnet,
    SubNetRegistrationDisabled,
)
from chain.runtime.subtensor.events import NeuronRegistered
from chain.runtime.subtensor.neurons import append_neuron, find_room, replace_neuron
from chain.runtime.subtensor.ownership import associate
from chain.runtime.subtensor.pools import buy_alpha
from chain.runtime.subtensor.price import compute_decayed, compute_raised
from chain.runtime.subtensor.reserves import destroy_alpha
from chain.runtime.subtensor.root import begin_interval
from chain.runtime.subtensor.stake_errors import RegistrationPriceLimitExceeded
from chain.runtime.subtensor.subnets import ROOT_NETUID, ensure_subnet
from chain.runtime.types import AccountId, NetUid
from chain.scale.hints import u64
from chain.state.overlay import State


@call(6, weight=354_200_000)
def register(  # noqa: PLR0913, PLR0917  the dialect's own arguments
    ctx: Context,
    netuid: NetUid,
    block_number: u64,
    nonce: u64,
    work: bytes,
    hotkey: AccountId,
    coldkey: AccountId,
) -> None:
    """Register a hotkey by paying the price; the proof of work of older chains is ignored."""
    do_register(ctx, netuid, hotkey)


@call(7, weight=354_200_000)
def burned_register(ctx: Context, netuid: NetUid, hotkey: AccountId) -> None:
    """Register a hotkey by paying the price, which is destroyed."""
    do_register(ctx, netuid, hotkey)


@call(134, weight=354_200_000)
def register_limit(ctx: Context, netuid: NetUid, hotkey: AccountId, limit_price: u64) -> None:
    """Register a hotkey unless the price exceeds a limit."""
    if storage.BURN.get(ctx.state, netuid) > limit_price:
        raise RegistrationPriceLimitExceeded
    do_register(ctx, netuid, hotkey)


def do_register(ctx: Context, netuid: int, hotkey: bytes) -> int:
    """Register the caller's hotkey and give its uid.

    Raises:
        RegistrationNotPermittedOnRootSubnet, SubnetNotExists, SubNetRegistrationDisabled,
        HotKeyAlreadyRegisteredInSubNet, NotEnoughBalanceToStake, NonAssociatedColdKey, NoNeuronIdAvailable.
    """
    coldkey, state = ctx.signer(), ctx.state
    if netuid == ROOT_NETUID:
        raise RegistrationNotPermittedOnRootSubnet
    ensure_subnet(state, netuid)
    if not storage.NETWORK_REGISTRATION_ALLOWED.get(state, netuid):
        raise SubNetRegistrationDisabled
    if storage.UIDS.contains(state, netuid, hotkey):
        raise HotKeyAlreadyRegisteredInSubNet
    price = storage.BURN.get(state, netuid)
    if not can_withdraw(state, coldkey, price):
        raise NotEnoughBalanceToStake
    associate(state, coldkey, hotkey)
    room = find_room(state, netuid, ctx.block_number)

    withdraw(ctx, coldkey, price)
    _destroy(ctx, netuid, price)
    uid = _place(ctx, netuid, room, hotkey)
    _count(state, netuid, price)
    raise_price(state, netuid)
    ctx.deposit(NeuronRegistered(netuid, uid, hotkey))
    return uid


def _destroy(ctx: Context, netuid: int, price: int) -> None:
    """Let the price buy alpha, which is destroyed; on a stable subnet that destroys the rao."""
    destroy_alpha(ctx, netuid, buy_alpha(ctx.state, netuid, price).received)


def _place(ctx: Context, netuid: int, uid: int, hotkey: bytes) -> int:
    if uid == storage.SUBNETWORK_N.get(ctx.state, netuid):
        return append_neuron(ctx.state, netuid, hotkey, ctx.block_number)
    replace_neuron(ctx.state, netuid, uid, hotkey, ctx.block_number)
    return uid


def _count(state: State, netuid: int, price: int) -> None:
    for counter in (
        storage.REGISTRATIONS_THIS_BLOCK,
        storage.REGISTRATIONS_THIS_INTERVAL,
        storage.BURN_REGISTRATIONS_THIS_INTERVAL,
    ):
        counter.put(state, netuid, min(counter.get(state, netuid) + 1, 65_535))
    recycled = storage.RAO_RECYCLED_FOR_REGISTRATION
    recycled.put(state, netuid, recycled.get(state, netuid) + price)


def raise_price(state: State, netuid: int) -> None:
    """Make the next registration dearer, within the subnet's bounds."""
    multiplier = storage.BURN_INCREASE_MULT.get(state, netuid)
    _put_price(state, netuid, compute_raised(storage.BURN.get(state, netuid), multiplier))


def decay_prices(state: State, block: int) -> None:
    """Start a block: forget its registrations, and make registering a little cheaper everywhere."""
    for netuid, _ in list(storage.NETWORKS_ADDED.items(state)):
        if storage.REGISTRATIONS_THIS_BLOCK.get(state, netuid):
            storage.REGISTRATIONS_THIS_BLOCK.remove(state, netuid)
        if netuid == ROOT_NETUID:
            begin_interval(state, block)
        elif block > 1:
            half_life = storage.BURN_HALF_LIFE.get(state, netuid)
            _put_price(state, netuid, compute_decayed(storage.BURN.get(state, netuid), half_life))


def _put_price(state: State, netuid: int, price: int) -> None:
    low, high = storage.MIN_BURN.get(state, netuid), storage.MAX_BURN.get(state, netuid)
    clamped = max(low, min(price, high))
    if clamped != storage.BURN.get(state, netuid):
        storage.BURN.put(state, netuid, clamped)

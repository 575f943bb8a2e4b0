"""A coldkey replaces one of its hotkeys, everywhere or on one subnet."""

from dataclasses import dataclass
from typing import Annotated

from chain.runtime.balances import can_withdraw, withdraw
from chain.runtime.dispatch import Context, call
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import key_storage, storage
from chain.runtime.subtensor.errors import HotKeyAlreadyRegisteredInSubNet
from chain.runtime.subtensor.hotkey_moves import move_everything, move_on_subnet
from chain.runtime.subtensor.key_errors import (
    HotKeySetTxRateLimitExceeded,
    HotKeySwapOnSubnetIntervalNotPassed,
    NewHotKeyIsSameWithOld,
    NotEnoughBalanceToPaySwapHotKey,
)
from chain.runtime.subtensor.key_events import HotkeySwapped, HotkeySwappedOnSubnet
from chain.runtime.subtensor.ownership import ensure_owner
from chain.runtime.subtensor.subnets import ensure_subnet
from chain.runtime.supply import announce_destroyed
from chain.runtime.types import NET_UID, AccountId
from chain.scale.containers import Option
from chain.scale.hints import TypeName

SWAP_COST = 100_000_000
SWAP_ON_SUBNET_COST = 1_000_000
SWAP_ON_SUBNET_INTERVAL = 7_200

MaybeNetUid = Annotated[int | None, Option(NET_UID), TypeName("Option<NetUid>")]


@dataclass(frozen=True)
class Swap:
    """Which hotkey replaces which; on one subnet, or everywhere."""

    coldkey: bytes
    old: bytes
    new: bytes
    netuid: int | None
    keep_stake: bool = False


@call(70, weight=275_300_000)
def swap_hotkey(ctx: Context, hotkey: AccountId, new_hotkey: AccountId, netuid: MaybeNetUid) -> None:
    """Replace the caller's hotkey by another, with its stake; the price is destroyed."""
    _swap(ctx, Swap(ctx.signer(), hotkey, new_hotkey, netuid))


@call(72, weight=275_300_000)
def swap_hotkey_v2(
    ctx: Context, hotkey: AccountId, new_hotkey: AccountId, netuid: MaybeNetUid, keep_stake: bool
) -> None:
    """Replace the caller's hotkey by another, with its stake or without; the price is destroyed."""
    _swap(ctx, Swap(ctx.signer(), hotkey, new_hotkey, netuid, keep_stake))


def _swap(ctx: Context, swap: Swap) -> None:
    """Swap.

    Raises:
        NonAssociatedColdKey, NewHotKeyIsSameWithOld, SubnetNotExists, HotKeyAlreadyRegisteredInSubNet,
        HotKeySetTxRateLimitExceeded, HotKeySwapOnSubnetIntervalNotPassed, NotEnoughBalanceToPaySwapHotKey,
        NewHotKeyNotCleanForRootSwap.
    """
    state, block = ctx.state, ctx.block_number
    ensure_owner(state, swap.coldkey, swap.old)
    if swap.old == swap.new:
        raise NewHotKeyIsSameWithOld
    if storage.OWNER.contains(state, swap.new):
        ensure_owner(state, swap.coldkey, swap.new)
    _ensure_free(state, swap)
    _ensure_not_too_often(state, swap, block)
    cost = SWAP_COST if swap.netuid is None else SWAP_ON_SUBNET_COST
    if not can_withdraw(state, swap.coldkey, cost):
        raise NotEnoughBalanceToPaySwapHotKey

    withdraw(ctx, swap.coldkey, cost)
    announce_destroyed(ctx, cost)
    storage.LAST_TX_BLOCK.put(state, swap.coldkey, block)
    if swap.netuid is None:
        move_everything(state, swap.old, swap.new, with_stake=not swap.keep_stake)
        ctx.deposit(HotkeySwapped(swap.coldkey, swap.old, swap.new))
    else:
        move_on_subnet(state, swap.old, swap.new, swap.netuid, with_stake=not swap.keep_stake)
        key_storage.LAST_HOTKEY_SWAP_ON_NETUID.put(state, swap.netuid, swap.coldkey, block)
        ctx.deposit(HotkeySwappedOnSubnet(swap.coldkey, swap.old, swap.new, swap.netuid))


def _ensure_free(state: StateReader, swap: Swap) -> None:
    if swap.netuid is None:
        taken = next(storage.IS_NETWORK_MEMBER.items(state, swap.new), None) is not None
    else:
        ensure_subnet(state, swap.netuid)
        taken = storage.UIDS.contains(state, swap.netuid, swap.new)
    if taken:
        raise HotKeyAlreadyRegisteredInSubNet


def _ensure_not_too_often(state: StateReader, swap: Swap, block: int) -> None:
    if swap.netuid is not None:
        last = key_storage.LAST_HOTKEY_SWAP_ON_NETUID.get(state, swap.netuid, swap.coldkey)
        if last and block - last < SWAP_ON_SUBNET_INTERVAL:
            raise HotKeySwapOnSubnetIntervalNotPassed
        return
    last = storage.LAST_TX_BLOCK.get(state, swap.coldkey)
    if last and block - last < storage.TX_RATE_LIMIT.get(state):
        raise HotKeySetTxRateLimitExceeded

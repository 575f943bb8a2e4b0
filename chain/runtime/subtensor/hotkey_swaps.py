"""A coldkey replaces one of its hotkeys, everywhere or on one subnet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from chain.runtime.balances import can_withdraw, withdraw
from chain.runtime.dispatch import Context, call
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import key_storage, stake_storage, storage
from chain.runtime.subtensor.errors import HotKeyAlreadyRegisteredInSubNet
from chain.runtime.subtensor.hotkey_moves import move_everything, move_on_subnet
from chain.runtime.subtensor.key_errors import (
    HotKeySetTxRateLimitExceeded,
    HotKeySwapOnSubnetIntervalNotPassed,
    NewHotKeyIsSameWithOld,
    NewHotKeyNotCleanForRootSwap,
    NotEnoughBalanceToPaySwapHotKey,
)
from chain.runtime.subtensor.key_events import HotkeySwapped, HotkeySwappedOnSubnet, SubnetOwnerHotkeySet
from chain.runtime.subtensor.ownership import ensure_owner
from chain.runtime.subtensor.subnets import ROOT_NETUID, ensure_subnet
from chain.runtime.subtensor.types import LastTxBlock
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
        NonAssociatedColdKey, NewHotKeyIsSameWithOld, HotKeySetTxRateLimitExceeded, SubnetNotExists,
        HotKeyAlreadyRegisteredInSubNet, NewHotKeyNotCleanForRootSwap, HotKeySwapOnSubnetIntervalNotPassed,
        NotEnoughBalanceToPaySwapHotKey.
    """
    state, block = ctx.state, ctx.block_number
    ensure_owner(state, swap.coldkey, swap.old)
    if storage.OWNER.contains(state, swap.new):
        ensure_owner(state, swap.coldkey, swap.new)
    if swap.old == swap.new:
        raise NewHotKeyIsSameWithOld
    _ensure_not_too_often(state, swap, block)
    _ensure_free(state, swap)
    netuids = _get_affected(state, swap)
    _ensure_rested(state, swap.coldkey, netuids, block)
    cost = SWAP_COST if swap.netuid is None else SWAP_ON_SUBNET_COST
    if not can_withdraw(state, swap.coldkey, cost):
        raise NotEnoughBalanceToPaySwapHotKey

    owned = [netuid for netuid in netuids if storage.SUBNET_OWNER_HOTKEY.get(state, netuid) == swap.old]
    withdraw(ctx, swap.coldkey, cost)
    announce_destroyed(ctx, cost)
    storage.LAST_RATE_LIMITED_BLOCK.put(state, LastTxBlock(swap.coldkey), block)
    for netuid in netuids:
        key_storage.LAST_HOTKEY_SWAP_ON_NETUID.put(state, netuid, swap.coldkey, block)
    if swap.netuid is None:
        move_everything(state, swap.old, swap.new, with_stake=not swap.keep_stake)
    else:
        move_on_subnet(state, swap.old, swap.new, swap.netuid, with_stake=not swap.keep_stake)
    for netuid in owned:
        ctx.deposit(SubnetOwnerHotkeySet(netuid, swap.new))
    ctx.deposit(_describe(swap))


def _describe(swap: Swap) -> HotkeySwapped | HotkeySwappedOnSubnet:
    if swap.netuid is None:
        return HotkeySwapped(swap.coldkey, swap.old, swap.new)
    return HotkeySwappedOnSubnet(swap.coldkey, swap.old, swap.new, swap.netuid)


def _ensure_free(state: StateReader, swap: Swap) -> None:
    if swap.netuid is None:
        taken = next(storage.IS_NETWORK_MEMBER.items(state, swap.new), None) is not None
    else:
        ensure_subnet(state, swap.netuid)
        taken = storage.UIDS.contains(state, swap.netuid, swap.new)
    if taken:
        raise HotKeyAlreadyRegisteredInSubNet
    if swap.netuid in (None, ROOT_NETUID) and (
        stake_storage.ROOT_CLAIMABLE.get(state, swap.new)
        or storage.TOTAL_HOTKEY_ALPHA.get(state, swap.new, ROOT_NETUID)
    ):
        raise NewHotKeyNotCleanForRootSwap


def _get_affected(state: StateReader, swap: Swap) -> list[int]:
    """Subnets on which the swap counts as one: that of the swap, or all where the old hotkey sits or has children."""
    if swap.netuid is not None:
        return [swap.netuid]
    seats = (netuid for (_, netuid), seated in storage.IS_NETWORK_MEMBER.items(state, swap.old) if seated)
    families = (netuid for (_, netuid), _ in stake_storage.CHILD_KEYS.items(state, swap.old))
    return sorted({*seats, *families})


def _ensure_rested(state: StateReader, coldkey: bytes, netuids: Sequence[int], block: int) -> None:
    for netuid in netuids:
        last = key_storage.LAST_HOTKEY_SWAP_ON_NETUID.get(state, netuid, coldkey)
        if last and last + SWAP_ON_SUBNET_INTERVAL >= block:
            raise HotKeySwapOnSubnetIntervalNotPassed


def _ensure_not_too_often(state: StateReader, swap: Swap, block: int) -> None:
    last = storage.LAST_RATE_LIMITED_BLOCK.get(state, LastTxBlock(swap.coldkey))
    pause = storage.TX_RATE_LIMIT.get(state)
    if last and pause and block - last <= pause:
        raise HotKeySetTxRateLimitExceeded

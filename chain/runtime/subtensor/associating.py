"""Claiming a hotkey without registering it, and where a coldkey's incentives are staked."""

from chain.runtime.dispatch import Context, call
from chain.runtime.subtensor import stake_storage, storage
from chain.runtime.subtensor.errors import HotKeyNotRegisteredInSubNet
from chain.runtime.subtensor.ownership import associate
from chain.runtime.subtensor.stake_errors import SameAutoStakeHotkeyAlreadySet
from chain.runtime.subtensor.stake_events import AutoStakeDestinationSet
from chain.runtime.subtensor.subnets import ensure_subnet
from chain.runtime.types import AccountId, NetUid


@call(91, weight=32_560_000)
def try_associate_hotkey(ctx: Context, hotkey: AccountId) -> None:
    """Let the caller own a hotkey that nobody owns; nothing happens where somebody does."""
    coldkey = ctx.signer()
    if not storage.OWNER.contains(ctx.state, hotkey):
        associate(ctx.state, coldkey, hotkey)


@call(114, weight=29_930_000)
def set_coldkey_auto_stake_hotkey(ctx: Context, netuid: NetUid, hotkey: AccountId) -> None:
    """Have the incentives of the caller's miners on a subnet staked on this hotkey."""
    coldkey, state = ctx.signer(), ctx.state
    ensure_subnet(state, netuid)
    if not storage.UIDS.contains(state, netuid, hotkey):
        raise HotKeyNotRegisteredInSubNet
    before = stake_storage.AUTO_STAKE_DESTINATION.get(state, coldkey, netuid)
    if before == hotkey:
        raise SameAutoStakeHotkeyAlreadySet
    coldkeys = stake_storage.AUTO_STAKE_DESTINATION_COLDKEYS
    if before is not None:
        left = [other for other in coldkeys.get(state, before, netuid) if other != coldkey]
        coldkeys.put(state, before, netuid, left)
    coldkeys.put(state, hotkey, netuid, [*coldkeys.get(state, hotkey, netuid), coldkey])
    stake_storage.AUTO_STAKE_DESTINATION.put(state, coldkey, netuid, hotkey)
    ctx.deposit(AutoStakeDestinationSet(coldkey, netuid, hotkey))

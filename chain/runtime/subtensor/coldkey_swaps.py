"""A coldkey is replaced by another: announced by a hash, done after a while; whoever disputes it leaves it to root.

Between announcement and swap the coldkey may do nothing else (see ``guards``).
"""

from chain.crypto import blake2_256
from chain.runtime import balances, system
from chain.runtime.dispatch import Context, call
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import key_storage, stake_storage, storage
from chain.runtime.subtensor.key_errors import (
    AnnouncedColdkeyHashDoesNotMatch,
    ColdKeyAlreadyAssociated,
    ColdkeySwapAlreadyDisputed,
    ColdkeySwapAnnouncementNotFound,
    ColdkeySwapClearTooEarly,
    ColdkeySwapReannouncedTooEarly,
    ColdkeySwapTooEarly,
    Deprecated,
    NewColdKeyIsHotkey,
    NotEnoughBalanceToPaySwapColdKey,
)
from chain.runtime.subtensor.key_errors import (
    ColdkeySwapDisputed as ColdkeySwapDisputedError,
)
from chain.runtime.subtensor.key_events import (
    ColdkeySwapAnnounced,
    ColdkeySwapCleared,
    ColdkeySwapDisputed,
    ColdkeySwapped,
    ColdkeySwapReset,
)
from chain.runtime.subtensor.subnets import get_netuids
from chain.runtime.subtensor.types import LastTxBlock
from chain.runtime.supply import announce_destroyed
from chain.runtime.types import AccountId, Hash, Tao
from chain.state.overlay import State

ANNOUNCEMENT_COST = 100_000_000


@call(125, weight=18_000_000)
def announce_coldkey_swap(ctx: Context, new_coldkey_hash: Hash) -> None:
    """Say, by its hash, which coldkey will replace the caller; the first time, a price is destroyed."""
    who, state, block = ctx.signer(), ctx.state, ctx.block_number
    announced = key_storage.COLDKEY_SWAP_ANNOUNCEMENTS.get(state, who)
    if announced is not None:
        if block < announced[0] + key_storage.COLDKEY_SWAP_REANNOUNCEMENT_DELAY.get(state):
            raise ColdkeySwapReannouncedTooEarly
    else:
        _charge(ctx, who, ANNOUNCEMENT_COST)
    due = block + key_storage.COLDKEY_SWAP_ANNOUNCEMENT_DELAY.get(state)
    key_storage.COLDKEY_SWAP_ANNOUNCEMENTS.put(state, who, (due, new_coldkey_hash))
    ctx.deposit(ColdkeySwapAnnounced(who, new_coldkey_hash))


@call(126, weight=110_700_000)
def swap_coldkey_announced(ctx: Context, new_coldkey: AccountId) -> None:
    """Let the announced coldkey replace the caller."""
    who, state = ctx.signer(), ctx.state
    due, announced_hash = _get_announcement(state, who)
    if key_storage.COLDKEY_SWAP_DISPUTES.contains(state, who):
        raise ColdkeySwapDisputedError
    if blake2_256(new_coldkey) != announced_hash:
        raise AnnouncedColdkeyHashDoesNotMatch
    if ctx.block_number < due:
        raise ColdkeySwapTooEarly
    key_storage.COLDKEY_SWAP_ANNOUNCEMENTS.remove(state, who)
    replace_coldkey(ctx, who, new_coldkey)


@call(127, weight=9_000_000)
def dispute_coldkey_swap(ctx: Context) -> None:
    """Stop the announced swap of the caller until root decides."""
    who, state = ctx.signer(), ctx.state
    _get_announcement(state, who)
    if key_storage.COLDKEY_SWAP_DISPUTES.contains(state, who):
        raise ColdkeySwapAlreadyDisputed
    key_storage.COLDKEY_SWAP_DISPUTES.put(state, who, ctx.block_number)
    ctx.deposit(ColdkeySwapDisputed(who))


@call(128, weight=9_000_000)
def reset_coldkey_swap(ctx: Context, coldkey: AccountId) -> None:
    """Forget a coldkey's announcement and its dispute; root only."""
    ctx.ensure_root()
    key_storage.COLDKEY_SWAP_ANNOUNCEMENTS.remove(ctx.state, coldkey)
    key_storage.COLDKEY_SWAP_DISPUTES.remove(ctx.state, coldkey)
    ctx.deposit(ColdkeySwapReset(coldkey))


@call(133, weight=9_000_000)
def clear_coldkey_swap_announcement(ctx: Context) -> None:
    """Withdraw the caller's announcement, once another could be made."""
    who, state = ctx.signer(), ctx.state
    due, _ = _get_announcement(state, who)
    if key_storage.COLDKEY_SWAP_DISPUTES.contains(state, who):
        raise ColdkeySwapDisputedError
    if ctx.block_number < due + key_storage.COLDKEY_SWAP_REANNOUNCEMENT_DELAY.get(state):
        raise ColdkeySwapClearTooEarly
    key_storage.COLDKEY_SWAP_ANNOUNCEMENTS.remove(state, who)
    ctx.deposit(ColdkeySwapCleared(who))


@call(71, weight=161_700_000)
def swap_coldkey(ctx: Context, old_coldkey: AccountId, new_coldkey: AccountId, swap_cost: Tao) -> None:
    """Replace a coldkey; root only. The price is the old coldkey's, and destroyed."""
    ctx.ensure_root()
    _charge(ctx, old_coldkey, swap_cost)
    key_storage.COLDKEY_SWAP_ANNOUNCEMENTS.remove(ctx.state, old_coldkey)
    key_storage.COLDKEY_SWAP_DISPUTES.remove(ctx.state, old_coldkey)
    replace_coldkey(ctx, old_coldkey, new_coldkey)


@call(73, weight=44_520_000)
def schedule_swap_coldkey(ctx: Context, new_coldkey: AccountId) -> None:
    """Do nothing: swaps are announced now."""
    raise Deprecated


def replace_coldkey(ctx: Context, old: bytes, new: bytes) -> None:
    """Give everything that belongs to a coldkey to another.

    Raises:
        ColdKeyAlreadyAssociated: the new one has hotkeys or stake.
        NewColdKeyIsHotkey: the new one is a hotkey.
    """
    state = ctx.state
    if storage.STAKING_HOTKEYS.get(state, new) or storage.OWNED_HOTKEYS.get(state, new):
        raise ColdKeyAlreadyAssociated
    if storage.OWNER.contains(state, new):
        raise NewColdKeyIsHotkey
    _move_subnets(state, old, new)
    _move_stake(state, old, new)
    _move_hotkeys(state, old, new)
    _move_claims(state, old, new)
    identity = key_storage.IDENTITIES_V2.get(state, old)
    if identity is not None and not key_storage.IDENTITIES_V2.contains(state, new):
        key_storage.IDENTITIES_V2.remove(state, old)
        key_storage.IDENTITIES_V2.put(state, new, identity)
    free = balances.get_free(state, old)
    if free >= balances.EXISTENTIAL_DEPOSIT or system.ACCOUNT.get(state, new).providers:
        balances.transfer(ctx, old, new, free, keep_alive=False)
    storage.LAST_RATE_LIMITED_BLOCK.put(state, LastTxBlock(new), ctx.block_number)
    ctx.deposit(ColdkeySwapped(old, new))


def _get_announcement(state: StateReader, who: bytes) -> tuple[int, bytes]:
    announced = key_storage.COLDKEY_SWAP_ANNOUNCEMENTS.get(state, who)
    if announced is None:
        raise ColdkeySwapAnnouncementNotFound
    return announced


def _charge(ctx: Context, who: bytes, cost: int) -> None:
    if cost and not balances.can_withdraw(ctx.state, who, cost):
        raise NotEnoughBalanceToPaySwapColdKey
    balances.withdraw(ctx, who, cost)
    announce_destroyed(ctx, cost)


def _move_subnets(state: State, old: bytes, new: bytes) -> None:
    for netuid in get_netuids(state):
        if storage.SUBNET_OWNER.get(state, netuid) == old:
            storage.SUBNET_OWNER.put(state, netuid, new)
        destination = stake_storage.AUTO_STAKE_DESTINATION.get(state, old, netuid)
        if destination is not None:
            stake_storage.AUTO_STAKE_DESTINATION.remove(state, old, netuid)
            stake_storage.AUTO_STAKE_DESTINATION.put(state, new, netuid, destination)
            coldkeys = stake_storage.AUTO_STAKE_DESTINATION_COLDKEYS
            theirs = [new if coldkey == old else coldkey for coldkey in coldkeys.get(state, destination, netuid)]
            coldkeys.put(state, destination, netuid, theirs)


def _move_stake(state: State, old: bytes, new: bytes) -> None:
    hotkeys = storage.STAKING_HOTKEYS.get(state, old)
    for hotkey in hotkeys:
        for (_, coldkey, netuid), shares in list(storage.ALPHA.items(state, hotkey, old)):
            storage.ALPHA.remove(state, hotkey, coldkey, netuid)
            storage.ALPHA.put(state, (hotkey, new, netuid), shares)
    storage.STAKING_HOTKEYS.remove(state, old)
    storage.STAKING_HOTKEYS.put(state, new, hotkeys)


def _move_hotkeys(state: State, old: bytes, new: bytes) -> None:
    owned = storage.OWNED_HOTKEYS.get(state, old)
    for hotkey in owned:
        storage.OWNER.put(state, hotkey, new)
    storage.OWNED_HOTKEYS.remove(state, old)
    storage.OWNED_HOTKEYS.put(state, new, owned)


def _move_claims(state: State, old: bytes, new: bytes) -> None:
    for (netuid, hotkey, coldkey), claimed in list(stake_storage.ROOT_CLAIMED.items(state)):
        if coldkey == old:
            stake_storage.ROOT_CLAIMED.remove(state, netuid, hotkey, old)
            stake_storage.ROOT_CLAIMED.put(state, (netuid, hotkey, new), claimed)
    if stake_storage.ROOT_CLAIM_TYPE_OF.contains(state, old):
        stake_storage.ROOT_CLAIM_TYPE_OF.put(state, new, stake_storage.ROOT_CLAIM_TYPE_OF.get(state, old))
        stake_storage.ROOT_CLAIM_TYPE_OF.remove(state, old)
    number = stake_storage.STAKING_COLDKEYS.get(state, old)
    if number is not None:
        stake_storage.STAKING_COLDKEYS.remove(state, old)
        stake_storage.STAKING_COLDKEYS.put(state, new, number)
        stake_storage.STAKING_COLDKEYS_BY_INDEX.put(state, number, new)

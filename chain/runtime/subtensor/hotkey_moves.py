"""Everything that belongs to a hotkey, and how another hotkey takes its place."""

from typing import TypeVar

from chain.runtime.storage import StateReader, StorageDoubleMap, StorageMap
from chain.runtime.subtensor import key_storage, stake_storage, storage
from chain.runtime.subtensor.children import put_children
from chain.runtime.subtensor.key_errors import NewHotKeyNotCleanForRootSwap
from chain.runtime.subtensor.neurons import get_indices
from chain.runtime.subtensor.stake import ROOT_NETUID, decrease_stake, get_stake, increase_stake
from chain.runtime.subtensor.subnets import get_all_netuids
from chain.runtime.subtensor.types import LastTxBlock, LastTxBlockChildKeyTake, LastTxBlockDelegateTake
from chain.state.overlay import State

K = TypeVar("K")
V = TypeVar("V")


def move_everything(state: State, old: bytes, new: bytes, *, with_stake: bool) -> None:
    """Let ``new`` take the place of ``old`` on every subnet, and inherit its owner and takes."""
    coldkey = storage.OWNER.get(state, old)
    _adopt(state, coldkey, new)
    for netuid in get_all_netuids(state):
        move_on_subnet(state, old, new, netuid, with_stake=with_stake)
    _move(state, storage.DELEGATES, old, new)
    for key in (LastTxBlock, LastTxBlockDelegateTake, LastTxBlockChildKeyTake):
        _move(state, storage.LAST_RATE_LIMITED_BLOCK, key(old), key(new))
    _move(state, stake_storage.AUTO_PARENT_DELEGATION_ENABLED, old, new)
    if with_stake:
        storage.OWNER.remove(state, old)
        owned = storage.OWNED_HOTKEYS.get(state, coldkey)
        storage.OWNED_HOTKEYS.put(state, coldkey, [hotkey for hotkey in owned if hotkey != old])


def move_on_subnet(state: State, old: bytes, new: bytes, netuid: int, *, with_stake: bool) -> None:
    """Let ``new`` take the place of ``old`` on one subnet.

    Raises:
        NewHotKeyNotCleanForRootSwap: ``new`` has root stake already.
    """
    _adopt(state, storage.OWNER.get(state, old), new)
    _move_seat(state, old, new, netuid)
    _move_commits(state, old, new, netuid)
    _move_relations(state, old, new, netuid)
    _move_destinations(state, old, new, netuid)
    for item in (stake_storage.CHILDKEY_TAKE, stake_storage.LAST_HOTKEY_EMISSION_ON_NETUID):
        _move_first(state, item, old, new, netuid)
    if with_stake:
        for records in (storage.ALPHA_DIVIDENDS_PER_SUBNET, stake_storage.ROOT_ALPHA_DIVIDENDS_PER_SUBNET):
            if records.contains(state, netuid, old):
                merged = records.get(state, netuid, old) + records.get(state, netuid, new)
                records.put(state, netuid, new, merged)
                records.remove(state, netuid, old)
        _move_stake(state, old, new, netuid)
    if storage.SUBNET_OWNER_HOTKEY.get(state, netuid) == old and netuid != ROOT_NETUID:
        storage.SUBNET_OWNER_HOTKEY.put(state, netuid, new)


def _adopt(state: State, coldkey: bytes, new: bytes) -> None:
    if not storage.OWNER.contains(state, new):
        storage.OWNER.put(state, new, coldkey)
        storage.OWNED_HOTKEYS.put(state, coldkey, [*storage.OWNED_HOTKEYS.get(state, coldkey), new])


def _move_seat(state: State, old: bytes, new: bytes, netuid: int) -> None:
    uid = storage.UIDS.get(state, netuid, old)
    if uid is None:
        return
    storage.UIDS.remove(state, netuid, old)
    storage.UIDS.put(state, netuid, new, uid)
    storage.KEYS.put(state, netuid, uid, new)
    storage.IS_NETWORK_MEMBER.remove(state, old, netuid)
    storage.IS_NETWORK_MEMBER.put(state, new, netuid, True)
    _move_second(state, storage.AXONS, old, new, netuid)
    _move_second(state, storage.PROMETHEUS, old, new, netuid)
    _move_second(state, key_storage.NEURON_CERTIFICATES, old, new, netuid)


def _move_commits(state: State, old: bytes, new: bytes, netuid: int) -> None:
    for index in get_indices(state, netuid):
        _move_second(state, storage.WEIGHT_COMMITS, old, new, index)
        for (_, epoch), commits in list(key_storage.TIMELOCKED_WEIGHT_COMMITS.items(state, index)):
            if any(commit[0] == old for commit in commits):
                moved = [(new if commit[0] == old else commit[0], *commit[1:]) for commit in commits]
                key_storage.TIMELOCKED_WEIGHT_COMMITS.put(state, index, epoch, moved)


def _move_relations(state: State, old: bytes, new: bytes, netuid: int) -> None:
    """Children of the old hotkey become the new one's; to its parents the new one becomes the child."""
    children = stake_storage.CHILD_KEYS.get(state, old, netuid)
    if children:
        put_children(state, netuid, old, [])
        put_children(state, netuid, new, children)
    for _, parent in stake_storage.PARENT_KEYS.get(state, old, netuid):
        theirs = stake_storage.CHILD_KEYS.get(state, parent, netuid)
        put_children(state, netuid, parent, [(part, new if child == old else child) for part, child in theirs])
    _move_second(state, stake_storage.PENDING_CHILD_KEYS, old, new, netuid)
    for (_, parent), (waiting, due) in list(stake_storage.PENDING_CHILD_KEYS.items(state, netuid)):
        if any(child == old for _, child in waiting):
            renamed = [(part, new if child == old else child) for part, child in waiting]
            stake_storage.PENDING_CHILD_KEYS.put(state, netuid, parent, (renamed, due))


def _move_destinations(state: State, old: bytes, new: bytes, netuid: int) -> None:
    coldkeys = stake_storage.AUTO_STAKE_DESTINATION_COLDKEYS.get(state, old, netuid)
    for coldkey in coldkeys:
        stake_storage.AUTO_STAKE_DESTINATION.put(state, coldkey, netuid, new)
    if coldkeys:
        stake_storage.AUTO_STAKE_DESTINATION_COLDKEYS.remove(state, old, netuid)
        theirs = stake_storage.AUTO_STAKE_DESTINATION_COLDKEYS.get(state, new, netuid)
        stake_storage.AUTO_STAKE_DESTINATION_COLDKEYS.put(state, new, netuid, [*theirs, *coldkeys])


def _move_stake(state: State, old: bytes, new: bytes, netuid: int) -> None:
    holders = get_holders(state, old, netuid)
    if not storage.TOTAL_HOTKEY_SHARES.contains(state, new, netuid):
        _move_pool(state, old, new, netuid, holders)
    elif netuid == ROOT_NETUID and holders:
        raise NewHotKeyNotCleanForRootSwap
    else:
        for coldkey in holders:
            amount = get_stake(state, old, coldkey, netuid)
            decrease_stake(state, old, coldkey, netuid, amount)
            increase_stake(state, new, coldkey, netuid, amount)
    for coldkey in holders:
        _follow(state, coldkey, old, new)


def _move_pool(state: State, old: bytes, new: bytes, netuid: int, holders: list[bytes]) -> None:
    """Move a whole share pool to a hotkey that has none; on root with all that is owed."""
    _move_first(state, storage.TOTAL_HOTKEY_ALPHA, old, new, netuid)
    _move_first(state, storage.TOTAL_HOTKEY_SHARES, old, new, netuid)
    for coldkey in holders:
        storage.ALPHA.put(state, (new, coldkey, netuid), storage.ALPHA.get(state, old, coldkey, netuid))
        storage.ALPHA.remove(state, old, coldkey, netuid)
    if netuid != ROOT_NETUID:
        return
    for (at, hotkey, coldkey), claimed in list(stake_storage.ROOT_CLAIMED.items(state)):
        if hotkey == old:
            stake_storage.ROOT_CLAIMED.put(state, (at, new, coldkey), claimed)
            stake_storage.ROOT_CLAIMED.remove(state, at, old, coldkey)
    _move(state, stake_storage.ROOT_CLAIMABLE, old, new)


def get_holders(state: StateReader, hotkey: bytes, netuid: int) -> list[bytes]:
    """Coldkeys that stake on a hotkey, in the order of raw keys."""
    return [coldkey for (_, coldkey, at), _ in storage.ALPHA.items(state, hotkey) if at == netuid]


def _follow(state: State, coldkey: bytes, old: bytes, new: bytes) -> None:
    """Let a coldkey's list of hotkeys name the new one, and the old one only as long as it holds something there."""
    hotkeys = storage.STAKING_HOTKEYS.get(state, coldkey)
    still = any(holder == coldkey for (_, holder, _), _ in storage.ALPHA.items(state, old))
    kept = [hotkey for hotkey in hotkeys if hotkey not in {old, new}]
    storage.STAKING_HOTKEYS.put(state, coldkey, [*kept, *([old] if still else []), new])


def _move(state: State, item: StorageMap[K, V], old: K, new: K) -> None:
    if item.contains(state, old):
        item.put(state, new, item.get(state, old))
        item.remove(state, old)


def _move_first(state: State, item: StorageDoubleMap[bytes, K, V], old: bytes, new: bytes, key: K) -> None:
    if item.contains(state, old, key):
        item.put(state, new, key, item.get(state, old, key))
        item.remove(state, old, key)


def _move_second(state: State, item: StorageDoubleMap[K, bytes, V], old: bytes, new: bytes, key: K) -> None:
    if item.contains(state, key, old):
        item.put(state, key, new, item.get(state, key, old))
        item.remove(state, key, old)

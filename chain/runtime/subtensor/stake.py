"""Stake on hotkeys: share pools in state, and who holds what.

The share pools use the ``Alpha`` and ``TotalHotkeyShares`` items, whose 64 fraction bits are exact integer
arithmetic and which every client can decode. Where the alpha comes from and goes to is the business of ``reserves``
and ``pools``.
"""

from chain.runtime.storage import StateReader
from chain.runtime.subtensor import claims, storage
from chain.runtime.subtensor.sharepool import SharePool
from chain.state.overlay import State

ROOT_NETUID = 0


def get_pool(state: StateReader, hotkey: bytes, netuid: int) -> SharePool:
    """The share pool of a hotkey."""
    value = storage.TOTAL_HOTKEY_ALPHA.get(state, hotkey, netuid)
    return SharePool(value, storage.TOTAL_HOTKEY_SHARES.get(state, hotkey, netuid))


def get_stake(state: StateReader, hotkey: bytes, coldkey: bytes, netuid: int) -> int:
    """Rao that a coldkey holds on a hotkey, rounded down."""
    return get_pool(state, hotkey, netuid).value_of(storage.ALPHA.get(state, hotkey, coldkey, netuid))


def increase_stake(state: State, hotkey: bytes, coldkey: bytes, netuid: int, amount: int) -> None:
    """Add ``amount`` rao to a coldkey's stake on a hotkey; the caller accounts for where it comes from."""
    if amount == 0:
        return
    before = get_stake(state, hotkey, coldkey, netuid)
    pool = get_pool(state, hotkey, netuid)
    bought = pool.shares_for(amount)
    held = storage.ALPHA.get(state, hotkey, coldkey, netuid)
    storage.ALPHA.put(state, (hotkey, coldkey, netuid), held + bought)
    _put_pool(state, hotkey, netuid, SharePool(pool.value + amount, pool.shares + bought))
    _remember_hotkey(state, coldkey, hotkey)
    if netuid == ROOT_NETUID:
        claims.remember_coldkey(state, coldkey)
        claims.follow_stake(state, hotkey, coldkey, before, get_stake(state, hotkey, coldkey, netuid))


def increase_pool(state: State, hotkey: bytes, netuid: int, amount: int) -> None:
    """Add ``amount`` rao to everybody who stakes on a hotkey, in proportion; to its owner where nobody does."""
    pool = get_pool(state, hotkey, netuid)
    if pool.shares:
        _put_pool(state, hotkey, netuid, SharePool(pool.value + amount, pool.shares))
    else:
        increase_stake(state, hotkey, storage.OWNER.get(state, hotkey), netuid, amount)


def decrease_stake(state: State, hotkey: bytes, coldkey: bytes, netuid: int, amount: int) -> None:
    """Take ``amount`` rao, which the coldkey must hold, from its stake on a hotkey."""
    pool = get_pool(state, hotkey, netuid)
    held = storage.ALPHA.get(state, hotkey, coldkey, netuid)
    before = pool.value_of(held)
    assert amount <= pool.value_of(held), "more is withdrawn than is held"
    sold = pool.shares_against(amount, held)
    if held == sold:
        storage.ALPHA.remove(state, hotkey, coldkey, netuid)
    else:
        storage.ALPHA.put(state, (hotkey, coldkey, netuid), held - sold)
    _put_pool(state, hotkey, netuid, SharePool(pool.value - amount, pool.shares - sold))
    if netuid == ROOT_NETUID:
        claims.follow_stake(state, hotkey, coldkey, before, get_stake(state, hotkey, coldkey, netuid))


def _put_pool(state: State, hotkey: bytes, netuid: int, pool: SharePool) -> None:
    if pool.shares == 0:
        assert pool.value == 0, "stake without a holder"
        storage.TOTAL_HOTKEY_ALPHA.remove(state, hotkey, netuid)
        storage.TOTAL_HOTKEY_SHARES.remove(state, hotkey, netuid)
        return
    storage.TOTAL_HOTKEY_ALPHA.put(state, hotkey, netuid, pool.value)
    storage.TOTAL_HOTKEY_SHARES.put(state, hotkey, netuid, pool.shares)


def _remember_hotkey(state: State, coldkey: bytes, hotkey: bytes) -> None:
    hotkeys = storage.STAKING_HOTKEYS.get(state, coldkey)
    if hotkey not in hotkeys:
        storage.STAKING_HOTKEYS.put(state, coldkey, [*hotkeys, hotkey])

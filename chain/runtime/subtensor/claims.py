"""Root dividends that wait to be claimed: the books.

Alpha that an epoch pays to those who stake on root is not given to anybody yet. It lies in ``RootClaimReserve`` of its
subnet, and raises a rate: alpha per rao of root stake on that hotkey (32 fraction bits, rounded down). A coldkey is
owed the rate times its root stake, less what it claimed. Rounding leaves dust in the reserve, never a debt without
cover. When root stake changes, ``RootClaimed`` moves with it, so that what is owed stays the same; what a leaving
stake would be owed beyond zero stays in the reserve.
"""

from chain.runtime.hive import ROOT_CLAIM_RESERVE as RESERVE
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import stake_storage
from chain.state.overlay import State


def add_dividend(state: State, netuid: int, hotkey: bytes, amount: int, root_stake: int) -> None:
    """Let ``amount`` alpha wait for those who stake ``root_stake`` rao on the hotkey."""
    rates = dict(stake_storage.ROOT_CLAIMABLE.get(state, hotkey))
    rates[netuid] = rates.get(netuid, 0) + (amount << 32) // root_stake
    stake_storage.ROOT_CLAIMABLE.put(state, hotkey, rates)
    RESERVE.put(state, netuid, RESERVE.get(state, netuid) + amount)


def get_owed(state: StateReader, netuid: int, hotkey: bytes, coldkey: bytes, root_stake: int) -> int:
    """Alpha that a coldkey may claim for its root stake on a hotkey, rounded down."""
    rate = stake_storage.ROOT_CLAIMABLE.get(state, hotkey).get(netuid, 0)
    earned = (rate * root_stake) >> 32
    return max(0, earned - stake_storage.ROOT_CLAIMED.get(state, netuid, hotkey, coldkey))


def take_owed(state: State, netuid: int, hotkey: bytes, coldkey: bytes, amount: int) -> None:
    """Note that ``amount`` alpha, which is owed, leaves the reserve for the coldkey."""
    key = (netuid, hotkey, coldkey)
    stake_storage.ROOT_CLAIMED.put(state, key, stake_storage.ROOT_CLAIMED.get(state, *key) + amount)
    RESERVE.put(state, netuid, RESERVE.get(state, netuid) - amount)


def follow_stake(state: State, hotkey: bytes, coldkey: bytes, before: int, after: int) -> None:
    """Keep what a coldkey is owed as it was, when its root stake on a hotkey changes."""
    for netuid, rate in stake_storage.ROOT_CLAIMABLE.get(state, hotkey).items():
        change = ((rate * after) >> 32) - ((rate * before) >> 32)
        claimed = stake_storage.ROOT_CLAIMED.get(state, netuid, hotkey, coldkey)
        key = (netuid, hotkey, coldkey)
        stake_storage.ROOT_CLAIMED.put(state, key, max(0, claimed + change))


def remember_coldkey(state: State, coldkey: bytes) -> None:
    """Give a coldkey that stakes on root a number, by which automatic claims find it."""
    if stake_storage.STAKING_COLDKEYS.contains(state, coldkey):
        return
    number = stake_storage.NUM_STAKING_COLDKEYS.get(state)
    stake_storage.STAKING_COLDKEYS.put(state, coldkey, number)
    stake_storage.STAKING_COLDKEYS_BY_INDEX.put(state, number, coldkey)
    stake_storage.NUM_STAKING_COLDKEYS.put(state, number + 1)

"""The TAO that lies in subnets, behind stake, pending emission and their own reserve."""

from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.supply import get_held_by_accounts
from chain.state.overlay import State


def get_issuance(state: StateReader) -> int:
    """All rao that exist: those of accounts, and those in subnets."""
    return get_held_by_accounts(state) + storage.TOTAL_STAKE.get(state)


def record_issuance(state: State) -> None:
    """Let ``TotalIssuance`` show all rao that exist."""
    issuance = get_issuance(state)
    if issuance != storage.TOTAL_ISSUANCE.get(state):
        storage.TOTAL_ISSUANCE.put(state, issuance)


def change_outstanding(state: State, netuid: int, amount: int) -> None:
    """Add rao to a subnet for somebody's stake or pending emission, or take them out when negative."""
    _change_reserve(state, netuid, amount)
    storage.SUBNET_ALPHA_OUT.put(state, netuid, storage.SUBNET_ALPHA_OUT.get(state, netuid) + amount)


def lock(state: State, netuid: int, amount: int) -> None:
    """Add rao to a subnet's own reserve, which belongs to nobody."""
    _change_reserve(state, netuid, amount)
    storage.SUBNET_ALPHA_IN.put(state, netuid, storage.SUBNET_ALPHA_IN.get(state, netuid) + amount)
    storage.SUBNET_LOCKED.put(state, netuid, storage.SUBNET_LOCKED.get(state, netuid) + amount)


def _change_reserve(state: State, netuid: int, amount: int) -> None:
    storage.SUBNET_TAO.put(state, netuid, storage.SUBNET_TAO.get(state, netuid) + amount)
    storage.TOTAL_STAKE.put(state, storage.TOTAL_STAKE.get(state) + amount)

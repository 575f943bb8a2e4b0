"""Which coldkey owns which hotkey."""

from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.errors import HotKeyAccountNotExists, NonAssociatedColdKey
from chain.state.overlay import State


def associate(state: State, coldkey: bytes, hotkey: bytes) -> None:
    """Let ``coldkey`` own ``hotkey``, which nobody else may own.

    Raises:
        NonAssociatedColdKey: another coldkey owns it.
    """
    if storage.OWNER.contains(state, hotkey):
        ensure_owner(state, coldkey, hotkey)
        return
    storage.OWNER.put(state, hotkey, coldkey)
    storage.OWNED_HOTKEYS.put(state, coldkey, [*storage.OWNED_HOTKEYS.get(state, coldkey), hotkey])
    staking = storage.STAKING_HOTKEYS.get(state, coldkey)
    if hotkey not in staking:
        storage.STAKING_HOTKEYS.put(state, coldkey, [*staking, hotkey])


def ensure_owner(state: StateReader, coldkey: bytes, hotkey: bytes) -> None:
    """Let only the owner of ``hotkey`` pass.

    Raises:
        NonAssociatedColdKey: ``coldkey`` does not own it.
    """
    if storage.OWNER.get(state, hotkey) != coldkey:
        raise NonAssociatedColdKey


def ensure_hotkey_exists(state: StateReader, hotkey: bytes) -> None:
    """Let only hotkeys that somebody owns pass.

    Raises:
        HotKeyAccountNotExists: nobody owns it.
    """
    if not storage.OWNER.contains(state, hotkey):
        raise HotKeyAccountNotExists


def is_owners(state: StateReader, netuid: int, hotkey: bytes) -> bool:
    """Whether the hotkey belongs to the owner of the subnet."""
    if hotkey == storage.SUBNET_OWNER_HOTKEY.get(state, netuid):
        return True
    return storage.OWNER.get(state, hotkey) == storage.SUBNET_OWNER.get(state, netuid)

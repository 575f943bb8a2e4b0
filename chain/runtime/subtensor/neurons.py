"""Uids of a subnet: giving out, replacing, and what is remembered per uid.

Lists indexed by uid are as long as the subnet, except ``StakeWeight``, which the next epoch fills.
"""

from collections.abc import Iterator
from typing import TypeVar

from chain.runtime.storage import StateReader, StorageMap
from chain.runtime.subtensor import key_storage, storage
from chain.runtime.subtensor.errors import NoNeuronIdAvailable
from chain.runtime.subtensor.storage_index import MECHANISM_STRIDE
from chain.state.overlay import State

V = TypeVar("V")


def get_uid(state: StateReader, netuid: int, hotkey: bytes) -> int | None:
    """Uid of a hotkey, or ``None`` when it is not registered."""
    return storage.UIDS.get(state, netuid, hotkey)


def get_indices(state: StateReader, netuid: int) -> list[int]:
    """Keys of all mechanisms of a subnet in the maps that are kept for each of them."""
    return [netuid + MECHANISM_STRIDE * number for number in range(storage.MECHANISM_COUNT_CURRENT.get(state, netuid))]


def get_hotkeys(state: StateReader, netuid: int) -> list[bytes]:
    """Hotkeys of a subnet by uid."""
    return [storage.KEYS.get(state, netuid, uid) for uid in range(storage.SUBNETWORK_N.get(state, netuid))]


def get_registered_at(state: StateReader, netuid: int) -> list[int]:
    """Blocks at which the uids were given out."""
    size = storage.SUBNETWORK_N.get(state, netuid)
    return [storage.BLOCK_AT_REGISTRATION.get(state, netuid, uid) for uid in range(size)]


def padded(values: list[V], size: int, filler: V) -> list[V]:
    """The list cut or filled to ``size``."""
    return [*values[:size], *([filler] * (size - len(values)))]


def put_at(state: State, item: StorageMap[int, list[V]], key: int, uid: int, value: V, filler: V) -> None:
    """Set one uid's entry of a list, which grows where needed."""
    values = item.get(state, key)
    item.put(state, key, [*padded(values, max(len(values), uid), filler)[:uid], value, *values[uid + 1 :]])


def find_room(state: StateReader, netuid: int, block: int) -> int:
    """Uid that the next registration gets: a new one, or that of the neuron to replace.

    Raises:
        NoNeuronIdAvailable: the subnet is full and nobody may be replaced.
    """
    size = storage.SUBNETWORK_N.get(state, netuid)
    if size < storage.MAX_ALLOWED_UIDS.get(state, netuid):
        return size
    candidate = find_weakest(state, netuid, block)
    if candidate is None:
        raise NoNeuronIdAvailable
    return candidate


def find_weakest(state: StateReader, netuid: int, block: int) -> int | None:
    """Uid to replace: lowest emission, then oldest, then lowest uid; ``None`` when nobody may be.

    Immune neurons are spared as long as more than ``MinNonImmuneUids`` others exist; the owner's always.
    """
    spared = get_immortal(state, netuid)
    emission = storage.EMISSION.get(state, netuid)
    immune_for = storage.IMMUNITY_PERIOD.get(state, netuid)
    mortal: list[tuple[int, int, int]] = []
    immune: list[tuple[int, int, int]] = []
    for uid, (hotkey, registered) in enumerate(_registrations(state, netuid)):
        if hotkey not in spared:
            rank = (emission[uid] if uid < len(emission) else 0, registered, uid)
            (immune if block - registered < immune_for else mortal).append(rank)
    enough = len(mortal) > storage.MIN_NON_IMMUNE_UIDS.get(state, netuid)
    chosen = mortal if enough else immune
    return min(chosen)[2] if chosen else None


def append_neuron(state: State, netuid: int, hotkey: bytes, block: int) -> int:
    """Give the next uid to a hotkey."""
    uid = storage.SUBNETWORK_N.get(state, netuid)
    storage.SUBNETWORK_N.put(state, netuid, uid + 1)
    storage.ACTIVE.put(state, netuid, [*padded(storage.ACTIVE.get(state, netuid), uid, False), True])
    for item in (storage.EMISSION, storage.CONSENSUS, storage.DIVIDENDS, storage.VALIDATOR_TRUST):
        item.put(state, netuid, [*padded(item.get(state, netuid), uid, 0), 0])
    permits = padded(storage.VALIDATOR_PERMIT.get(state, netuid), uid, False)
    storage.VALIDATOR_PERMIT.put(state, netuid, [*permits, False])
    for index in get_indices(state, netuid):
        put_at(state, storage.INCENTIVE, index, uid, 0, 0)
        put_at(state, storage.LAST_UPDATE, index, uid, block, 0)
    _claim(state, netuid, uid, hotkey, block)
    return uid


def replace_neuron(state: State, netuid: int, uid: int, hotkey: bytes, block: int) -> None:
    """Give a taken uid to another hotkey, and forget everything about the old one except others' bonds to it.

    Those are dropped by the next epoch, because they are older than the registration.
    """
    release(state, netuid, uid)
    for index in get_indices(state, netuid):
        _clear_weights(state, index, uid)
        storage.BONDS.remove(state, index, uid)
        put_at(state, storage.INCENTIVE, index, uid, 0, 0)
        put_at(state, storage.LAST_UPDATE, index, uid, block, 0)
    for item in (
        storage.EMISSION,
        storage.CONSENSUS,
        storage.DIVIDENDS,
        storage.STAKE_WEIGHT,
        storage.VALIDATOR_TRUST,
    ):
        put_at(state, item, netuid, uid, 0, 0)
    put_at(state, storage.VALIDATOR_PERMIT, netuid, uid, False, False)
    put_at(state, storage.ACTIVE, netuid, uid, True, False)
    _claim(state, netuid, uid, hotkey, block)


def _registrations(state: StateReader, netuid: int) -> Iterator[tuple[bytes, int]]:
    return zip(get_hotkeys(state, netuid), get_registered_at(state, netuid), strict=True)


def get_immortal(state: StateReader, netuid: int) -> set[bytes]:
    """The owner's hotkey, and the owner's other earliest ones up to ``ImmuneOwnerUidsLimit`` in all."""
    first = storage.SUBNET_OWNER_HOTKEY.get(state, netuid)
    owned = storage.OWNED_HOTKEYS.get(state, storage.SUBNET_OWNER.get(state, netuid))
    uids = [(hotkey, get_uid(state, netuid, hotkey)) for hotkey in owned if hotkey != first]
    others = sorted(
        (storage.BLOCK_AT_REGISTRATION.get(state, netuid, uid), uid, hotkey) for hotkey, uid in uids if uid is not None
    )
    room = max(0, storage.IMMUNE_OWNER_UIDS_LIMIT.get(state, netuid) - 1)
    return {first, *(hotkey for _, _, hotkey in others[:room])}


def _claim(state: State, netuid: int, uid: int, hotkey: bytes, block: int) -> None:
    storage.KEYS.put(state, netuid, uid, hotkey)
    storage.UIDS.put(state, netuid, hotkey, uid)
    storage.BLOCK_AT_REGISTRATION.put(state, netuid, uid, block)
    storage.IS_NETWORK_MEMBER.put(state, hotkey, netuid, True)


def release(state: State, netuid: int, uid: int) -> None:
    """Forget that a hotkey has a uid, and where it serves."""
    hotkey = storage.KEYS.get(state, netuid, uid)
    storage.UIDS.remove(state, netuid, hotkey)
    storage.IS_NETWORK_MEMBER.remove(state, hotkey, netuid)
    storage.AXONS.remove(state, netuid, hotkey)
    storage.PROMETHEUS.remove(state, netuid, hotkey)
    key_storage.NEURON_CERTIFICATES.remove(state, netuid, hotkey)


def _clear_weights(state: State, index: int, uid: int) -> None:
    """Remove the uid's weights and zero others' weights towards it."""
    storage.WEIGHTS.remove(state, index, uid)
    for (_, row_uid), row in list(storage.WEIGHTS.items(state, index)):
        if any(column == uid for column, _ in row):
            cleared = [(column, 0 if column == uid else weight) for column, weight in row]
            storage.WEIGHTS.put(state, index, row_uid, cleared)

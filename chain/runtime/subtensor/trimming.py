"""Making a subnet smaller: some neurons go, the others move together, and everything kept by uid with them."""

from collections.abc import Mapping
from typing import TypeVar

from chain.runtime.storage import StateReader, StorageDoubleMap, StorageMap
from chain.runtime.subtensor import stake_storage, storage
from chain.runtime.subtensor.errors import InvalidValue
from chain.runtime.subtensor.key_errors import TrimmingWouldExceedMaxImmunePercentage
from chain.runtime.subtensor.neurons import (
    get_hotkeys,
    get_immortal,
    get_indices,
    get_registered_at,
    padded,
    release,
)
from chain.state.overlay import State

MOST_IMMUNE_PERCENT = 80
V = TypeVar("V")
Rows = StorageDoubleMap[int, int, list[tuple[int, int]]]


def trim(state: State, netuid: int, size: int, block: int) -> None:
    """Leave at most ``size`` neurons: immune ones stay, of the others those with the most emission.

    Raises:
        InvalidValue: the size is below the subnet's minimum or above its maximum.
        TrimmingWouldExceedMaxImmunePercentage: too many of those that stay would be immune.
    """
    if not storage.MIN_ALLOWED_UIDS.get(state, netuid) <= size <= storage.MAX_ALLOWED_UIDS.get(state, netuid):
        raise InvalidValue
    before = storage.SUBNETWORK_N.get(state, netuid)
    if size < before:
        kept = _choose(state, netuid, size, block)
        _renumber(state, netuid, before, {old: new for new, old in enumerate(kept)})
    storage.MAX_ALLOWED_UIDS.put(state, netuid, size)


def _choose(state: StateReader, netuid: int, size: int, block: int) -> list[int]:
    """Uids that stay, ascending."""
    immune = _get_immune(state, netuid, block)
    if len(immune) * 100 // size >= MOST_IMMUNE_PERCENT:
        raise TrimmingWouldExceedMaxImmunePercentage
    uids = range(storage.SUBNETWORK_N.get(state, netuid))
    emission = padded(storage.EMISSION.get(state, netuid), len(uids), 0)
    others = sorted((uid for uid in uids if uid not in immune), key=lambda uid: (-emission[uid], uid))
    return sorted([*immune, *others[: size - len(immune)]])


def _get_immune(state: StateReader, netuid: int, block: int) -> set[int]:
    spared, period = get_immortal(state, netuid), storage.IMMUNITY_PERIOD.get(state, netuid)
    ages = zip(get_hotkeys(state, netuid), get_registered_at(state, netuid), strict=True)
    return {uid for uid, (hotkey, registered) in enumerate(ages) if hotkey in spared or block - registered < period}


def _renumber(state: State, netuid: int, before: int, places: Mapping[int, int]) -> None:
    """Give the uids that stay their new places; ``places`` is ascending in both."""
    for uid in range(before):
        if uid not in places:
            hotkey = storage.KEYS.get(state, netuid, uid)
            release(state, netuid, uid)
            stake_storage.LAST_HOTKEY_EMISSION_ON_NETUID.remove(state, hotkey, netuid)
            storage.ALPHA_DIVIDENDS_PER_SUBNET.remove(state, netuid, hotkey)
    for old, new in places.items():
        hotkey = storage.KEYS.get(state, netuid, old)
        storage.KEYS.put(state, netuid, new, hotkey)
        storage.UIDS.put(state, netuid, hotkey, new)
        storage.BLOCK_AT_REGISTRATION.put(state, netuid, new, storage.BLOCK_AT_REGISTRATION.get(state, netuid, old))
    for uid in range(len(places), before):
        storage.KEYS.remove(state, netuid, uid)
        storage.BLOCK_AT_REGISTRATION.remove(state, netuid, uid)
    _renumber_lists(state, netuid, places)
    for index in get_indices(state, netuid):
        _renumber_rows(state, storage.WEIGHTS, index, places)
        _renumber_rows(state, storage.BONDS, index, places)
    storage.SUBNETWORK_N.put(state, netuid, len(places))


def _renumber_lists(state: State, netuid: int, places: Mapping[int, int]) -> None:
    for numbers in (
        storage.CONSENSUS,
        storage.DIVIDENDS,
        storage.EMISSION,
        storage.STAKE_WEIGHT,
        storage.VALIDATOR_TRUST,
    ):
        _pick(state, numbers, netuid, places)
    for truths in (storage.ACTIVE, storage.VALIDATOR_PERMIT):
        _pick(state, truths, netuid, places)
    for index in get_indices(state, netuid):
        _pick(state, storage.INCENTIVE, index, places)
        _pick(state, storage.LAST_UPDATE, index, places)


def _pick(state: State, item: StorageMap[int, list[V]], key: int, places: Mapping[int, int]) -> None:
    values = item.get(state, key)
    item.put(state, key, [values[old] for old in places if old < len(values)])


def _renumber_rows(state: State, matrix: Rows, index: int, places: Mapping[int, int]) -> None:
    rows = [(uid, row) for (_, uid), row in matrix.items(state, index)]
    matrix.clear(state, index)
    for uid, row in rows:
        if uid in places:
            kept = [(places[column], value) for column, value in row if column in places]
            matrix.put(state, index, places[uid], kept)

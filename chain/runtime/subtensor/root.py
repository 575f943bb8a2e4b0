"""The root network: hotkeys whose stake is TAO itself, and counts in every subnet."""

from chain.runtime.dispatch import Context, call
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.errors import HotKeyAlreadyRegisteredInSubNet
from chain.runtime.subtensor.events import NeuronRegistered
from chain.runtime.subtensor.key_errors import RootNetworkDoesNotExist
from chain.runtime.subtensor.neurons import append_neuron, get_hotkeys, replace_neuron
from chain.runtime.subtensor.ownership import associate
from chain.runtime.subtensor.stake import ROOT_NETUID
from chain.runtime.subtensor.stake_errors import (
    StakeTooLowForRoot,
    TooManyRegistrationsThisBlock,
    TooManyRegistrationsThisInterval,
)
from chain.runtime.types import AccountId
from chain.state.overlay import State

REGISTRATIONS_PER_TARGET = 3
DEFAULT_TAKE = 11_796


@call(62, weight=135_900_000)
def root_register(ctx: Context, hotkey: AccountId) -> None:
    """Give the caller's hotkey a seat on the root network; on a full one, that of the hotkey with the least root stake,
    if it has more itself."""
    coldkey, state, block = ctx.signer(), ctx.state, ctx.block_number
    _ensure_room_for_registrations(state)
    if storage.UIDS.contains(state, ROOT_NETUID, hotkey):
        raise HotKeyAlreadyRegisteredInSubNet
    associate(state, coldkey, hotkey)
    size = storage.SUBNETWORK_N.get(state, ROOT_NETUID)
    if size < storage.MAX_ALLOWED_UIDS.get(state, ROOT_NETUID):
        uid = append_neuron(state, ROOT_NETUID, hotkey, block)
    else:
        uid = _find_poorest(state, hotkey)
        replace_neuron(state, ROOT_NETUID, uid, hotkey, block)
    if not storage.DELEGATES.contains(state, hotkey):
        storage.DELEGATES.put(state, hotkey, DEFAULT_TAKE)
    for counter in (storage.REGISTRATIONS_THIS_BLOCK, storage.REGISTRATIONS_THIS_INTERVAL):
        counter.put(state, ROOT_NETUID, counter.get(state, ROOT_NETUID) + 1)
    ctx.deposit(NeuronRegistered(ROOT_NETUID, uid, hotkey))


def begin_interval(state: State, block: int) -> None:
    """Forget how many registered on root, once per interval."""
    interval = storage.ADJUSTMENT_INTERVAL.get(state, ROOT_NETUID)
    counter = storage.REGISTRATIONS_THIS_INTERVAL
    if block % max(1, interval) == 0 and counter.get(state, ROOT_NETUID):
        counter.put(state, ROOT_NETUID, 0)


def _ensure_room_for_registrations(state: StateReader) -> None:
    if not storage.NETWORKS_ADDED.get(state, ROOT_NETUID):
        raise RootNetworkDoesNotExist
    this_block = storage.REGISTRATIONS_THIS_BLOCK.get(state, ROOT_NETUID)
    if this_block >= storage.MAX_REGISTRATIONS_PER_BLOCK.get(state, ROOT_NETUID):
        raise TooManyRegistrationsThisBlock
    most = REGISTRATIONS_PER_TARGET * storage.TARGET_REGISTRATIONS_PER_INTERVAL.get(state, ROOT_NETUID)
    if storage.REGISTRATIONS_THIS_INTERVAL.get(state, ROOT_NETUID) >= most:
        raise TooManyRegistrationsThisInterval


def _find_poorest(state: StateReader, newcomer: bytes) -> int:
    """Uid of the seat with the least root stake, the lowest among equals."""
    seats = [
        (storage.TOTAL_HOTKEY_ALPHA.get(state, hotkey, ROOT_NETUID), uid)
        for uid, hotkey in enumerate(get_hotkeys(state, ROOT_NETUID))
    ]
    stake, uid = min(seats)
    if storage.TOTAL_HOTKEY_ALPHA.get(state, newcomer, ROOT_NETUID) <= stake:
        raise StakeTooLowForRoot
    return uid

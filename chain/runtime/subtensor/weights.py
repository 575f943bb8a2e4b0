"""Validators say what miners are worth."""

from collections.abc import Sequence
from dataclasses import dataclass

from chain.runtime.dispatch import Context, call
from chain.runtime.fixed import upscale_to_u16
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.errors import (
    CanNotSetRootNetworkWeights,
    CommitRevealEnabled,
    DuplicateUids,
    HotKeyNotRegisteredInSubNet,
    IncorrectWeightVersionKey,
    MaxWeightExceeded,
    NeuronNoValidatorPermit,
    NotEnoughStakeToSetWeights,
    SettingWeightsTooFast,
    UidsLengthExceedUidsInSubNet,
    UidVecContainInvalidOne,
    WeightVecLengthIsLow,
    WeightVecNotEqualSize,
)
from chain.runtime.subtensor.events import WeightsSet
from chain.runtime.subtensor.inheritance import get_stake_weight
from chain.runtime.subtensor.mechanisms import ensure_mechanism
from chain.runtime.subtensor.neurons import get_uid, put_at
from chain.runtime.subtensor.storage_index import storage_index
from chain.runtime.subtensor.subnets import ROOT_NETUID
from chain.runtime.types import MechId, NetUid, Pays
from chain.scale.hints import u16, u64

U16_MAX = 65_535


@dataclass(frozen=True)
class Submission:
    """Weights as a hotkey sends them."""

    netuid: int
    mechanism: int
    uids: Sequence[int]
    values: Sequence[int]
    version_key: int

    @property
    def storage_index(self) -> int:
        """Key of the mechanism's maps."""
        return storage_index(self.netuid, self.mechanism)


@call(0, weight=15_540_000_000, pays=Pays.No)
def set_weights(ctx: Context, netuid: NetUid, dests: list[u16], weights: list[u16], version_key: u64) -> None:
    """Set the caller's weights for mechanism 0, in the order given."""
    do_set_weights(ctx, Submission(netuid, 0, dests, weights, version_key))


@call(119, weight=15_540_000_000, pays=Pays.No)
def set_mechanism_weights(  # the dialect's own arguments
    ctx: Context, netuid: NetUid, mecid: MechId, dests: list[u16], weights: list[u16], version_key: u64
) -> None:
    """Set the caller's weights for one mechanism, in the order given."""
    do_set_weights(ctx, Submission(netuid, mecid, dests, weights, version_key))


def do_set_weights(ctx: Context, given: Submission) -> None:
    """Set the caller's weights where they need not be committed first.

    Raises:
        CommitRevealEnabled, SettingWeightsTooFast, and all that storing them raises.
    """
    hotkey, state, block = ctx.signer(), ctx.state, ctx.block_number
    if storage.COMMIT_REVEAL_WEIGHTS_ENABLED.get(state, given.netuid):
        raise CommitRevealEnabled
    uid = _ensure_may_set(state, hotkey, given)
    if is_too_fast(state, given.netuid, given.storage_index, uid, block):
        raise SettingWeightsTooFast
    _store(ctx, hotkey, uid, given)
    put_at(state, storage.LAST_UPDATE, given.storage_index, uid, block, 0)


def store_weights(ctx: Context, hotkey: bytes, given: Submission) -> None:
    """Check and store weights, scaled so that the largest is 65535.

    Raises:
        DispatchError: the first rule that they break.
    """
    _store(ctx, hotkey, _ensure_may_set(ctx.state, hotkey, given), given)


def _store(ctx: Context, hotkey: bytes, uid: int, given: Submission) -> None:
    state = ctx.state
    _ensure_permitted(state, hotkey, uid, given)
    _ensure_valid(state, uid, given)
    row = list(zip(given.uids, upscale_to_u16(list(given.values)), strict=True))
    if _exceeds_limit(row, uid, storage.MAX_WEIGHTS_LIMIT.get(state, given.netuid)):
        raise MaxWeightExceeded

    storage.WEIGHTS.put(state, given.storage_index, uid, row)
    ctx.deposit(WeightsSet(given.storage_index, uid))


def _ensure_may_set(state: StateReader, hotkey: bytes, given: Submission) -> int:
    """Uid of a caller who may set weights at all."""
    if given.netuid == ROOT_NETUID:
        raise CanNotSetRootNetworkWeights
    if len(given.uids) != len(given.values):
        raise WeightVecNotEqualSize
    ensure_mechanism(state, given.netuid, given.mechanism)
    if len(given.uids) > storage.SUBNETWORK_N.get(state, given.netuid):
        raise UidsLengthExceedUidsInSubNet
    uid = get_uid(state, given.netuid, hotkey)
    if uid is None:
        raise HotKeyNotRegisteredInSubNet
    ensure_stake(state, hotkey, given.netuid)
    required = storage.WEIGHTS_VERSION_KEY.get(state, given.netuid)
    if required and given.version_key < required:
        raise IncorrectWeightVersionKey
    return uid


def ensure_stake(state: StateReader, hotkey: bytes, netuid: int) -> None:
    """Let only hotkeys pass that have the stake to set weights; the subnet owner's needs none.

    Raises:
        NotEnoughStakeToSetWeights: this one has less.
    """
    threshold = storage.STAKE_THRESHOLD.get(state)
    if not threshold or (
        hotkey == storage.SUBNET_OWNER_HOTKEY.get(state, netuid) and storage.UIDS.contains(state, netuid, hotkey)
    ):
        return
    if get_stake_weight(state, hotkey, netuid) >> 64 < threshold:
        raise NotEnoughStakeToSetWeights


def is_too_fast(state: StateReader, netuid: int, storage_index: int, uid: int, block: int) -> bool:
    """Whether the uid set or committed weights, or was registered, too recently."""
    updated = storage.LAST_UPDATE.get(state, storage_index)
    last = updated[uid] if uid < len(updated) else 0
    return bool(last) and block - last < storage.WEIGHTS_SET_RATE_LIMIT.get(state, netuid)


def _ensure_permitted(state: StateReader, hotkey: bytes, uid: int, given: Submission) -> None:
    permits = storage.VALIDATOR_PERMIT.get(state, given.netuid)
    permitted = uid < len(permits) and permits[uid]
    is_owner = hotkey == storage.SUBNET_OWNER_HOTKEY.get(state, given.netuid)
    if not (permitted or is_owner or _is_self_weight(given, uid)):
        raise NeuronNoValidatorPermit


def _ensure_valid(state: StateReader, uid: int, given: Submission) -> None:
    size = storage.SUBNETWORK_N.get(state, given.netuid)
    if len(set(given.uids)) != len(given.uids):
        raise DuplicateUids
    if any(target >= size for target in given.uids):
        raise UidVecContainInvalidOne
    fewest = min(storage.MIN_ALLOWED_WEIGHTS.get(state, given.netuid), size)
    if len(given.uids) < fewest and not _is_self_weight(given, uid):
        raise WeightVecLengthIsLow


def _is_self_weight(given: Submission, uid: int) -> bool:
    return list(given.uids) == [uid]


def _exceeds_limit(row: Sequence[tuple[int, int]], uid: int, limit: int) -> bool:
    """Whether one weight's share of the sum exceeds ``limit`` of 65535."""
    if limit == U16_MAX or [target for target, _ in row] == [uid]:
        return False
    values = [value for _, value in row]
    return bool(values) and max(values) * U16_MAX > limit * sum(values)

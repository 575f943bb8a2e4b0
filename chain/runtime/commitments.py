"""Commitments pallet: neurons publish a few small fields, such as the hash of a model; free, within a quota."""

from dataclasses import replace

from chain.runtime import drand
from chain.runtime.commitment_data import CommitmentInfo, Data, ResetBonds, Timelocked, size_of
from chain.runtime.dispatch import Context, call, event
from chain.runtime.errors import ModuleError
from chain.runtime.pallet import Constant
from chain.runtime.storage import IDENTITY, TWOX_64_CONCAT, StorageDoubleMap, StorageValue
from chain.runtime.subtensor import storage as subtensor
from chain.runtime.subtensor.neurons import get_indices
from chain.runtime.types import ACCOUNT_ID, NET_UID, AccountId, NetUid, Pays
from chain.scale.collections import BTreeSet
from chain.scale.composite import struct
from chain.scale.containers import BYTES, Vec
from chain.scale.hints import of, u32, u64
from chain.scale.products import tuple_of
from chain.scale.types import U32, U64, erase
from chain.state.overlay import State
from chain.timelock import CannotOpen, open_timelock

PALLET = "Commitments"
MOST_REVEALED = 10
MAX_FIELDS = 3
SMALLEST_CHARGE = 100


@struct("pallet_commitments::types::Registration")
class Registration:
    """What a neuron published, and when."""

    deposit: u64
    block: u32
    info: CommitmentInfo


@struct("pallet_commitments::types::UsageTracker")
class UsageTracker:
    """Bytes charged to a neuron in one epoch."""

    last_epoch: u64
    used_space: u64


_KEY = (IDENTITY, NET_UID), (TWOX_64_CONCAT, ACCOUNT_ID)
COMMITMENT_OF = StorageDoubleMap(PALLET, "CommitmentOf", *_KEY, of(Registration))
LAST_COMMITMENT = StorageDoubleMap(PALLET, "LastCommitment", *_KEY, U32)
LAST_BONDS_RESET = StorageDoubleMap(PALLET, "LastBondsReset", *_KEY, U32)
REVEALED_COMMITMENTS = StorageDoubleMap(PALLET, "RevealedCommitments", *_KEY, Vec(tuple_of(BYTES, U64)))
USED_SPACE_OF = StorageDoubleMap(PALLET, "UsedSpaceOf", *_KEY, of(UsageTracker))
TIMELOCKED_INDEX = StorageValue(PALLET, "TimelockedIndex", BTreeSet(tuple_of(NET_UID, ACCOUNT_ID)), default=[])
MAX_SPACE = StorageValue(PALLET, "MaxSpace", U32, default=3_100)

CONSTANTS = (
    Constant("MaxFields", erase(U32), MAX_FIELDS, "The maximum number of fields that a commitment may have."),
    Constant("InitialDeposit", erase(U64), 0, "The amount held on deposit for a commitment."),
    Constant("FieldDeposit", erase(U64), 0, "The amount held on deposit per field of a commitment."),
)


class TooManyFieldsInCommitmentInfo(ModuleError, index=0):
    """Account passed too many additional fields to their commitment."""


class AccountNotAllowedCommit(ModuleError, index=1):
    """Account is not allowed to make commitments to the chain."""


class SpaceLimitExceeded(ModuleError, index=2):
    """Space limit exceeded for the current interval."""


@event(0)
class Commitment:
    """A commitment was set."""

    netuid: NetUid
    who: AccountId


@event(1)
class TimelockCommitment:
    """A timelock-encrypted commitment was set."""

    netuid: NetUid
    who: AccountId
    reveal_round: u64


@event(2)
class CommitmentRevealed:
    """A timelock-encrypted commitment was auto-revealed."""

    netuid: NetUid
    who: AccountId


def on_initialize(ctx: Context) -> None:
    """Open the encrypted fields whose round of the beacon is known; what cannot be opened is dropped."""
    state, still = ctx.state, []
    for netuid, hotkey in TIMELOCKED_INDEX.get(state):
        published = COMMITMENT_OF.get(state, netuid, hotkey)
        left = _open(ctx, netuid, hotkey, published.info.fields) if published else []
        if any(isinstance(field, Timelocked) for field in left):
            still.append((netuid, hotkey))
        if published and left != published.info.fields:
            changed = replace(published, info=CommitmentInfo(left)) if left else None
            COMMITMENT_OF.put(state, netuid, hotkey, changed)
    if still != TIMELOCKED_INDEX.get(state):
        TIMELOCKED_INDEX.put(state, still)


@call(0, weight=58_000_000, pays=Pays.No)
def set_commitment(ctx: Context, netuid: NetUid, info: CommitmentInfo) -> None:
    """Publish fields for the caller's neuron, in place of those before."""
    hotkey, state = ctx.signer(), ctx.state
    if not subtensor.UIDS.contains(state, netuid, hotkey):
        raise AccountNotAllowedCommit
    if len(info.fields) > MAX_FIELDS:
        raise TooManyFieldsInCommitmentInfo
    usage = _charge(ctx, netuid, hotkey, sum(map(size_of, info.fields)))
    USED_SPACE_OF.put(state, netuid, hotkey, usage)
    COMMITMENT_OF.put(state, netuid, hotkey, Registration(0, ctx.block_number, info))
    LAST_COMMITMENT.put(state, netuid, hotkey, ctx.block_number)
    if any(isinstance(field, ResetBonds) for field in info.fields):
        LAST_BONDS_RESET.put(state, netuid, hotkey, ctx.block_number)
        _reset_bonds(state, netuid, hotkey)
    waiting = {known for known in TIMELOCKED_INDEX.get(state) if known != (netuid, hotkey)}
    sealed = next((field for field in info.fields if isinstance(field, Timelocked)), None)
    if sealed is None:
        ctx.deposit(Commitment(netuid, hotkey))
    else:
        ctx.deposit(TimelockCommitment(netuid, hotkey, sealed.reveal_round))
        waiting.add((netuid, hotkey))
    TIMELOCKED_INDEX.put(state, sorted(waiting))


def forget_subnet(state: State, netuid: int) -> None:
    """Remove all that the neurons of a subnet published."""
    for item in (COMMITMENT_OF, LAST_COMMITMENT, LAST_BONDS_RESET, REVEALED_COMMITMENTS, USED_SPACE_OF):
        item.clear(state, netuid)
    TIMELOCKED_INDEX.put(state, [known for known in TIMELOCKED_INDEX.get(state) if known[0] != netuid])


@call(2, weight=3_000_000)
def set_max_space(ctx: Context, new_limit: u32) -> None:
    """Set how many bytes a neuron may publish in one epoch; root only."""
    ctx.ensure_root()
    MAX_SPACE.put(ctx.state, new_limit)


def _open(ctx: Context, netuid: int, hotkey: bytes, fields: list[Data]) -> list[Data]:
    """Move what can be opened to ``RevealedCommitments``, which keeps the newest; the other fields."""
    left: list[Data] = []
    for field in fields:
        pulse = drand.PULSES.get(ctx.state, field.reveal_round) if isinstance(field, Timelocked) else None
        if pulse is None or not isinstance(field, Timelocked):
            left.append(field)
            continue
        try:
            opened = open_timelock(field.encrypted, field.reveal_round, pulse.signature)
        except CannotOpen:
            continue
        if not opened:
            continue
        known = REVEALED_COMMITMENTS.get(ctx.state, netuid, hotkey) or []
        newest = [*known, (opened, ctx.block_number)][-MOST_REVEALED:]
        REVEALED_COMMITMENTS.put(ctx.state, netuid, hotkey, newest)
        ctx.deposit(CommitmentRevealed(netuid, hotkey))
    return left


def _reset_bonds(state: State, netuid: int, hotkey: bytes) -> None:
    """Forget others' bonds to a neuron, where its subnet allows that."""
    uid = subtensor.UIDS.get(state, netuid, hotkey)
    if uid is None or not subtensor.BONDS_RESET_ON.get(state, netuid):
        return
    for index in get_indices(state, netuid):
        for (_, row_uid), row in list(subtensor.BONDS.items(state, index)):
            subtensor.BONDS.put(state, index, row_uid, [bond for bond in row if bond[0] != uid])


def _charge(ctx: Context, netuid: int, hotkey: bytes, size_bytes: int) -> UsageTracker:
    """The quota after one more commitment, which counts at least ``SMALLEST_CHARGE`` bytes; renewed by each epoch.

    Raises:
        SpaceLimitExceeded: the neuron published too much in this epoch.
    """
    epoch = subtensor.SUBNET_EPOCH_INDEX.get(ctx.state, netuid)
    before = USED_SPACE_OF.get(ctx.state, netuid, hotkey)
    used = before.used_space if before and before.last_epoch == epoch else 0
    used += max(size_bytes, SMALLEST_CHARGE)
    if used > MAX_SPACE.get(ctx.state):
        raise SpaceLimitExceeded
    return UsageTracker(epoch, used)

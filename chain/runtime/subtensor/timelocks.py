"""Weights that are encrypted for a round of the beacon and open by themselves, an epoch or more later.

A commit waits under the epoch in which it came. When the subnet's ``RevealPeriodEpochs`` have passed, it is opened
before that block's epoch runs, so that the weights count in it; as long as the beacon's round is not known here, each
block of that epoch tries again. What cannot be opened, or breaks the rules for weights, is dropped.
"""

from dataclasses import dataclass

from chain.crypto import blake2_256
from chain.runtime import drand
from chain.runtime.dispatch import Context, call
from chain.runtime.errors import DispatchError
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import key_storage, storage
from chain.runtime.subtensor.commits import MOST_UNREVEALED, ensure_commits_enabled, get_window
from chain.runtime.subtensor.errors import (
    CommittingWeightsTooFast,
    HotKeyNotRegisteredInSubNet,
    InvalidValue,
    TooManyUnrevealedCommits,
)
from chain.runtime.subtensor.key_errors import IncorrectCommitRevealVersion, InvalidRevealRound
from chain.runtime.subtensor.key_events import TimelockedWeightsCommitted, TimelockedWeightsRevealed
from chain.runtime.subtensor.neurons import get_indices, get_uid, put_at
from chain.runtime.subtensor.schedule import get_epoch
from chain.runtime.subtensor.storage_index import split_index, storage_index
from chain.runtime.subtensor.weights import Submission, is_too_fast, store_weights
from chain.runtime.types import MechId, NetUid, Pays
from chain.scale.composite import struct
from chain.scale.errors import ScaleError
from chain.scale.hints import of, u16, u64
from chain.timelock import CannotOpen, open_timelock

MOST_BYTES = 5_000
FIRST_NUMBERED_VERSION = 4
Commit = tuple[bytes, int, bytes, int]
"""Hotkey, block, ciphertext, round of the beacon."""


@struct("WeightsTlockPayload")
class Payload:
    """What a commit holds."""

    hotkey: bytes
    uids: list[u16]
    values: list[u16]
    version_key: u64


@dataclass(frozen=True)
class Sealed:
    """A commit as a hotkey sends it."""

    netuid: int
    mechanism: int
    ciphertext: bytes
    reveal_round: int
    version: int


@call(113, weight=73_750_000, pays=Pays.No)
def commit_timelocked_weights(
    ctx: Context, netuid: NetUid, commit: bytes, reveal_round: u64, commit_reveal_version: u16
) -> None:
    """Commit to encrypted weights for mechanism 0."""
    _commit(ctx, Sealed(netuid, 0, commit, reveal_round, commit_reveal_version))


@call(117, weight=77_750_000, pays=Pays.No)
def commit_crv3_mechanism_weights(
    ctx: Context, netuid: NetUid, mecid: MechId, commit: bytes, reveal_round: u64
) -> None:
    """Commit to encrypted weights for one mechanism, in the version that had no number yet."""
    _commit(ctx, Sealed(netuid, mecid, commit, reveal_round, FIRST_NUMBERED_VERSION))


@call(118, weight=73_750_000, pays=Pays.No)
def commit_timelocked_mechanism_weights(
    ctx: Context, netuid: NetUid, mecid: MechId, commit: bytes, reveal_round: u64, commit_reveal_version: u16
) -> None:
    """Commit to encrypted weights for one mechanism."""
    _commit(ctx, Sealed(netuid, mecid, commit, reveal_round, commit_reveal_version))


def reveal_due(ctx: Context, netuid: int) -> None:
    """Open the commits of a subnet whose epoch has come, and forget those whose epoch is over."""
    state = ctx.state
    committed = get_window(state, netuid, ctx.block_number).due
    waiting = key_storage.TIMELOCKED_WEIGHT_COMMITS
    for index in get_indices(state, netuid):
        for (_, at), commits in list(waiting.items(state, index)):
            left = _reveal_all(ctx, index, commits) if at == committed else []
            if at <= committed and left:
                waiting.put(state, index, at, left)
            elif at <= committed:
                waiting.remove(state, index, at)


def _commit(ctx: Context, sealed: Sealed) -> None:
    hotkey, state, block = ctx.signer(), ctx.state, ctx.block_number
    index = storage_index(sealed.netuid, sealed.mechanism)
    uid = _ensure_may_commit(state, hotkey, sealed)
    if is_too_fast(state, sealed.netuid, index, uid, block):
        raise CommittingWeightsTooFast
    epoch = get_epoch(state, sealed.netuid, block)
    waiting = key_storage.TIMELOCKED_WEIGHT_COMMITS.get(state, index, epoch)
    if sum(commit[0] == hotkey for commit in waiting) >= MOST_UNREVEALED:
        raise TooManyUnrevealedCommits
    commit = (hotkey, block, sealed.ciphertext, sealed.reveal_round)
    key_storage.TIMELOCKED_WEIGHT_COMMITS.put(state, index, epoch, [*waiting, commit])
    put_at(state, storage.LAST_UPDATE, index, uid, block, 0)
    commit_hash = blake2_256(sealed.ciphertext)
    ctx.deposit(TimelockedWeightsCommitted(hotkey, index, commit_hash, sealed.reveal_round))


def _ensure_may_commit(state: StateReader, hotkey: bytes, sealed: Sealed) -> int:
    """Uid of a caller who may commit.

    Raises:
        MechanismDoesNotExist, CommitRevealDisabled, InvalidValue, IncorrectCommitRevealVersion,
        HotKeyNotRegisteredInSubNet, InvalidRevealRound.
    """
    ensure_commits_enabled(state, sealed.netuid, sealed.mechanism)
    if len(sealed.ciphertext) > MOST_BYTES:
        raise InvalidValue
    if sealed.version != storage.COMMIT_REVEAL_WEIGHTS_VERSION.get(state):
        raise IncorrectCommitRevealVersion
    uid = get_uid(state, sealed.netuid, hotkey)
    if uid is None:
        raise HotKeyNotRegisteredInSubNet
    if sealed.reveal_round < drand.LAST_STORED_ROUND.get(state):
        raise InvalidRevealRound
    return uid


def _reveal_all(ctx: Context, index: int, commits: list[Commit]) -> list[Commit]:
    """Open what can be opened; the commits whose round is not known yet."""
    left = []
    for commit in commits:
        pulse = drand.PULSES.get(ctx.state, commit[3])
        if pulse is None:
            left.append(commit)
        elif _reveal(ctx, index, commit, pulse.signature):
            ctx.deposit(TimelockedWeightsRevealed(index, commit[0]))
    return left


def _reveal(ctx: Context, index: int, commit: Commit, signature: bytes) -> bool:
    """Set the weights of a commit; whether they could be opened and follow the rules."""
    hotkey, _, ciphertext, round_number = commit
    netuid, mechanism = split_index(index)
    try:
        payload = of(Payload).decode(open_timelock(ciphertext, round_number, signature))
        if payload.hotkey != hotkey:
            return False
        with ctx.state.transaction():
            given = Submission(netuid, mechanism, payload.uids, payload.values, payload.version_key)
            store_weights(ctx, hotkey, given)
    except (CannotOpen, ScaleError, DispatchError):
        return False
    return True

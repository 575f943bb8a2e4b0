"""Weights that are committed first and revealed in a later epoch, so that nobody can copy them in time."""

from collections.abc import Sequence
from dataclasses import dataclass

from chain.crypto import blake2_256
from chain.runtime.dispatch import Context, call
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import key_storage, storage
from chain.runtime.subtensor.errors import (
    CommitRevealDisabled,
    CommittingWeightsTooFast,
    ExpiredWeightCommit,
    HotKeyNotRegisteredInSubNet,
    InvalidRevealCommitHashNotMatch,
    NoWeightsCommitFound,
    RevealTooEarly,
    TooManyUnrevealedCommits,
)
from chain.runtime.subtensor.events import WeightsCommitted, WeightsRevealed
from chain.runtime.subtensor.mechanisms import ensure_mechanism
from chain.runtime.subtensor.neurons import get_hotkeys, get_uid, put_at
from chain.runtime.subtensor.schedule import get_epoch
from chain.runtime.subtensor.storage_index import split_index, storage_index
from chain.runtime.subtensor.weights import Submission, is_too_fast, store_weights
from chain.runtime.types import ACCOUNT_ID, Hash, MechId, NetUid, Pays
from chain.runtime.yuma import NO_COMMIT
from chain.scale.containers import Vec
from chain.scale.hints import u16, u64
from chain.scale.types import U16, U64

MOST_UNREVEALED = 10

Commit = tuple[bytes, int, int, int]
"""Hash, epoch of the commit, block of the commit, and a number that meant something on older chains."""


@dataclass(frozen=True)
class Window:
    """The epoch of a commit made now, and that of the commits to be revealed now; earlier ones have expired."""

    epoch: int
    due: int


@call(96, weight=73_750_000, pays=Pays.No)
def commit_weights(ctx: Context, netuid: NetUid, commit_hash: Hash) -> None:
    """Commit to weights for mechanism 0."""
    do_commit(ctx, netuid, 0, commit_hash)


@call(97, weight=122_000_000, pays=Pays.No)
def reveal_weights(
    ctx: Context, netuid: NetUid, uids: list[u16], values: list[u16], salt: list[u16], version_key: u64
) -> None:
    """Reveal weights for mechanism 0."""
    given = Submission(netuid, 0, uids, values, version_key)
    ctx.deposit(WeightsRevealed(ctx.signer(), given.storage_index, reveal(ctx, given, salt)))


@call(115, weight=73_750_000, pays=Pays.No)
def commit_mechanism_weights(ctx: Context, netuid: NetUid, mecid: MechId, commit_hash: Hash) -> None:
    """Commit to weights for one mechanism."""
    do_commit(ctx, netuid, mecid, commit_hash)


@call(116, weight=122_000_000, pays=Pays.No)
def reveal_mechanism_weights(  # noqa: PLR0913, PLR0917  the dialect's own arguments
    ctx: Context, netuid: NetUid, mecid: MechId, uids: list[u16], values: list[u16], salt: list[u16], version_key: u64
) -> None:
    """Reveal weights for one mechanism."""
    given = Submission(netuid, mecid, uids, values, version_key)
    ctx.deposit(WeightsRevealed(ctx.signer(), given.storage_index, reveal(ctx, given, salt)))


def do_commit(ctx: Context, netuid: int, mechanism: int, commit_hash: bytes) -> None:
    """Queue a commit of the caller.

    Raises:
        MechanismDoesNotExist, CommitRevealDisabled, HotKeyNotRegisteredInSubNet,
        CommittingWeightsTooFast, TooManyUnrevealedCommits.
    """
    hotkey, state, block = ctx.signer(), ctx.state, ctx.block_number
    ensure_commits_enabled(state, netuid, mechanism)
    uid = get_uid(state, netuid, hotkey)
    if uid is None:
        raise HotKeyNotRegisteredInSubNet
    index = storage_index(netuid, mechanism)
    if is_too_fast(state, netuid, index, uid, block):
        raise CommittingWeightsTooFast
    window = get_window(state, netuid, block)
    queue = [commit for commit in storage.WEIGHT_COMMITS.get(state, index, hotkey) or [] if commit[1] >= window.due]
    if len(queue) >= MOST_UNREVEALED:
        raise TooManyUnrevealedCommits
    storage.WEIGHT_COMMITS.put(state, index, hotkey, [*queue, (commit_hash, window.epoch, block, 0)])
    put_at(state, storage.LAST_UPDATE, index, uid, block, 0)
    ctx.deposit(WeightsCommitted(hotkey, index, commit_hash))


def reveal(ctx: Context, given: Submission, salt: list[int]) -> bytes:
    """Set weights that the caller committed to, and give their hash; this and older commits leave the queue.

    Raises:
        CommitRevealDisabled, NoWeightsCommitFound, ExpiredWeightCommit, InvalidRevealCommitHashNotMatch,
        RevealTooEarly, and all that setting weights raises.
    """
    hotkey, state = ctx.signer(), ctx.state
    ensure_commits_enabled(state, given.netuid, given.mechanism)
    commit_hash = compute_commit_hash(hotkey, given, salt)
    queue, position = find_due(state, hotkey, given, commit_hash, ctx.block_number)
    storage.WEIGHT_COMMITS.put(state, given.storage_index, hotkey, queue[position + 1 :] or None)
    store_weights(ctx, hotkey, given)
    return commit_hash


def reveal_all(ctx: Context, parts: Sequence[tuple[Submission, list[int]]]) -> list[bytes]:
    """Set several of the caller's weights of one subnet and give their hashes; only their own commits leave the queue.

    Raises:
        CommitRevealDisabled, NoWeightsCommitFound, ExpiredWeightCommit, InvalidRevealCommitHashNotMatch,
        RevealTooEarly, and all that setting weights raises.
    """
    hotkey, state = ctx.signer(), ctx.state
    hashes = []
    for given, salt in parts:
        ensure_commits_enabled(state, given.netuid, given.mechanism)
        commit_hash = compute_commit_hash(hotkey, given, salt)
        queue, position = find_due(state, hotkey, given, commit_hash, ctx.block_number)
        del queue[position]
        storage.WEIGHT_COMMITS.put(state, given.storage_index, hotkey, queue or None)
        store_weights(ctx, hotkey, given)
        hashes.append(commit_hash)
    return hashes


def find_due(
    state: StateReader, hotkey: bytes, given: Submission, commit_hash: bytes, block: int
) -> tuple[list[Commit], int]:
    """The hotkey's commits and the place of the one with this hash, which must be revealed in this very epoch.

    Raises:
        NoWeightsCommitFound, ExpiredWeightCommit, InvalidRevealCommitHashNotMatch, RevealTooEarly.
    """
    queue = storage.WEIGHT_COMMITS.get(state, given.storage_index, hotkey) or []
    due = get_window(state, given.netuid, block).due
    for position, (known, epoch, _, _) in enumerate(queue):
        if known == commit_hash and epoch >= due:
            if epoch > due:
                raise RevealTooEarly
            return queue, position
    if any(known == commit_hash for known, _, _, _ in queue):
        raise ExpiredWeightCommit
    raise InvalidRevealCommitHashNotMatch if any(commit[1] >= due for commit in queue) else NoWeightsCommitFound


def get_window(state: StateReader, netuid: int, block: int) -> Window:
    """What commits of a block count for, and which of the earlier ones are to be revealed in it."""
    epoch = get_epoch(state, netuid, block)
    return Window(epoch, epoch - storage.REVEAL_PERIOD_EPOCHS.get(state, netuid))


def compute_commit_hash(hotkey: bytes, given: Submission, salt: list[int]) -> bytes:
    """What to commit to, for weights to be revealed with this salt."""
    parts = [
        ACCOUNT_ID.encode(hotkey),
        U16.encode(given.storage_index),
        *(Vec(U16).encode(list(numbers)) for numbers in (given.uids, given.values, salt)),
        U64.encode(given.version_key),
    ]
    return blake2_256(b"".join(parts))


def get_earliest_commits(state: StateReader, index: int, now: int) -> list[int]:
    """Block of each uid's oldest commit to weights of a mechanism that, in block ``now``, may still be revealed."""
    netuid, _ = split_index(index)
    due = get_window(state, netuid, now).due
    earliest: dict[bytes, int] = {}
    for (_, hotkey), queue in storage.WEIGHT_COMMITS.items(state, index):
        earliest[hotkey] = next((commit[2] for commit in queue or [] if commit[1] >= due), NO_COMMIT)
    for (_, epoch), waiting in key_storage.TIMELOCKED_WEIGHT_COMMITS.items(state, index):
        for hotkey, block, _, _ in waiting if epoch >= due else ():
            earliest[hotkey] = min(block, earliest.get(hotkey, NO_COMMIT))
    return [earliest.get(hotkey, NO_COMMIT) for hotkey in get_hotkeys(state, netuid)]


def ensure_commits_enabled(state: StateReader, netuid: int, mechanism: int) -> None:
    """Let only mechanisms pass whose weights must be committed.

    Raises:
        MechanismDoesNotExist, CommitRevealDisabled.
    """
    ensure_mechanism(state, netuid, mechanism)
    if not storage.COMMIT_REVEAL_WEIGHTS_ENABLED.get(state, netuid):
        raise CommitRevealDisabled

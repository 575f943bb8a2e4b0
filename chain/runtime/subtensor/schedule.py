"""When a subnet's epoch runs."""

from collections.abc import Sequence

from chain.runtime.dispatch import Context
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.errors import AdminActionProhibitedDuringWeightsWindow
from chain.runtime.subtensor.events import EpochDeferred
from chain.runtime.subtensor.rule_events import TempoSet
from chain.state.overlay import State

LONGEST_WAIT = 50_400


def is_due(state: StateReader, netuid: int, block: int) -> bool:
    """Whether the subnet's epoch should run in this block."""
    tempo = storage.TEMPO.get(state, netuid)
    if tempo == 0:
        return False
    pending = storage.PENDING_EPOCH_AT.get(state, netuid)
    if 0 < pending <= block or storage.BLOCKS_SINCE_LAST_STEP.get(state, netuid) > LONGEST_WAIT:
        return True
    return block - storage.LAST_EPOCH_BLOCK.get(state, netuid) >= tempo


def get_epoch(state: StateReader, netuid: int, block: int) -> int:
    """Epoch to which a commit or a reveal in this block belongs: the next one where one is due and has not run yet.

    So it is before the block's epochs run, in the pool, and for subnets that the block put off.
    """
    return storage.SUBNET_EPOCH_INDEX.get(state, netuid) + is_due(state, netuid, block)


def choose_due(ctx: Context, netuids: Sequence[int]) -> list[int]:
    """Subnets whose epoch runs now; those beyond the block's limit move to the next one."""
    state, block = ctx.state, ctx.block_number
    due = [netuid for netuid in netuids if is_due(state, netuid, block)]
    limit = storage.MAX_EPOCHS_PER_BLOCK.get(state)
    for netuid in due[limit:]:
        storage.PENDING_EPOCH_AT.put(state, netuid, block + 1)
        ctx.deposit(EpochDeferred(netuid, block, block + 1))
    return due[:limit]


def count_block(state: State, netuid: int) -> None:
    """Note that one more block passed since the last epoch."""
    storage.BLOCKS_SINCE_LAST_STEP.put(state, netuid, storage.BLOCKS_SINCE_LAST_STEP.get(state, netuid) + 1)


def advance(state: State, netuid: int, block: int) -> None:
    """Note that the epoch of this block ran."""
    storage.BLOCKS_SINCE_LAST_STEP.put(state, netuid, 0)
    storage.LAST_EPOCH_BLOCK.put(state, netuid, block)
    if storage.PENDING_EPOCH_AT.get(state, netuid):
        storage.PENDING_EPOCH_AT.put(state, netuid, 0)
    storage.SUBNET_EPOCH_INDEX.put(state, netuid, storage.SUBNET_EPOCH_INDEX.get(state, netuid) + 1)


def get_next_epoch(state: StateReader, netuid: int) -> int | None:
    """Block of the subnet's next epoch, as far as is known; ``None`` when it never runs."""
    regular = get_next_regular_epoch(state, netuid)
    pending = storage.PENDING_EPOCH_AT.get(state, netuid)
    return min(regular, pending) if regular is not None and pending else regular


def get_next_regular_epoch(state: StateReader, netuid: int) -> int | None:
    """Block at which the subnet's tempo is over, whether or not its owner asked for an epoch before."""
    tempo = storage.TEMPO.get(state, netuid)
    return storage.LAST_EPOCH_BLOCK.get(state, netuid) + tempo if tempo else None


def put_tempo(ctx: Context, netuid: int, tempo: int) -> None:
    """Set the blocks between a subnet's epochs, which are counted from this block on."""
    storage.TEMPO.put(ctx.state, netuid, tempo)
    ctx.deposit(TempoSet(netuid, tempo))
    storage.LAST_EPOCH_BLOCK.put(ctx.state, netuid, ctx.block_number)


def ensure_not_frozen(state: StateReader, netuid: int, block: int) -> None:
    """Let only blocks pass that are not right before an epoch: then rules of the subnet stay as they are.

    An epoch that the owner asked for freezes them at once.

    Raises:
        AdminActionProhibitedDuringWeightsWindow: this block is too late.
    """
    due = get_next_regular_epoch(state, netuid)
    if due is None:
        return
    asked_for = storage.PENDING_EPOCH_AT.get(state, netuid) > block
    if asked_for or max(0, due - block) < storage.ADMIN_FREEZE_WINDOW.get(state):
        raise AdminActionProhibitedDuringWeightsWindow

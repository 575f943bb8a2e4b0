"""Owners decide when epochs run."""

from chain.runtime.dispatch import Context, Root, call
from chain.runtime.errors import BadOrigin
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.key_errors import (
    ActivityCutoffFactorMilliOutOfBounds,
    AutoEpochAlreadyImminent,
    DynamicTempoBlockedByCommitReveal,
    EpochTriggerAlreadyPending,
    TempoOutOfBounds,
)
from chain.runtime.subtensor.key_events import EpochTriggered
from chain.runtime.subtensor.pauses import SHORTEST_TEMPO, Deed, rest
from chain.runtime.subtensor.schedule import LONGEST_WAIT, ensure_not_frozen, get_next_regular_epoch, put_tempo
from chain.runtime.subtensor.setting_events import ActivityCutoffFactorMilliSet
from chain.runtime.subtensor.types import Hyperparameter
from chain.runtime.types import NetUid
from chain.scale.hints import u16, u32

LONGEST_TEMPO = LONGEST_WAIT
LOWEST_CUTOFF_MILLI = 1_000
HIGHEST_CUTOFF_MILLI = 50_000


@call(139, weight=22_000_000)
def set_tempo(ctx: Context, netuid: NetUid, tempo: u16) -> None:
    """Set the blocks between epochs of the caller's subnet, counted from now on."""
    _ensure_owner(ctx, netuid)
    if not SHORTEST_TEMPO <= tempo <= LONGEST_TEMPO:
        raise TempoOutOfBounds
    ensure_not_frozen(ctx.state, netuid, ctx.block_number)
    rest(ctx, netuid, Deed.TempoUpdate)
    put_tempo(ctx, netuid, tempo)


@call(140, weight=22_000_000)
def set_activity_cutoff_factor(ctx: Context, netuid: NetUid, factor_milli: u32) -> None:
    """Set after how many thousandths of a tempo a neuron is inactive; for root, and the owner at times."""
    if not isinstance(ctx.origin, Root):
        _ensure_owner(ctx, netuid)
    if not LOWEST_CUTOFF_MILLI <= factor_milli <= HIGHEST_CUTOFF_MILLI:
        raise ActivityCutoffFactorMilliOutOfBounds
    if not isinstance(ctx.origin, Root):
        ensure_not_frozen(ctx.state, netuid, ctx.block_number)
        rest(ctx, netuid, Hyperparameter.ActivityCutoffFactorMilli)
    storage.ACTIVITY_CUTOFF_FACTOR_MILLI.put(ctx.state, netuid, factor_milli)
    ctx.deposit(ActivityCutoffFactorMilliSet(netuid, factor_milli))


@call(141, weight=22_000_000)
def trigger_epoch(ctx: Context, netuid: NetUid) -> None:
    """Have an epoch of the caller's subnet run after the freeze window, where weights need not be committed first."""
    _ensure_owner(ctx, netuid)
    state, block = ctx.state, ctx.block_number
    if storage.COMMIT_REVEAL_WEIGHTS_ENABLED.get(state, netuid):
        raise DynamicTempoBlockedByCommitReveal
    if storage.PENDING_EPOCH_AT.get(state, netuid):
        raise EpochTriggerAlreadyPending
    window = storage.ADMIN_FREEZE_WINDOW.get(state)
    due = get_next_regular_epoch(state, netuid)
    if due is not None and max(0, due - block) < window:
        raise AutoEpochAlreadyImminent
    rest(ctx, netuid, Hyperparameter.TriggerEpoch)
    storage.PENDING_EPOCH_AT.put(state, netuid, block + window)
    ctx.deposit(EpochTriggered(netuid, ctx.signer(), block + window))


def _ensure_owner(ctx: Context, netuid: int) -> None:
    if ctx.signer() != storage.SUBNET_OWNER.get(ctx.state, netuid) or not storage.NETWORKS_ADDED.get(ctx.state, netuid):
        raise BadOrigin("this call is reserved to the owner of the subnet")

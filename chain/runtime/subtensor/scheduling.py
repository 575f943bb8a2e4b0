"""Owners decide when epochs run."""

from chain.runtime.dispatch import Context, call
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.identities import ensure_subnet_owner
from chain.runtime.subtensor.key_errors import (
    ActivityCutoffFactorMilliOutOfBounds,
    AutoEpochAlreadyImminent,
    DynamicTempoBlockedByCommitReveal,
    EpochTriggerAlreadyPending,
    TempoOutOfBounds,
)
from chain.runtime.subtensor.key_events import EpochTriggered
from chain.runtime.subtensor.rule_events import TempoSet
from chain.runtime.subtensor.schedule import get_next_epoch
from chain.runtime.subtensor.setting_events import ActivityCutoffFactorMilliSet
from chain.runtime.types import NetUid
from chain.scale.hints import u16, u32

SHORTEST_TEMPO = 360
LONGEST_TEMPO = 50_400
LOWEST_CUTOFF_MILLI = 1_000
HIGHEST_CUTOFF_MILLI = 50_000


@call(139, weight=22_000_000)
def set_tempo(ctx: Context, netuid: NetUid, tempo: u16) -> None:
    """Set the blocks between epochs of the caller's subnet, which must not use commit-reveal."""
    ensure_subnet_owner(ctx, netuid)
    if not SHORTEST_TEMPO <= tempo <= LONGEST_TEMPO:
        raise TempoOutOfBounds
    if storage.COMMIT_REVEAL_WEIGHTS_ENABLED.get(ctx.state, netuid):
        raise DynamicTempoBlockedByCommitReveal
    storage.TEMPO.put(ctx.state, netuid, tempo)
    ctx.deposit(TempoSet(netuid, tempo))


@call(140, weight=22_000_000)
def set_activity_cutoff_factor(ctx: Context, netuid: NetUid, factor_milli: u32) -> None:
    """Set after how many thousandths of a tempo a neuron of the caller's subnet is inactive."""
    ensure_subnet_owner(ctx, netuid)
    if not LOWEST_CUTOFF_MILLI <= factor_milli <= HIGHEST_CUTOFF_MILLI:
        raise ActivityCutoffFactorMilliOutOfBounds
    storage.ACTIVITY_CUTOFF_FACTOR_MILLI.put(ctx.state, netuid, factor_milli)
    ctx.deposit(ActivityCutoffFactorMilliSet(netuid, factor_milli))


@call(141, weight=22_000_000)
def trigger_epoch(ctx: Context, netuid: NetUid) -> None:
    """Have an epoch of the caller's subnet run after the freeze window, long before it would come by itself."""
    ensure_subnet_owner(ctx, netuid)
    state, block = ctx.state, ctx.block_number
    if storage.PENDING_EPOCH_AT.get(state, netuid):
        raise EpochTriggerAlreadyPending
    fires_at = block + max(1, storage.ADMIN_FREEZE_WINDOW.get(state))
    due = get_next_epoch(state, netuid, block)
    if due is not None and due <= fires_at:
        raise AutoEpochAlreadyImminent
    storage.PENDING_EPOCH_AT.put(state, netuid, fires_at)
    ctx.deposit(EpochTriggered(netuid, ctx.signer(), fires_at))

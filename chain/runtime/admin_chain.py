"""AdminUtils: rules of the whole chain. All are root's."""

from chain.runtime.admin_access import Deprecated, ValueNotInBounds, put_chain_rule
from chain.runtime.dispatch import Context, call
from chain.runtime.subtensor import key_storage, stake_storage, storage
from chain.runtime.subtensor import setting_events as events
from chain.runtime.subtensor.errors import InvalidValue
from chain.runtime.subtensor.mechanisms import MOST_MECHANISMS
from chain.runtime.subtensor.staking import clear_small_nominations
from chain.runtime.subtensor.types import I96F32
from chain.runtime.types import MechId, Tao
from chain.scale.hints import u8, u16, u32, u64


@call(1, weight=7_000_000)
def sudo_set_default_take(ctx: Context, default_take: u16) -> None:
    """Set the highest take of delegates; root only."""
    put_chain_rule(ctx, storage.MAX_DELEGATE_TAKE, default_take, events.MaxDelegateTakeSet)


@call(28, weight=7_000_000)
def sudo_set_subnet_owner_cut(ctx: Context, subnet_owner_cut: u16) -> None:
    """Set the owners' part of emission, of 65535; root only."""
    put_chain_rule(ctx, storage.SUBNET_OWNER_CUT, subnet_owner_cut, events.SubnetOwnerCutSet)


@call(29, weight=7_000_000)
def sudo_set_network_rate_limit(ctx: Context, rate_limit: u64) -> None:
    """Set the blocks between registrations of subnets; root only."""
    put_chain_rule(ctx, storage.NETWORK_RATE_LIMIT, rate_limit, events.NetworkRateLimitSet)


@call(33, weight=7_000_000)
def sudo_set_total_issuance(ctx: Context, total_issuance: Tao) -> None:
    """Do nothing: issuance follows from what exists."""
    raise Deprecated


@call(35, weight=7_000_000)
def sudo_set_network_immunity_period(ctx: Context, immunity_period: u64) -> None:
    """Set the blocks during which a new subnet is not dissolved for another; root only."""
    put_chain_rule(ctx, storage.NETWORK_IMMUNITY_PERIOD, immunity_period, events.NetworkImmunityPeriodSet)


@call(36, weight=7_000_000)
def sudo_set_network_min_lock_cost(ctx: Context, lock_cost: Tao) -> None:
    """Set the lowest cost of a subnet; root only."""
    put_chain_rule(ctx, storage.NETWORK_MIN_LOCK_COST, lock_cost, events.NetworkMinLockCostSet)


@call(37, weight=7_000_000)
def sudo_set_subnet_limit(ctx: Context, max_subnets: u16) -> None:
    """Set how many subnets there may be; root only."""
    put_chain_rule(ctx, storage.SUBNET_LIMIT, max_subnets, events.SubnetLimitSet)


@call(38, weight=7_000_000)
def sudo_set_lock_reduction_interval(ctx: Context, interval: u64) -> None:
    """Set the blocks in which the cost of a subnet falls by its last value; root only."""
    put_chain_rule(ctx, storage.NETWORK_LOCK_REDUCTION_INTERVAL, interval, events.NetworkLockCostReductionIntervalSet)


@call(43, weight=7_000_000)
def sudo_set_nominator_min_required_stake(ctx: Context, min_stake: u64) -> None:
    """Set the rao that a nomination must be worth to stay; where that is more than before, lesser ones are paid out."""
    ctx.ensure_root()
    before = storage.NOMINATOR_MIN_REQUIRED_STAKE.get(ctx.state)
    storage.NOMINATOR_MIN_REQUIRED_STAKE.put(ctx.state, min_stake)
    if min_stake > before:
        clear_small_nominations(ctx)


@call(45, weight=7_000_000)
def sudo_set_tx_delegate_take_rate_limit(ctx: Context, tx_rate_limit: u64) -> None:
    """Set the blocks between raises of a take; root only."""
    put_chain_rule(ctx, storage.TX_DELEGATE_TAKE_RATE_LIMIT, tx_rate_limit, events.TxDelegateTakeRateLimitSet)


@call(46, weight=7_000_000)
def sudo_set_min_delegate_take(ctx: Context, take: u16) -> None:
    """Set the lowest take of delegates; root only."""
    put_chain_rule(ctx, storage.MIN_DELEGATE_TAKE, take, events.MinDelegateTakeSet)


@call(55, weight=7_000_000)
def sudo_set_dissolve_network_schedule_duration(ctx: Context, duration: u32) -> None:
    """Set how long the end of a subnet is announced; root only."""
    put_chain_rule(
        ctx, key_storage.DISSOLVE_NETWORK_SCHEDULE_DURATION, duration, events.DissolveNetworkScheduleDurationSet
    )


@call(63, weight=7_000_000)
def sudo_set_subnet_moving_alpha(ctx: Context, alpha: I96F32) -> None:
    """Set how fast average prices move; root only."""
    ctx.ensure_root()
    storage.SUBNET_MOVING_ALPHA.put(ctx.state, alpha)


@call(71, weight=7_000_000)
def sudo_set_commit_reveal_version(ctx: Context, version: u16) -> None:
    """Set which version of timelocked commits is accepted; root only."""
    put_chain_rule(ctx, storage.COMMIT_REVEAL_WEIGHTS_VERSION, version, events.CommitRevealVersionSet)


@call(73, weight=7_000_000)
def sudo_set_ck_burn(ctx: Context, burn: u64) -> None:
    """Set the part of parents' dividends, of 2**64 - 1, that is withheld; root only."""
    ctx.ensure_root()
    stake_storage.CK_BURN.put(ctx.state, burn)


@call(74, weight=7_000_000)
def sudo_set_admin_freeze_window(ctx: Context, window: u16) -> None:
    """Set the blocks before an epoch in which owners change nothing; root only."""
    put_chain_rule(ctx, storage.ADMIN_FREEZE_WINDOW, window, events.AdminFreezeWindowSet)


@call(75, weight=7_000_000)
def sudo_set_owner_hparam_rate_limit(ctx: Context, epochs: u16) -> None:
    """Set the epochs between an owner's changes of a rule; root only."""
    put_chain_rule(ctx, storage.OWNER_HYPERPARAM_RATE_LIMIT, epochs, events.OwnerHyperparamRateLimitSet)


@call(85, weight=7_000_000)
def sudo_set_start_call_delay(ctx: Context, delay: u64) -> None:
    """Set the blocks before a new subnet may start; root only."""
    put_chain_rule(ctx, storage.START_CALL_DELAY, delay, events.StartCallDelaySet)


@call(86, weight=7_000_000)
def sudo_set_coldkey_swap_announcement_delay(ctx: Context, duration: u32) -> None:
    """Set the blocks between announcing and swapping a coldkey; root only."""
    put_chain_rule(ctx, key_storage.COLDKEY_SWAP_ANNOUNCEMENT_DELAY, duration, events.ColdkeySwapAnnouncementDelaySet)


@call(87, weight=7_000_000)
def sudo_set_coldkey_swap_reannouncement_delay(ctx: Context, duration: u32) -> None:
    """Set the blocks between announcements of a coldkey; root only."""
    put_chain_rule(
        ctx, key_storage.COLDKEY_SWAP_REANNOUNCEMENT_DELAY, duration, events.ColdkeySwapReannouncementDelaySet
    )


@call(96, weight=7_000_000)
def sudo_set_max_epochs_per_block(ctx: Context, max_epochs_per_block: u8) -> None:
    """Set how many epochs one block runs; root only."""
    if max_epochs_per_block == 0:
        raise ValueNotInBounds
    put_chain_rule(ctx, storage.MAX_EPOCHS_PER_BLOCK, max_epochs_per_block, events.MaxEpochsPerBlockSet)


@call(88, weight=7_000_000)
def sudo_set_max_mechanism_count(ctx: Context, max_mechanism_count: MechId) -> None:
    """Set how many mechanisms a subnet may have; root only."""
    ctx.ensure_root()
    if not 1 <= max_mechanism_count <= MOST_MECHANISMS:
        raise InvalidValue
    storage.MAX_MECHANISM_COUNT.put(ctx.state, max_mechanism_count)

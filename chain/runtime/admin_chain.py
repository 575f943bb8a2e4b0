"""AdminUtils: rules of the whole chain. All are root's."""

from chain.runtime.admin import ValueNotInBounds
from chain.runtime.dispatch import Context, call
from chain.runtime.subtensor import key_storage, stake_storage, storage
from chain.runtime.subtensor import setting_events as events
from chain.runtime.subtensor.errors import InvalidValue
from chain.runtime.subtensor.types import I96F32
from chain.runtime.types import MechId, Tao
from chain.scale.hints import u8, u16, u32, u64


@call(1, weight=7_000_000)
def sudo_set_default_take(ctx: Context, default_take: u16) -> None:
    """Set the highest take of delegates; root only."""
    ctx.ensure_root()
    storage.MAX_DELEGATE_TAKE.put(ctx.state, default_take)
    ctx.deposit(events.MaxDelegateTakeSet(default_take))


@call(28, weight=7_000_000)
def sudo_set_subnet_owner_cut(ctx: Context, subnet_owner_cut: u16) -> None:
    """Set the owners' part of emission, of 65535; root only."""
    ctx.ensure_root()
    storage.SUBNET_OWNER_CUT.put(ctx.state, subnet_owner_cut)
    ctx.deposit(events.SubnetOwnerCutSet(subnet_owner_cut))


@call(29, weight=7_000_000)
def sudo_set_network_rate_limit(ctx: Context, rate_limit: u64) -> None:
    """Set the blocks between registrations of subnets; root only."""
    ctx.ensure_root()
    storage.NETWORK_RATE_LIMIT.put(ctx.state, rate_limit)
    ctx.deposit(events.NetworkRateLimitSet(rate_limit))


@call(35, weight=7_000_000)
def sudo_set_network_immunity_period(ctx: Context, immunity_period: u64) -> None:
    """Set the blocks during which a new subnet is not dissolved for another; root only."""
    ctx.ensure_root()
    storage.NETWORK_IMMUNITY_PERIOD.put(ctx.state, immunity_period)
    ctx.deposit(events.NetworkImmunityPeriodSet(immunity_period))


@call(36, weight=7_000_000)
def sudo_set_network_min_lock_cost(ctx: Context, lock_cost: Tao) -> None:
    """Set the lowest cost of a subnet; root only."""
    ctx.ensure_root()
    storage.NETWORK_MIN_LOCK_COST.put(ctx.state, lock_cost)
    ctx.deposit(events.NetworkMinLockCostSet(lock_cost))


@call(37, weight=7_000_000)
def sudo_set_subnet_limit(ctx: Context, max_subnets: u16) -> None:
    """Set how many subnets there may be; root only."""
    ctx.ensure_root()
    storage.SUBNET_LIMIT.put(ctx.state, max_subnets)
    ctx.deposit(events.SubnetLimitSet(max_subnets))


@call(38, weight=7_000_000)
def sudo_set_lock_reduction_interval(ctx: Context, interval: u64) -> None:
    """Set the blocks in which the cost of a subnet falls by its last value; root only."""
    ctx.ensure_root()
    storage.NETWORK_LOCK_REDUCTION_INTERVAL.put(ctx.state, interval)
    ctx.deposit(events.NetworkLockCostReductionIntervalSet(interval))


@call(43, weight=7_000_000)
def sudo_set_nominator_min_required_stake(ctx: Context, min_stake: u64) -> None:
    """Set the least alpha that may stay on somebody else's hotkey; root only."""
    ctx.ensure_root()
    storage.NOMINATOR_MIN_REQUIRED_STAKE.put(ctx.state, min_stake)


@call(45, weight=7_000_000)
def sudo_set_tx_delegate_take_rate_limit(ctx: Context, tx_rate_limit: u64) -> None:
    """Set the blocks between raises of a take; root only."""
    ctx.ensure_root()
    storage.TX_DELEGATE_TAKE_RATE_LIMIT.put(ctx.state, tx_rate_limit)
    ctx.deposit(events.TxDelegateTakeRateLimitSet(tx_rate_limit))


@call(46, weight=7_000_000)
def sudo_set_min_delegate_take(ctx: Context, take: u16) -> None:
    """Set the lowest take of delegates; root only."""
    ctx.ensure_root()
    storage.MIN_DELEGATE_TAKE.put(ctx.state, take)
    ctx.deposit(events.MinDelegateTakeSet(take))


@call(55, weight=7_000_000)
def sudo_set_dissolve_network_schedule_duration(ctx: Context, duration: u32) -> None:
    """Set how long the end of a subnet is announced; root only."""
    ctx.ensure_root()
    key_storage.DISSOLVE_NETWORK_SCHEDULE_DURATION.put(ctx.state, duration)
    ctx.deposit(events.DissolveNetworkScheduleDurationSet(duration))


@call(63, weight=7_000_000)
def sudo_set_subnet_moving_alpha(ctx: Context, alpha: I96F32) -> None:
    """Set how fast average prices move; root only."""
    ctx.ensure_root()
    storage.SUBNET_MOVING_ALPHA.put(ctx.state, alpha)


@call(71, weight=7_000_000)
def sudo_set_commit_reveal_version(ctx: Context, version: u16) -> None:
    """Set which version of timelocked commits is accepted; root only."""
    ctx.ensure_root()
    storage.COMMIT_REVEAL_WEIGHTS_VERSION.put(ctx.state, version)
    ctx.deposit(events.CommitRevealVersionSet(version))


@call(73, weight=7_000_000)
def sudo_set_ck_burn(ctx: Context, burn: u64) -> None:
    """Set the part of parents' dividends, of 2**64 - 1, that is withheld; root only."""
    ctx.ensure_root()
    stake_storage.CK_BURN.put(ctx.state, burn)


@call(74, weight=7_000_000)
def sudo_set_admin_freeze_window(ctx: Context, window: u16) -> None:
    """Set the blocks before an epoch in which owners change nothing; root only."""
    ctx.ensure_root()
    storage.ADMIN_FREEZE_WINDOW.put(ctx.state, window)
    ctx.deposit(events.AdminFreezeWindowSet(window))


@call(75, weight=7_000_000)
def sudo_set_owner_hparam_rate_limit(ctx: Context, epochs: u16) -> None:
    """Set the epochs between an owner's changes of a rule; root only."""
    ctx.ensure_root()
    storage.OWNER_HYPERPARAM_RATE_LIMIT.put(ctx.state, epochs)
    ctx.deposit(events.OwnerHyperparamRateLimitSet(epochs))


@call(85, weight=7_000_000)
def sudo_set_start_call_delay(ctx: Context, delay: u64) -> None:
    """Set the blocks before a new subnet may start; root only."""
    ctx.ensure_root()
    storage.START_CALL_DELAY.put(ctx.state, delay)
    ctx.deposit(events.StartCallDelaySet(delay))


@call(86, weight=7_000_000)
def sudo_set_coldkey_swap_announcement_delay(ctx: Context, duration: u32) -> None:
    """Set the blocks between announcing and swapping a coldkey; root only."""
    ctx.ensure_root()
    key_storage.COLDKEY_SWAP_ANNOUNCEMENT_DELAY.put(ctx.state, duration)
    ctx.deposit(events.ColdkeySwapAnnouncementDelaySet(duration))


@call(87, weight=7_000_000)
def sudo_set_coldkey_swap_reannouncement_delay(ctx: Context, duration: u32) -> None:
    """Set the blocks between announcements of a coldkey; root only."""
    ctx.ensure_root()
    key_storage.COLDKEY_SWAP_REANNOUNCEMENT_DELAY.put(ctx.state, duration)
    ctx.deposit(events.ColdkeySwapReannouncementDelaySet(duration))


@call(96, weight=7_000_000)
def sudo_set_max_epochs_per_block(ctx: Context, max_epochs_per_block: u8) -> None:
    """Set how many epochs one block runs; root only."""
    ctx.ensure_root()
    if max_epochs_per_block == 0:
        raise ValueNotInBounds
    storage.MAX_EPOCHS_PER_BLOCK.put(ctx.state, max_epochs_per_block)
    ctx.deposit(events.MaxEpochsPerBlockSet(max_epochs_per_block))


@call(88, weight=7_000_000)
def sudo_set_max_mechanism_count(ctx: Context, max_mechanism_count: MechId) -> None:
    """Set how many mechanisms a subnet may have; root only."""
    ctx.ensure_root()
    if max_mechanism_count == 0:
        raise InvalidValue
    storage.MAX_MECHANISM_COUNT.put(ctx.state, max_mechanism_count)

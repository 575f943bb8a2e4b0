"""AdminUtils: more rules of one subnet, for root or its owner."""

from chain.runtime.admin_access import (
    BondsResetToggled,
    BurnHalfLifeSet,
    BurnIncreaseMultSet,
    InvalidValue,
    MinAllowedUidsGreaterThanCurrentUids,
    MinAllowedUidsGreaterThanMaxAllowedUids,
    NegativeSigmoidSteepness,
    POWRegistrationDisabled,
    ensure_not_root_network,
    ensure_owner,
    ensure_root,
    ensure_root_in_time,
    put_rule,
)
from chain.runtime.dispatch import Context, Root, call
from chain.runtime.subtensor import key_storage, stake_storage, storage
from chain.runtime.subtensor import setting_events as events
from chain.runtime.subtensor.errors import InvalidValue as NotAllowed
from chain.runtime.subtensor.key_errors import ActivityCutoffTooLow, RevealPeriodTooLarge, RevealPeriodTooSmall
from chain.runtime.subtensor.types import U64F64, Hyperparameter, RecycleOrBurn, i16
from chain.runtime.types import NetUid, Tao
from chain.scale.hints import u16, u64

LONGEST_REVEAL_PERIOD = 100
MOST_IMMUNE = 10
LONGEST_HALF_LIFE = 36_100
HIGHEST_MULTIPLIER = 3


@call(4, weight=20_000_000)
def sudo_set_min_difficulty(ctx: Context, netuid: NetUid, min_difficulty: u64) -> None:
    """Set the lowest difficulty of registration by work; root only."""
    ensure_root_in_time(ctx, netuid)
    put_rule(ctx, netuid, storage.MIN_DIFFICULTY, min_difficulty, events.MinDifficultySet)


@call(5, weight=20_000_000)
def sudo_set_max_difficulty(ctx: Context, netuid: NetUid, max_difficulty: u64) -> None:
    """Set the highest difficulty of registration by work."""
    ensure_owner(ctx, netuid, Hyperparameter.MaxDifficulty)
    put_rule(ctx, netuid, storage.MAX_DIFFICULTY, max_difficulty, events.MaxDifficultySet)


@call(8, weight=20_000_000)
def sudo_set_adjustment_interval(ctx: Context, netuid: NetUid, adjustment_interval: u16) -> None:
    """Set the blocks in which registrations on root are counted; root only."""
    ensure_root(ctx, netuid)
    put_rule(ctx, netuid, storage.ADJUSTMENT_INTERVAL, adjustment_interval, events.AdjustmentIntervalSet)


@call(9, weight=20_000_000)
def sudo_set_adjustment_alpha(ctx: Context, netuid: NetUid, adjustment_alpha: u64) -> None:
    """Set how slowly difficulty moved on older chains."""
    ensure_owner(ctx, netuid, Hyperparameter.AdjustmentAlpha)
    put_rule(ctx, netuid, storage.ADJUSTMENT_ALPHA, adjustment_alpha, events.AdjustmentAlphaSet)


@call(17, weight=20_000_000)
def sudo_set_rho(ctx: Context, netuid: NetUid, rho: u16) -> None:
    """Set the steepness of consensus on older chains."""
    ensure_owner(ctx, netuid, Hyperparameter.Rho)
    storage.RHO.put(ctx.state, netuid, rho)


@call(18, weight=20_000_000)
def sudo_set_activity_cutoff(ctx: Context, netuid: NetUid, activity_cutoff: u16) -> None:
    """Set the blocks without an update that older chains called inactive."""
    ensure_owner(ctx, netuid, Hyperparameter.ActivityCutoff)
    if activity_cutoff < key_storage.MIN_ACTIVITY_CUTOFF.get(ctx.state):
        raise ActivityCutoffTooLow
    put_rule(ctx, netuid, storage.ACTIVITY_CUTOFF, activity_cutoff, events.ActivityCutoffSet)


@call(20, weight=20_000_000)
def sudo_set_network_pow_registration_allowed(ctx: Context, netuid: NetUid, registration_allowed: bool) -> None:
    """Do nothing: nobody registers by work any more."""
    raise POWRegistrationDisabled


@call(21, weight=20_000_000)
def sudo_set_target_registrations_per_interval(
    ctx: Context, netuid: NetUid, target_registrations_per_interval: u16
) -> None:
    """Set a third of the registrations that root takes in one interval; root only."""
    ensure_root_in_time(ctx, netuid)
    put_rule(
        ctx,
        netuid,
        storage.TARGET_REGISTRATIONS_PER_INTERVAL,
        target_registrations_per_interval,
        events.RegistrationPerIntervalSet,
    )


@call(24, weight=20_000_000)
def sudo_set_difficulty(ctx: Context, netuid: NetUid, difficulty: u64) -> None:
    """Set the difficulty of registration by work; root only."""
    ensure_root_in_time(ctx, netuid)
    put_rule(ctx, netuid, storage.DIFFICULTY, difficulty, events.DifficultySet)


@call(27, weight=20_000_000)
def sudo_set_max_registrations_per_block(ctx: Context, netuid: NetUid, max_registrations_per_block: u16) -> None:
    """Set the registrations that root takes in one block; root only."""
    ensure_root_in_time(ctx, netuid)
    put_rule(
        ctx,
        netuid,
        storage.MAX_REGISTRATIONS_PER_BLOCK,
        max_registrations_per_block,
        events.MaxRegistrationsPerBlockSet,
    )


@call(39, weight=20_000_000)
def sudo_set_rao_recycled(ctx: Context, netuid: NetUid, rao_recycled: Tao) -> None:
    """Set what registrations are said to have cost; root only."""
    ensure_root(ctx, netuid)
    put_rule(ctx, netuid, storage.RAO_RECYCLED_FOR_REGISTRATION, rao_recycled, events.RAORecycledForRegistrationSet)


@call(57, weight=20_000_000)
def sudo_set_commit_reveal_weights_interval(ctx: Context, netuid: NetUid, interval: u64) -> None:
    """Set the epochs between a commit and its reveal."""
    ensure_owner(ctx, netuid, Hyperparameter.WeightCommitInterval)
    if interval < 1:
        raise RevealPeriodTooSmall
    if interval > LONGEST_REVEAL_PERIOD:
        raise RevealPeriodTooLarge
    put_rule(ctx, netuid, storage.REVEAL_PERIOD_EPOCHS, interval, events.CommitRevealPeriodsSet)


@call(61, weight=20_000_000)
def sudo_set_toggle_transfer(ctx: Context, netuid: NetUid, toggle: bool) -> None:
    """Say whether stake may pass to another coldkey."""
    ensure_owner(ctx, netuid, Hyperparameter.TransferEnabled)
    put_rule(ctx, netuid, storage.TRANSFER_TOGGLE, toggle, events.TransferToggle)


@call(65, weight=20_000_000)
def sudo_set_ema_price_halving_period(ctx: Context, netuid: NetUid, ema_halving: u64) -> None:
    """Set the blocks in which half of the average price is that of the past; root only."""
    ensure_root(ctx, netuid)
    storage.EMA_PRICE_HALVING_BLOCKS.put(ctx.state, netuid, ema_halving)


@call(66, weight=20_000_000)
def sudo_set_subtoken_enabled(ctx: Context, netuid: NetUid, subtoken_enabled: bool) -> None:
    """Open a subnet to staking, or close it; root only."""
    ensure_root_in_time(ctx, netuid)
    storage.SUBTOKEN_ENABLED.put(ctx.state, netuid, subtoken_enabled)


@call(68, weight=20_000_000)
def sudo_set_alpha_sigmoid_steepness(ctx: Context, netuid: NetUid, steepness: i16) -> None:
    """Set how sharply liquid bonds turn from slow to fast."""
    ensure_owner(ctx, netuid, Hyperparameter.AlphaSigmoidSteepness)
    if steepness < 0 and not isinstance(ctx.origin, Root):
        raise NegativeSigmoidSteepness
    storage.ALPHA_SIGMOID_STEEPNESS.put(ctx.state, netuid, steepness)


@call(70, weight=20_000_000)
def sudo_set_bonds_reset_enabled(ctx: Context, netuid: NetUid, enabled: bool) -> None:
    """Say whether a neuron may have the bonds towards it forgotten."""
    ensure_owner(ctx, netuid, Hyperparameter.BondsResetEnabled)
    put_rule(ctx, netuid, storage.BONDS_RESET_ON, enabled, events.BondsResetOnSet)
    ctx.deposit(BondsResetToggled(netuid, enabled))


@call(72, weight=20_000_000)
def sudo_set_owner_immune_neuron_limit(ctx: Context, netuid: NetUid, immune_neurons: u16) -> None:
    """Set how many of the owner's neurons are never replaced."""
    ensure_owner(ctx, netuid, Hyperparameter.ImmuneNeuronLimit)
    if not 1 <= immune_neurons <= MOST_IMMUNE:
        raise NotAllowed
    storage.IMMUNE_OWNER_UIDS_LIMIT.put(ctx.state, netuid, immune_neurons)


@call(79, weight=20_000_000)
def sudo_set_min_allowed_uids(ctx: Context, netuid: NetUid, min_allowed_uids: u16) -> None:
    """Set to how few neurons a subnet may be trimmed; root only."""
    ensure_root_in_time(ctx, netuid)
    if min_allowed_uids >= storage.MAX_ALLOWED_UIDS.get(ctx.state, netuid):
        raise MinAllowedUidsGreaterThanMaxAllowedUids
    if min_allowed_uids >= storage.SUBNETWORK_N.get(ctx.state, netuid):
        raise MinAllowedUidsGreaterThanCurrentUids
    put_rule(ctx, netuid, storage.MIN_ALLOWED_UIDS, min_allowed_uids, events.MinAllowedUidsSet)


@call(80, weight=20_000_000)
def sudo_set_recycle_or_burn(ctx: Context, netuid: NetUid, recycle_or_burn: RecycleOrBurn) -> None:
    """Say how emission of the owner's own miners is destroyed."""
    ensure_owner(ctx, netuid, Hyperparameter.RecycleOrBurn)
    storage.RECYCLE_OR_BURN.put(ctx.state, netuid, recycle_or_burn)


@call(89, weight=20_000_000)
def sudo_set_burn_half_life(ctx: Context, netuid: NetUid, burn_half_life: u16) -> None:
    """Set the blocks in which the price of registration falls to a half."""
    ensure_owner(ctx, netuid, Hyperparameter.BurnHalfLife)
    ensure_not_root_network(netuid)
    if not 1 <= burn_half_life <= LONGEST_HALF_LIFE:
        raise InvalidValue
    put_rule(ctx, netuid, storage.BURN_HALF_LIFE, burn_half_life, BurnHalfLifeSet)


@call(90, weight=20_000_000)
def sudo_set_burn_increase_mult(ctx: Context, netuid: NetUid, burn_increase_mult: U64F64) -> None:
    """Set by what a registration multiplies the price."""
    ensure_owner(ctx, netuid, Hyperparameter.BurnIncreaseMult)
    ensure_not_root_network(netuid)
    if not 1 << 64 <= burn_increase_mult <= HIGHEST_MULTIPLIER << 64:
        raise InvalidValue
    put_rule(ctx, netuid, storage.BURN_INCREASE_MULT, burn_increase_mult, BurnIncreaseMultSet)


@call(92, weight=20_000_000)
def sudo_set_owner_cut_enabled(ctx: Context, netuid: NetUid, enabled: bool) -> None:
    """Say whether the owner takes a part of the emission."""
    ensure_owner(ctx, netuid, None)
    ensure_not_root_network(netuid)
    storage.OWNER_CUT_ENABLED.put(ctx.state, netuid, enabled)


@call(93, weight=20_000_000)
def sudo_set_min_childkey_take_per_subnet(ctx: Context, netuid: NetUid, take: u16) -> None:
    """Set the lowest take as a child."""
    ensure_owner(ctx, netuid, Hyperparameter.MinChildkeyTake)
    lowest, highest = stake_storage.MIN_CHILDKEY_TAKE.get(ctx.state), stake_storage.MAX_CHILDKEY_TAKE.get(ctx.state)
    if not lowest <= take <= highest:
        raise InvalidValue
    put_rule(ctx, netuid, stake_storage.MIN_CHILDKEY_TAKE_PER_SUBNET, take, events.MinChildKeyTakePerSubnetSet)

"""AdminUtils: the rules of a subnet that a small network cannot do without, for root or its owner."""

from chain.runtime.admin_access import (
    BondsMovingAverageMaxReached,
    MaxAllowedUidsGreaterThanDefaultMaxAllowedUids,
    MaxAllowedUIdsLessThanCurrentUIds,
    MaxAllowedUidsLessThanMinAllowedUids,
    MaxValidatorsLargerThanMaxUIds,
    SubnetEmissionEnabledSet,
    ValueNotInBounds,
    Yuma3EnableToggled,
    ensure_not_root_network,
    ensure_owner,
    ensure_root,
    ensure_root_in_time,
    put_chain_rule,
    put_rule,
)
from chain.runtime.dispatch import Context, Root, call
from chain.runtime.subtensor import rule_events as events
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.errors import AlphaHighTooLow, AlphaLowOutOfRange, LiquidAlphaDisabled
from chain.runtime.subtensor.mechanisms import ensure_few_uids
from chain.runtime.subtensor.pauses import Deed
from chain.runtime.subtensor.schedule import put_tempo
from chain.runtime.subtensor.types import Hyperparameter
from chain.runtime.types import NetUid, Tao
from chain.scale.hints import u16, u64

HIGHEST_MOVING_AVERAGE = 975_000
MOST_UIDS_OF_OWNERS = 256
MOST_UIDS = 4_096
HIGHEST_MIN_BURN = 1_000_000_000
LOWEST_MAX_BURN = 100_000_000
LOWEST_ALPHA = 1_638
"""0.025, of 65535: below this neither of two alphas may be."""


@call(2, weight=7_000_000)
def sudo_set_tx_rate_limit(ctx: Context, tx_rate_limit: u64) -> None:
    """Set the blocks between some transactions of an account; root only."""
    put_chain_rule(ctx, storage.TX_RATE_LIMIT, tx_rate_limit, events.TxRateLimitSet)


@call(3, weight=20_000_000)
def sudo_set_serving_rate_limit(ctx: Context, netuid: NetUid, serving_rate_limit: u64) -> None:
    """Set the blocks between announcements of an address."""
    ensure_owner(ctx, netuid, Hyperparameter.ServingRateLimit)
    put_rule(ctx, netuid, storage.SERVING_RATE_LIMIT, serving_rate_limit, events.ServingRateLimitSet)


@call(6, weight=20_000_000)
def sudo_set_weights_version_key(ctx: Context, netuid: NetUid, weights_version_key: u64) -> None:
    """Set the oldest version of weights that is accepted."""
    ensure_owner(ctx, netuid, Deed.SetWeightsVersionKey)
    put_rule(ctx, netuid, storage.WEIGHTS_VERSION_KEY, weights_version_key, events.WeightsVersionKeySet)


@call(7, weight=20_000_000)
def sudo_set_weights_set_rate_limit(ctx: Context, netuid: NetUid, weights_set_rate_limit: u64) -> None:
    """Set the blocks between weights of a validator; root only."""
    ensure_root(ctx, netuid)
    put_rule(ctx, netuid, storage.WEIGHTS_SET_RATE_LIMIT, weights_set_rate_limit, events.WeightsSetRateLimitSet)


@call(13, weight=20_000_000)
def sudo_set_immunity_period(ctx: Context, netuid: NetUid, immunity_period: u16) -> None:
    """Set the blocks during which a new neuron is not replaced."""
    ensure_owner(ctx, netuid, Hyperparameter.ImmunityPeriod)
    put_rule(ctx, netuid, storage.IMMUNITY_PERIOD, immunity_period, events.ImmunityPeriodSet)


@call(14, weight=20_000_000)
def sudo_set_min_allowed_weights(ctx: Context, netuid: NetUid, min_allowed_weights: u16) -> None:
    """Set how many weights a validator must give."""
    ensure_owner(ctx, netuid, Hyperparameter.MinAllowedWeights)
    put_rule(ctx, netuid, storage.MIN_ALLOWED_WEIGHTS, min_allowed_weights, events.MinAllowedWeightSet)


@call(15, weight=20_000_000)
def sudo_set_max_allowed_uids(ctx: Context, netuid: NetUid, max_allowed_uids: u16) -> None:
    """Set how many neurons there may be, of all mechanisms together; the owner may not allow as many as root."""
    ensure_owner(ctx, netuid, Hyperparameter.MaxAllowedUids)
    if max_allowed_uids < storage.MIN_ALLOWED_UIDS.get(ctx.state, netuid):
        raise MaxAllowedUidsLessThanMinAllowedUids
    if max_allowed_uids < storage.SUBNETWORK_N.get(ctx.state, netuid):
        raise MaxAllowedUIdsLessThanCurrentUIds
    most = MOST_UIDS if isinstance(ctx.origin, Root) else MOST_UIDS_OF_OWNERS
    if max_allowed_uids > most:
        raise MaxAllowedUidsGreaterThanDefaultMaxAllowedUids
    ensure_few_uids(max_allowed_uids, storage.MECHANISM_COUNT_CURRENT.get(ctx.state, netuid))
    put_rule(ctx, netuid, storage.MAX_ALLOWED_UIDS, max_allowed_uids, events.MaxAllowedUidsSet)


@call(16, weight=20_000_000)
def sudo_set_kappa(ctx: Context, netuid: NetUid, kappa: u16) -> None:
    """Set the share of stake, of 65535, that makes a majority; root only."""
    ensure_root(ctx, netuid)
    put_rule(ctx, netuid, storage.KAPPA, kappa, events.KappaSet)


@call(19, weight=20_000_000)
def sudo_set_network_registration_allowed(ctx: Context, netuid: NetUid, registration_allowed: bool) -> None:
    """Open or close registration, and with it emission; root only."""
    ensure_root(ctx, netuid)
    put_rule(ctx, netuid, storage.NETWORK_REGISTRATION_ALLOWED, registration_allowed, events.RegistrationAllowed)


@call(22, weight=20_000_000)
def sudo_set_min_burn(ctx: Context, netuid: NetUid, min_burn: Tao) -> None:
    """Set the lowest price of registration."""
    ensure_owner(ctx, netuid, Hyperparameter.MinBurn)
    if min_burn >= min(HIGHEST_MIN_BURN, storage.MAX_BURN.get(ctx.state, netuid)):
        raise ValueNotInBounds
    put_rule(ctx, netuid, storage.MIN_BURN, min_burn, events.MinBurnSet)


@call(23, weight=20_000_000)
def sudo_set_max_burn(ctx: Context, netuid: NetUid, max_burn: Tao) -> None:
    """Set the highest price of registration."""
    ensure_owner(ctx, netuid, Hyperparameter.MaxBurn)
    if max_burn <= max(LOWEST_MAX_BURN, storage.MIN_BURN.get(ctx.state, netuid)):
        raise ValueNotInBounds
    put_rule(ctx, netuid, storage.MAX_BURN, max_burn, events.MaxBurnSet)


@call(25, weight=20_000_000)
def sudo_set_max_allowed_validators(ctx: Context, netuid: NetUid, max_allowed_validators: u16) -> None:
    """Set how many validators may hold a permit; root only."""
    ensure_root_in_time(ctx, netuid)
    if max_allowed_validators > storage.MAX_ALLOWED_UIDS.get(ctx.state, netuid):
        raise MaxValidatorsLargerThanMaxUIds
    put_rule(ctx, netuid, storage.MAX_ALLOWED_VALIDATORS, max_allowed_validators, events.MaxAllowedValidatorsSet)


@call(26, weight=20_000_000)
def sudo_set_bonds_moving_average(ctx: Context, netuid: NetUid, bonds_moving_average: u64) -> None:
    """Set how much of a bond lasts through an epoch, in parts of a million."""
    ensure_owner(ctx, netuid, Hyperparameter.BondsMovingAverage)
    if bonds_moving_average > HIGHEST_MOVING_AVERAGE and not isinstance(ctx.origin, Root):
        raise BondsMovingAverageMaxReached
    put_rule(ctx, netuid, storage.BONDS_MOVING_AVERAGE, bonds_moving_average, events.BondsMovingAverageSet)


@call(30, weight=20_000_000)
def sudo_set_tempo(ctx: Context, netuid: NetUid, tempo: u16) -> None:
    """Set the blocks between epochs, counted from now on; root only."""
    ensure_root_in_time(ctx, netuid)
    put_tempo(ctx, netuid, tempo)


@call(42, weight=7_000_000)
def sudo_set_stake_threshold(ctx: Context, min_stake: u64) -> None:
    """Set the stake, in rao, that validators need; root only."""
    put_chain_rule(ctx, storage.STAKE_THRESHOLD, min_stake, events.StakeThresholdSet)


@call(49, weight=20_000_000)
def sudo_set_commit_reveal_weights_enabled(ctx: Context, netuid: NetUid, enabled: bool) -> None:
    """Say whether weights must be committed before they are revealed."""
    ensure_owner(ctx, netuid, Hyperparameter.CommitRevealEnabled)
    put_rule(ctx, netuid, storage.COMMIT_REVEAL_WEIGHTS_ENABLED, enabled, events.CommitRevealEnabled)


@call(50, weight=20_000_000)
def sudo_set_liquid_alpha_enabled(ctx: Context, netuid: NetUid, enabled: bool) -> None:
    """Say whether bonds move faster towards what consensus comes to agree on."""
    ensure_owner(ctx, netuid, Hyperparameter.LiquidAlphaEnabled)
    storage.LIQUID_ALPHA_ON.put(ctx.state, netuid, enabled)


@call(51, weight=20_000_000)
def sudo_set_alpha_values(ctx: Context, netuid: NetUid, alpha_low: u16, alpha_high: u16) -> None:
    """Set how slowly and how fast liquid bonds move, of 65535."""
    ensure_owner(ctx, netuid, Hyperparameter.AlphaValues)
    if not storage.LIQUID_ALPHA_ON.get(ctx.state, netuid):
        raise LiquidAlphaDisabled
    if alpha_high < LOWEST_ALPHA:
        raise AlphaHighTooLow
    if not LOWEST_ALPHA <= alpha_low <= alpha_high:
        raise AlphaLowOutOfRange
    storage.ALPHA_VALUES.put(ctx.state, netuid, (alpha_low, alpha_high))


@call(60, weight=20_000_000)
def sudo_set_bonds_penalty(ctx: Context, netuid: NetUid, bonds_penalty: u16) -> None:
    """Set how far weights above consensus lose their bonds, of 65535."""
    ensure_owner(ctx, netuid, Hyperparameter.BondsPenalty)
    put_rule(ctx, netuid, storage.BONDS_PENALTY, bonds_penalty, events.BondsPenaltySet)


@call(69, weight=20_000_000)
def sudo_set_yuma3_enabled(ctx: Context, netuid: NetUid, enabled: bool) -> None:
    """Say whether bonds are absolute (Yuma3) or relative (Yuma2)."""
    ensure_owner(ctx, netuid, Hyperparameter.Yuma3Enabled)
    put_rule(ctx, netuid, storage.YUMA3_ON, enabled, Yuma3EnableToggled)


@call(84, weight=20_000_000)
def sudo_set_min_non_immune_uids(ctx: Context, netuid: NetUid, min: u16) -> None:
    """Set how many neurons must be replaceable before an immune one is spared; root only."""
    ensure_root(ctx, netuid)
    put_rule(ctx, netuid, storage.MIN_NON_IMMUNE_UIDS, min, events.MinNonImmuneUidsSet)


@call(94, weight=20_000_000)
def sudo_set_subnet_emission_enabled(ctx: Context, netuid: NetUid, enabled: bool) -> None:
    """Say whether a subnet gets a share of each block; root only."""
    ensure_root(ctx, netuid)
    ensure_not_root_network(netuid)
    put_rule(ctx, netuid, storage.SUBNET_EMISSION_ENABLED, enabled, SubnetEmissionEnabledSet)

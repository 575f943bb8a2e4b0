"""AdminUtils pallet: changing the rules.

Root may always; a subnet's owner may change some of them, seldom, and not right before an epoch.
"""

from collections.abc import Callable
from typing import TypeVar

from chain.runtime.dispatch import Context, Root, call, event
from chain.runtime.errors import BadOrigin, ModuleError
from chain.runtime.storage import StorageMap
from chain.runtime.subtensor import rule_events as events
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.errors import (
    AdminActionProhibitedDuringWeightsWindow,
    AlphaHighTooLow,
    AlphaLowOutOfRange,
    LiquidAlphaDisabled,
    TxRateLimitExceeded,
)
from chain.runtime.subtensor.schedule import get_next_epoch
from chain.runtime.subtensor.types import Hyperparameter, OwnerHyperparamUpdate
from chain.runtime.types import NetUid, Tao
from chain.scale.hints import u16, u64

V = TypeVar("V")

HIGHEST_MOVING_AVERAGE = 975_000
MOST_UIDS = 4_096
LOWEST_ALPHA_HIGH = 52_428
"""0.8: below this the higher of two alphas may not be."""

LOWEST_ALPHA_LOW = 1_638
"""0.025: below this the lower one may not be."""


class SubnetDoesNotExist(ModuleError, index=0):
    """The subnet does not exist, check the netuid parameter"""


class MaxValidatorsLargerThanMaxUIds(ModuleError, index=1):
    """The maximum number of subnet validators must be less than the maximum number of allowed UIDs in the subnet."""


class MaxAllowedUIdsLessThanCurrentUIds(ModuleError, index=2):
    """The maximum number of subnet validators must be more than the current number of UIDs already in the subnet."""


class BondsMovingAverageMaxReached(ModuleError, index=3):
    """The maximum value for bonds moving average is reached"""


class NegativeSigmoidSteepness(ModuleError, index=4):
    """Only root can set negative sigmoid steepness values"""


class ValueNotInBounds(ModuleError, index=5):
    """Value not in allowed bounds."""


class MinAllowedUidsGreaterThanCurrentUids(ModuleError, index=6):
    """The minimum allowed UIDs must be less than the current number of UIDs in the subnet."""


class MinAllowedUidsGreaterThanMaxAllowedUids(ModuleError, index=7):
    """The minimum allowed UIDs must be less than the maximum allowed UIDs."""


@event(1)
class Yuma3EnableToggled:
    """Event emitted when the Yuma3 enable is toggled."""

    netuid: NetUid
    enabled: bool


@call(2, weight=7_000_000)
def sudo_set_tx_rate_limit(ctx: Context, tx_rate_limit: u64) -> None:
    """Set the blocks between some transactions of an account; root only."""
    ctx.ensure_root()
    storage.TX_RATE_LIMIT.put(ctx.state, tx_rate_limit)
    ctx.deposit(events.TxRateLimitSet(tx_rate_limit))


@call(3, weight=20_000_000)
def sudo_set_serving_rate_limit(ctx: Context, netuid: NetUid, serving_rate_limit: u64) -> None:
    """Set the blocks between announcements of an address."""
    ensure_owner(ctx, netuid, Hyperparameter.ServingRateLimit)
    put_rule(ctx, netuid, storage.SERVING_RATE_LIMIT, serving_rate_limit, events.ServingRateLimitSet)


@call(6, weight=20_000_000)
def sudo_set_weights_version_key(ctx: Context, netuid: NetUid, weights_version_key: u64) -> None:
    """Set the oldest version of weights that is accepted."""
    ensure_owner(ctx, netuid, Hyperparameter.Unknown)
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
    """Set how many neurons there may be."""
    ensure_owner(ctx, netuid, Hyperparameter.MaxAllowedUids)
    if max_allowed_uids < storage.SUBNETWORK_N.get(ctx.state, netuid):
        raise MaxAllowedUIdsLessThanCurrentUIds
    if max_allowed_uids > MOST_UIDS:
        raise ValueNotInBounds
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
    if not 0 < min_burn < storage.MAX_BURN.get(ctx.state, netuid):
        raise ValueNotInBounds
    put_rule(ctx, netuid, storage.MIN_BURN, min_burn, events.MinBurnSet)


@call(23, weight=20_000_000)
def sudo_set_max_burn(ctx: Context, netuid: NetUid, max_burn: Tao) -> None:
    """Set the highest price of registration."""
    ensure_owner(ctx, netuid, Hyperparameter.MaxBurn)
    if max_burn <= storage.MIN_BURN.get(ctx.state, netuid):
        raise ValueNotInBounds
    put_rule(ctx, netuid, storage.MAX_BURN, max_burn, events.MaxBurnSet)


@call(25, weight=20_000_000)
def sudo_set_max_allowed_validators(ctx: Context, netuid: NetUid, max_allowed_validators: u16) -> None:
    """Set how many validators may hold a permit; root only."""
    ensure_root(ctx, netuid)
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
    """Set the blocks between epochs; root only."""
    ensure_root(ctx, netuid)
    put_rule(ctx, netuid, storage.TEMPO, tempo, events.TempoSet)


@call(42, weight=7_000_000)
def sudo_set_stake_threshold(ctx: Context, min_stake: u64) -> None:
    """Set the stake, in rao, that validators need; root only."""
    ctx.ensure_root()
    storage.STAKE_THRESHOLD.put(ctx.state, min_stake)
    ctx.deposit(events.StakeThresholdSet(min_stake))


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
    if alpha_high < LOWEST_ALPHA_HIGH:
        raise AlphaHighTooLow
    if not LOWEST_ALPHA_LOW <= alpha_low <= alpha_high:
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
    storage.SUBNET_EMISSION_ENABLED.put(ctx.state, netuid, enabled)


def put_rule(
    ctx: Context, netuid: int, item: StorageMap[int, V], value: V, announce: Callable[[int, V], object]
) -> None:
    """Set a subnet's rule and tell of it."""
    item.put(ctx.state, netuid, value)
    ctx.deposit(announce(netuid, value))


def ensure_root(ctx: Context, netuid: int) -> None:
    """Let only root pass, and only for a subnet that exists.

    Raises:
        BadOrigin, SubnetDoesNotExist.
    """
    ctx.ensure_root()
    if not storage.NETWORKS_ADDED.get(ctx.state, netuid):
        raise SubnetDoesNotExist


def ensure_owner(ctx: Context, netuid: int, rule: Hyperparameter) -> None:
    """Let root pass, and the subnet's owner when the rule may be changed again; note when the owner did.

    Raises:
        BadOrigin, SubnetDoesNotExist, AdminActionProhibitedDuringWeightsWindow, TxRateLimitExceeded.
    """
    if isinstance(ctx.origin, Root):
        return ensure_root(ctx, netuid)
    state, block = ctx.state, ctx.block_number
    if ctx.signer() != storage.SUBNET_OWNER.get(state, netuid) or not storage.NETWORKS_ADDED.get(state, netuid):
        raise BadOrigin("this call is reserved to root and the owner of the subnet")
    due = get_next_epoch(state, netuid, block)
    if due is not None and due - block < storage.ADMIN_FREEZE_WINDOW.get(state):
        raise AdminActionProhibitedDuringWeightsWindow
    key = OwnerHyperparamUpdate(netuid, rule)
    last = storage.LAST_RATE_LIMITED_BLOCK.get(state, key)
    pause = storage.OWNER_HYPERPARAM_RATE_LIMIT.get(state) * storage.TEMPO.get(state, netuid)
    if last and block - last < pause:
        raise TxRateLimitExceeded
    return storage.LAST_RATE_LIMITED_BLOCK.put(state, key, block)

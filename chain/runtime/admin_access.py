"""AdminUtils: who may change which rule and when, and how a change is made and told.

Root may always, except for some rules right before an epoch; a subnet's owner may change some, seldom, and none right
before an epoch.
"""

from collections.abc import Callable
from typing import TypeVar

from chain.runtime.dispatch import Context, Root, event
from chain.runtime.errors import BadOrigin, ModuleError
from chain.runtime.storage import StorageMap, StorageValue
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.pauses import Deed, rest
from chain.runtime.subtensor.schedule import ensure_not_frozen
from chain.runtime.subtensor.subnets import ROOT_NETUID
from chain.runtime.subtensor.types import U64F64, Hyperparameter
from chain.runtime.types import NetUid
from chain.scale.hints import u16

V = TypeVar("V")


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


class MaxAllowedUidsLessThanMinAllowedUids(ModuleError, index=8):
    """The maximum allowed UIDs must be at least the minimum allowed UIDs."""


class MaxAllowedUidsGreaterThanDefaultMaxAllowedUids(ModuleError, index=9):
    """The maximum allowed UIDs are more than owners may allow."""


class InvalidValue(ModuleError, index=10):
    """The value is not one that this rule can have."""


class NotPermittedOnRootSubnet(ModuleError, index=11):
    """The root network has no such rule."""


class POWRegistrationDisabled(ModuleError, index=12):
    """Nobody registers by work any more."""


class Deprecated(ModuleError, index=13):
    """The call does nothing any more."""


@event(1)
class Yuma3EnableToggled:
    """Event emitted when the Yuma3 enable is toggled."""

    netuid: NetUid
    enabled: bool


@event(2)
class BondsResetToggled:
    """Resetting bonds was switched on or off."""

    netuid: NetUid
    enabled: bool


@event(3)
class BurnHalfLifeSet:
    """The half-life of the price of registration was set."""

    netuid: NetUid
    burn_half_life: u16


@event(4)
class BurnIncreaseMultSet:
    """What a registration multiplies the price by was set."""

    netuid: NetUid
    burn_increase_mult: U64F64


@event(5)
class SubnetEmissionEnabledSet:
    """A subnet's share of each block was switched on or off."""

    netuid: NetUid
    enabled: bool


def put_rule(
    ctx: Context, netuid: int, item: StorageMap[int, V], value: V, announce: Callable[[int, V], object]
) -> None:
    """Set a subnet's rule and tell of it."""
    item.put(ctx.state, netuid, value)
    ctx.deposit(announce(netuid, value))


def put_chain_rule(ctx: Context, item: StorageValue[V], value: V, announce: Callable[[V], object]) -> None:
    """Set a rule of the whole chain and tell of it; only for root.

    Raises:
        BadOrigin: the caller is somebody else.
    """
    ctx.ensure_root()
    item.put(ctx.state, value)
    ctx.deposit(announce(value))


def ensure_root(ctx: Context, netuid: int) -> None:
    """Let only root pass, and only for a subnet that exists.

    Raises:
        BadOrigin, SubnetDoesNotExist.
    """
    ctx.ensure_root()
    ensure_exists(ctx, netuid)


def ensure_root_in_time(ctx: Context, netuid: int) -> None:
    """Let only root pass, for a subnet that exists and whose epoch is not right ahead.

    Raises:
        BadOrigin, SubnetDoesNotExist, AdminActionProhibitedDuringWeightsWindow.
    """
    ensure_root(ctx, netuid)
    ensure_not_frozen(ctx.state, netuid, ctx.block_number)


def ensure_owner(ctx: Context, netuid: int, rule: Deed | Hyperparameter | None) -> None:
    """Let root pass, and the subnet's owner when it may change the rule again; neither right before an epoch.

    Raises:
        BadOrigin, SubnetDoesNotExist, AdminActionProhibitedDuringWeightsWindow, TxRateLimitExceeded.
    """
    if isinstance(ctx.origin, Root):
        ensure_exists(ctx, netuid)
    elif ctx.signer() != storage.SUBNET_OWNER.get(ctx.state, netuid) or not _exists(ctx, netuid):
        raise BadOrigin("this call is reserved to root and the owner of the subnet")
    elif rule is not None:
        rest(ctx, netuid, rule)
    ensure_not_frozen(ctx.state, netuid, ctx.block_number)


def ensure_exists(ctx: Context, netuid: int) -> None:
    """Let only subnets pass that exist.

    Raises:
        SubnetDoesNotExist: this one does not.
    """
    if not _exists(ctx, netuid):
        raise SubnetDoesNotExist


def ensure_not_root_network(netuid: int) -> None:
    """Let all subnets pass but the root network.

    Raises:
        NotPermittedOnRootSubnet: this is the root network.
    """
    if netuid == ROOT_NETUID:
        raise NotPermittedOnRootSubnet


def _exists(ctx: Context, netuid: int) -> bool:
    return storage.NETWORKS_ADDED.get(ctx.state, netuid)

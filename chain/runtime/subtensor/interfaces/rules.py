"""Rules of a subnet in the three forms that clients ask for."""

from typing import Annotated, Any  # values of many types, put into fields that are encoded by their own

from chain.runtime.api import ApiContext
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.children import get_lowest_take
from chain.runtime.subtensor.interfaces.fields import read_stored
from chain.runtime.subtensor.interfaces.shapes import CompactTao, CompactU128
from chain.runtime.subtensor.types import U64F64
from chain.runtime.types import NetUid
from chain.scale.composite import enum_of, struct, variant
from chain.scale.hints import CompactU16, CompactU32, CompactU64
from chain.scale.products import Newtype
from chain.scale.types import I64, Type

_ONE_I32F32 = 1 << 32
I32F32 = Annotated[int, Newtype("substrate_fixed::FixedI64", I64, field="bits")]


@struct("pallet_subtensor::rpc_info::subnet_info::SubnetHyperparams")
class SubnetHyperparams:
    """Rules of a subnet."""

    rho: CompactU16
    kappa: CompactU16
    immunity_period: CompactU16
    min_allowed_weights: CompactU16
    max_weights_limit: CompactU16
    tempo: CompactU16
    min_difficulty: CompactU64
    max_difficulty: CompactU64
    weights_version: CompactU64
    weights_rate_limit: CompactU64
    adjustment_interval: CompactU16
    activity_cutoff: CompactU64
    registration_allowed: bool
    target_regs_per_interval: CompactU16
    min_burn: CompactTao
    max_burn: CompactTao
    bonds_moving_avg: CompactU64
    max_regs_per_block: CompactU16
    serving_rate_limit: CompactU64
    max_validators: CompactU16
    adjustment_alpha: CompactU64
    difficulty: CompactU64
    commit_reveal_period: CompactU64
    commit_reveal_weights_enabled: bool
    alpha_high: CompactU16
    alpha_low: CompactU16
    liquid_alpha_enabled: bool


@struct("pallet_subtensor::rpc_info::subnet_info::SubnetHyperparamsV2")
class SubnetHyperparamsV2:
    """Rules of a subnet, and what is switched on in it."""

    rho: CompactU16
    kappa: CompactU16
    immunity_period: CompactU16
    min_allowed_weights: CompactU16
    max_weights_limit: CompactU16
    tempo: CompactU16
    min_difficulty: CompactU64
    max_difficulty: CompactU64
    weights_version: CompactU64
    weights_rate_limit: CompactU64
    adjustment_interval: CompactU16
    activity_cutoff: CompactU64
    registration_allowed: bool
    target_regs_per_interval: CompactU16
    min_burn: CompactTao
    max_burn: CompactTao
    bonds_moving_avg: CompactU64
    max_regs_per_block: CompactU16
    serving_rate_limit: CompactU64
    max_validators: CompactU16
    adjustment_alpha: CompactU64
    difficulty: CompactU64
    commit_reveal_period: CompactU64
    commit_reveal_weights_enabled: bool
    alpha_high: CompactU16
    alpha_low: CompactU16
    liquid_alpha_enabled: bool
    alpha_sigmoid_steepness: I32F32
    yuma_version: CompactU16
    subnet_is_active: bool
    transfers_enabled: bool
    bonds_reset_enabled: bool
    user_liquidity_enabled: bool


@variant(0)
class Bool:
    value: bool


@variant(1)
class U16:
    value: CompactU16


@variant(2)
class U32:
    value: CompactU32


@variant(3)
class U64:
    value: CompactU64


@variant(4)
class U128:
    value: CompactU128


@variant(5)
class TaoBalance:
    value: CompactTao


@variant(6, name="I32F32")
class Signed32:
    value: I32F32


@variant(7, name="U64F64")
class Unsigned64:
    value: U64F64


HyperparamValue = Bool | U16 | U32 | U64 | U128 | TaoBalance | Signed32 | Unsigned64
HYPERPARAM_VALUE: Type[HyperparamValue] = enum_of(
    "pallet_subtensor::rpc_info::subnet_info::HyperparamValue",
    Bool,
    U16,
    U32,
    U64,
    U128,
    TaoBalance,
    Signed32,
    Unsigned64,
)


@struct("pallet_subtensor::rpc_info::subnet_info::HyperparamEntry")
class HyperparamEntry:
    """A rule by its name."""

    name: bytes
    value: Annotated[HyperparamValue, HYPERPARAM_VALUE]


def get_subnet_hyperparams(ctx: ApiContext, netuid: NetUid) -> SubnetHyperparams | None:
    """Rules of a subnet; nothing where it does not exist."""
    if not storage.NETWORKS_ADDED.get(ctx.state, netuid):
        return None
    return SubnetHyperparams(**read_stored(ctx.state, netuid, SubnetHyperparams))


def get_subnet_hyperparams_v2(ctx: ApiContext, netuid: NetUid) -> SubnetHyperparamsV2 | None:
    """Rules of a subnet and what is switched on in it; nothing where it does not exist."""
    if not storage.NETWORKS_ADDED.get(ctx.state, netuid):
        return None
    stored = read_stored(ctx.state, netuid, SubnetHyperparamsV2)
    return SubnetHyperparamsV2(**(stored | _derive(ctx.state, netuid)))


def get_subnet_hyperparams_v3(ctx: ApiContext, netuid: NetUid) -> list[HyperparamEntry] | None:
    """Rules of a subnet by their names, of which later versions may have more; nothing where it does not exist."""
    state = ctx.state
    if not storage.NETWORKS_ADDED.get(state, netuid):
        return None
    values = read_stored(state, netuid, SubnetHyperparamsV2) | _derive(state, netuid) | _describe_newer(state, netuid)
    return [HyperparamEntry(name.encode(), kind(values[name])) for name, kind in _NAMED.items()]


def _derive(state: StateReader, netuid: int) -> dict[str, Any]:
    return {
        "alpha_sigmoid_steepness": storage.ALPHA_SIGMOID_STEEPNESS.get(state, netuid) * _ONE_I32F32,
        "yuma_version": 3 if storage.YUMA3_ON.get(state, netuid) else 2,
        "subnet_is_active": storage.SUBTOKEN_ENABLED.get(state, netuid),
        "bonds_reset_enabled": storage.BONDS_RESET_ON.get(state, netuid),
        "user_liquidity_enabled": False,
    }


def _describe_newer(state: StateReader, netuid: int) -> dict[str, Any]:
    """Rules that came after the second form; nothing is locked by itself here."""
    return {
        "activity_cutoff_factor": storage.ACTIVITY_CUTOFF_FACTOR_MILLI.get(state, netuid),
        "burn_half_life": storage.BURN_HALF_LIFE.get(state, netuid),
        "burn_increase_mult": storage.BURN_INCREASE_MULT.get(state, netuid),
        "owner_cut_enabled": storage.OWNER_CUT_ENABLED.get(state, netuid),
        "owner_cut_auto_lock_enabled": False,
        "min_childkey_take": get_lowest_take(state, netuid),
    }


_NAMED: dict[str, type[Any]] = {
    "kappa": U16,
    "immunity_period": U16,
    "min_allowed_weights": U16,
    "max_weights_limit": U16,
    "tempo": U16,
    "weights_version": U64,
    "weights_rate_limit": U64,
    "activity_cutoff": U64,
    "activity_cutoff_factor": U32,
    "registration_allowed": Bool,
    "target_regs_per_interval": U16,
    "min_burn": TaoBalance,
    "max_burn": TaoBalance,
    "burn_half_life": U16,
    "burn_increase_mult": Unsigned64,
    "bonds_moving_avg": U64,
    "max_regs_per_block": U16,
    "serving_rate_limit": U64,
    "max_validators": U16,
    "commit_reveal_period": U64,
    "commit_reveal_weights_enabled": Bool,
    "alpha_high": U16,
    "alpha_low": U16,
    "liquid_alpha_enabled": Bool,
    "alpha_sigmoid_steepness": Signed32,
    "yuma_version": U16,
    "subnet_is_active": Bool,
    "transfers_enabled": Bool,
    "bonds_reset_enabled": Bool,
    "user_liquidity_enabled": Bool,
    "owner_cut_enabled": Bool,
    "owner_cut_auto_lock_enabled": Bool,
    "min_childkey_take": U16,
}
"""Rules of the third form in their order, with the kind of each."""

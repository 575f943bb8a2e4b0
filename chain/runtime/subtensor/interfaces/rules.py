"""Rules of a subnet in the three forms that clients ask for."""

from typing import Annotated, Any  # values of many types, put into fields that are encoded by their own

from chain.runtime.api import ApiContext
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.interfaces.fields import read_stored
from chain.runtime.subtensor.interfaces.shapes import CompactTao
from chain.runtime.subtensor.types import U64F64
from chain.runtime.types import NetUid, Tao
from chain.scale.composite import enum_of, struct, variant
from chain.scale.hints import CompactU16, CompactU64, u16, u32, u64, u128
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
    value: u16


@variant(2)
class U32:
    value: u32


@variant(3)
class U64:
    value: u64


@variant(4)
class U128:
    value: u128


@variant(5)
class TaoBalance:
    value: Tao


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
    values = read_stored(state, netuid, SubnetHyperparamsV2) | _derive(state, netuid)
    entries = [HyperparamEntry(name.encode(), _KINDS.get(name, U16)(value)) for name, value in values.items()]
    return [*entries, *(HyperparamEntry(name.encode(), value) for name, value in _describe_newer(state, netuid))]


def _derive(state: StateReader, netuid: int) -> dict[str, Any]:
    return {
        "alpha_sigmoid_steepness": storage.ALPHA_SIGMOID_STEEPNESS.get(state, netuid) * _ONE_I32F32,
        "yuma_version": 3 if storage.YUMA3_ON.get(state, netuid) else 2,
        "subnet_is_active": storage.SUBTOKEN_ENABLED.get(state, netuid),
        "bonds_reset_enabled": storage.BONDS_RESET_ON.get(state, netuid),
        "user_liquidity_enabled": False,
    }


def _describe_newer(state: StateReader, netuid: int) -> list[tuple[str, HyperparamValue]]:
    """Rules that came after the second form."""
    return [
        ("activity_cutoff_factor_milli", U32(storage.ACTIVITY_CUTOFF_FACTOR_MILLI.get(state, netuid))),
        ("bonds_penalty", U16(storage.BONDS_PENALTY.get(state, netuid))),
        ("burn_half_life", U16(storage.BURN_HALF_LIFE.get(state, netuid))),
        ("burn_increase_mult", Unsigned64(storage.BURN_INCREASE_MULT.get(state, netuid))),
        ("max_allowed_uids", U16(storage.MAX_ALLOWED_UIDS.get(state, netuid))),
        ("min_allowed_uids", U16(storage.MIN_ALLOWED_UIDS.get(state, netuid))),
        ("owner_cut_enabled", Bool(storage.OWNER_CUT_ENABLED.get(state, netuid))),
        ("epoch_consensus", U16(int(storage.SUBNET_EPOCH_CONSENSUS.get(state, netuid)))),
    ]


_FLAGS = (
    "registration_allowed",
    "commit_reveal_weights_enabled",
    "liquid_alpha_enabled",
    "subnet_is_active",
    "transfers_enabled",
    "bonds_reset_enabled",
    "user_liquidity_enabled",
)
_LONG = (
    "min_difficulty",
    "max_difficulty",
    "weights_version",
    "weights_rate_limit",
    "activity_cutoff",
    "bonds_moving_avg",
    "serving_rate_limit",
    "adjustment_alpha",
    "difficulty",
    "commit_reveal_period",
)
_KINDS: dict[str, type[Any]] = {
    **dict.fromkeys(_FLAGS, Bool),
    **dict.fromkeys(_LONG, U64),
    "min_burn": TaoBalance,
    "max_burn": TaoBalance,
    "alpha_sigmoid_steepness": Signed32,
}

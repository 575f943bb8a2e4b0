"""What subnets are and how they do, in the forms that lists of subnets show."""

from typing import Annotated, Any  # values of many types, put into fields that are encoded by their own

from chain.runtime.api import ApiContext
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import key_storage, stake_storage, storage
from chain.runtime.subtensor.interfaces.fields import read_stored
from chain.runtime.subtensor.interfaces.metagraph import describe_neurons, describe_subnet
from chain.runtime.subtensor.interfaces.shapes import (
    CompactAlpha,
    CompactNetUid,
    CompactTao,
    CompactU8,
    CompactU128,
    SubnetIdentity,
)
from chain.runtime.subtensor.subnets import get_all_netuids
from chain.runtime.types import FIXED_I128, AccountId, NetUid
from chain.scale.composite import struct
from chain.scale.containers import Array
from chain.scale.hints import CompactU16, CompactU64
from chain.scale.types import U16

SCALING_LAW_POWER = 50
_RENAMED = {
    "name": "subnet_name",
    "symbol": "token_symbol",
    "subnet_emission": "emission",
    "identity": "subnet_identity",
}
Connection = Annotated[list[int], Array(U16, 2)]


@struct("pallet_subtensor::rpc_info::subnet_info::SubnetInfo")
class SubnetInfo:
    """A subnet in a list."""

    netuid: CompactNetUid
    rho: CompactU16
    kappa: CompactU16
    difficulty: CompactU64
    immunity_period: CompactU16
    max_allowed_validators: CompactU16
    min_allowed_weights: CompactU16
    max_weights_limit: CompactU16
    scaling_law_power: CompactU16
    subnetwork_n: CompactU16
    max_allowed_uids: CompactU16
    blocks_since_last_step: CompactU64
    tempo: CompactU16
    network_modality: CompactU16
    network_connect: list[Connection]
    emission_values: CompactU64
    burn: CompactTao
    owner: AccountId


@struct("pallet_subtensor::rpc_info::subnet_info::SubnetInfov2")
class SubnetInfoV2:
    """A subnet in a list, with what its owner says about it."""

    netuid: CompactNetUid
    rho: CompactU16
    kappa: CompactU16
    difficulty: CompactU64
    immunity_period: CompactU16
    max_allowed_validators: CompactU16
    min_allowed_weights: CompactU16
    max_weights_limit: CompactU16
    scaling_law_power: CompactU16
    subnetwork_n: CompactU16
    max_allowed_uids: CompactU16
    blocks_since_last_step: CompactU64
    tempo: CompactU16
    network_modality: CompactU16
    network_connect: list[Connection]
    emission_value: CompactU64
    burn: CompactTao
    owner: AccountId
    identity: SubnetIdentity | None


@struct("pallet_subtensor::rpc_info::dynamic_info::DynamicInfo")
class DynamicInfo:
    """The money of a subnet."""

    netuid: CompactNetUid
    owner_hotkey: AccountId
    owner_coldkey: AccountId
    subnet_name: list[CompactU8]
    token_symbol: list[CompactU8]
    tempo: CompactU16
    last_step: CompactU64
    blocks_since_last_step: CompactU64
    emission: CompactU64
    alpha_in: CompactAlpha
    alpha_out: CompactAlpha
    tao_in: CompactTao
    alpha_out_emission: CompactAlpha
    alpha_in_emission: CompactAlpha
    tao_in_emission: CompactTao
    pending_alpha_emission: CompactAlpha
    pending_root_emission: CompactTao
    subnet_volume: CompactU128
    network_registered_at: CompactU64
    subnet_identity: SubnetIdentity | None
    moving_price: Annotated[int, FIXED_I128]


@struct("pallet_subtensor::rpc_info::show_subnet::SubnetState")
class SubnetState:
    """The neurons of a subnet, and what their hotkeys earned last in every subnet."""

    netuid: CompactNetUid
    hotkeys: list[AccountId]
    coldkeys: list[AccountId]
    active: list[bool]
    validator_permit: list[bool]
    pruning_score: list[CompactU16]
    last_update: list[CompactU64]
    emission: list[CompactAlpha]
    dividends: list[CompactU16]
    incentives: list[CompactU16]
    consensus: list[CompactU16]
    trust: list[CompactU16]
    rank: list[CompactU16]
    block_at_registration: list[CompactU64]
    alpha_stake: list[CompactAlpha]
    tao_stake: list[CompactTao]
    total_stake: list[CompactTao]
    emission_history: list[list[CompactAlpha]]


def get_subnet_info(ctx: ApiContext, netuid: NetUid) -> SubnetInfo | None:
    """A subnet in a list; nothing where it does not exist."""
    if not storage.NETWORKS_ADDED.get(ctx.state, netuid):
        return None
    return SubnetInfo(**_summarise(ctx.state, netuid), emission_values=0)


def get_subnets_info(ctx: ApiContext) -> list[SubnetInfo | None]:
    """The root network and all subnets."""
    return [get_subnet_info(ctx, netuid) for netuid in get_all_netuids(ctx.state)]


def get_subnet_info_v2(ctx: ApiContext, netuid: NetUid) -> SubnetInfoV2 | None:
    """A subnet in a list with its identity; nothing where it does not exist."""
    if not storage.NETWORKS_ADDED.get(ctx.state, netuid):
        return None
    identity = key_storage.SUBNET_IDENTITIES_V3.get(ctx.state, netuid)
    return SubnetInfoV2(**_summarise(ctx.state, netuid), emission_value=0, identity=identity)


def get_subnets_info_v2(ctx: ApiContext) -> list[SubnetInfoV2 | None]:
    """All subnets with their identities."""
    return [get_subnet_info_v2(ctx, netuid) for netuid in get_all_netuids(ctx.state)]


def get_dynamic_info(ctx: ApiContext, netuid: NetUid) -> DynamicInfo | None:
    """The money of a subnet; nothing where it does not exist."""
    if not storage.NETWORKS_ADDED.get(ctx.state, netuid):
        return None
    known = [(name, value) for name, value in describe_subnet(ctx.state, netuid).items() if name != "block"]
    return DynamicInfo(
        **(read_stored(ctx.state, netuid, DynamicInfo) | {_RENAMED.get(name, name): value for name, value in known}),
    )


def get_all_dynamic_info(ctx: ApiContext) -> list[DynamicInfo | None]:
    """The money of all subnets."""
    return [get_dynamic_info(ctx, netuid) for netuid in get_all_netuids(ctx.state)]


def get_subnet_state(ctx: ApiContext, netuid: NetUid) -> SubnetState | None:
    """The neurons of a subnet by fields; nothing where it does not exist."""
    state = ctx.state
    if not storage.NETWORKS_ADDED.get(state, netuid):
        return None
    described = describe_neurons(state, netuid)
    known = {name: value for name, value in described.items() if name in SubnetState.__annotations__}
    earned = stake_storage.LAST_HOTKEY_EMISSION_ON_NETUID
    history = [[earned.get(state, hotkey, other) for hotkey in known["hotkeys"]] for other in get_all_netuids(state)]
    return SubnetState(netuid=netuid, **known, emission_history=history)


def _summarise(state: StateReader, netuid: int) -> dict[str, Any]:
    """What both forms of a subnet in a list have; modality, connections and emission are of old."""
    return {
        **read_stored(state, netuid, SubnetInfo),
        "netuid": netuid,
        "max_allowed_validators": storage.MAX_ALLOWED_VALIDATORS.get(state, netuid),
        "scaling_law_power": SCALING_LAW_POWER,
        "subnetwork_n": storage.SUBNETWORK_N.get(state, netuid),
        "max_allowed_uids": storage.MAX_ALLOWED_UIDS.get(state, netuid),
        "network_modality": 0,
        "network_connect": [],
        "owner": storage.SUBNET_OWNER.get(state, netuid),
    }

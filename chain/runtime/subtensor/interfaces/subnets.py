"""SubnetInfoRuntimeApi and SubnetRegistrationRuntimeApi: rules, schedule and metagraph of subnets."""

from chain.runtime import system
from chain.runtime.api import Api, ApiContext
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.interfaces.fields import read_stored
from chain.runtime.subtensor.interfaces.metagraph import get_all_metagraphs, get_mechagraph, get_metagraph
from chain.runtime.subtensor.interfaces.shapes import CompactTao
from chain.runtime.subtensor.schedule import get_next_epoch
from chain.runtime.subtensor.subnets import compute_lock_cost
from chain.runtime.types import NetUid
from chain.scale.composite import struct
from chain.scale.hints import CompactU16, CompactU64, u64


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


def get_subnet_hyperparams(ctx: ApiContext, netuid: NetUid) -> SubnetHyperparams | None:
    """Rules of a subnet; nothing where it does not exist."""
    state = ctx.state
    if not storage.NETWORKS_ADDED.get(state, netuid):
        return None
    return SubnetHyperparams(**read_stored(state, netuid, SubnetHyperparams))


def get_next_epoch_start_block(ctx: ApiContext, netuid: NetUid) -> u64 | None:
    """Block at which the subnet's next epoch runs; nothing where none will."""
    if not storage.NETWORKS_ADDED.get(ctx.state, netuid):
        return None
    return get_next_epoch(ctx.state, netuid, system.NUMBER.get(ctx.state))


def get_network_registration_cost(ctx: ApiContext) -> u64:
    """Rao that the next subnet costs."""
    return compute_lock_cost(ctx.state, system.NUMBER.get(ctx.state))


APIS = (
    Api(
        "SubnetInfoRuntimeApi",
        (
            get_subnet_hyperparams,
            get_next_epoch_start_block,
            get_metagraph,
            get_mechagraph,
            get_all_metagraphs,
        ),
    ),
    Api("SubnetRegistrationRuntimeApi", (get_network_registration_cost,)),
)

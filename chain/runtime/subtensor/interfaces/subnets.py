"""SubnetInfoRuntimeApi and SubnetRegistrationRuntimeApi: rules, schedule, money and neurons of subnets."""

from chain.runtime import system
from chain.runtime.api import Api, ApiContext
from chain.runtime.subtensor import stake_storage, storage
from chain.runtime.subtensor.errors import SubnetLimitReached
from chain.runtime.subtensor.interfaces.information import (
    get_all_dynamic_info,
    get_dynamic_info,
    get_subnet_info,
    get_subnet_info_v2,
    get_subnet_state,
    get_subnets_info,
    get_subnets_info_v2,
)
from chain.runtime.subtensor.interfaces.metagraph import (
    get_all_mechagraphs,
    get_all_metagraphs,
    get_mechagraph,
    get_metagraph,
)
from chain.runtime.subtensor.interfaces.rules import (
    get_subnet_hyperparams,
    get_subnet_hyperparams_v2,
    get_subnet_hyperparams_v3,
)
from chain.runtime.subtensor.interfaces.selective import get_selective_mechagraph, get_selective_metagraph
from chain.runtime.subtensor.schedule import get_next_epoch
from chain.runtime.subtensor.subnets import compute_lock_cost, find_subnet_to_prune
from chain.runtime.types import AccountId, NetUid
from chain.scale.hints import u64


def get_next_epoch_start_block(ctx: ApiContext, netuid: NetUid) -> u64 | None:
    """Block at which the subnet's next epoch runs; nothing where none will."""
    if not storage.NETWORKS_ADDED.get(ctx.state, netuid):
        return None
    return get_next_epoch(ctx.state, netuid)


def get_coldkey_auto_stake_hotkey(ctx: ApiContext, coldkey: AccountId, netuid: NetUid) -> AccountId | None:
    """Hotkey on which a coldkey's earnings in a subnet are staked, where it chose one."""
    return stake_storage.AUTO_STAKE_DESTINATION.get(ctx.state, coldkey, netuid)


def get_subnet_to_prune(ctx: ApiContext) -> NetUid | None:
    """Subnet that would make room for another; nothing where none can."""
    try:
        return find_subnet_to_prune(ctx.state, system.NUMBER.get(ctx.state))
    except SubnetLimitReached:
        return None


def get_network_registration_cost(ctx: ApiContext) -> u64:
    """Rao that the next subnet costs."""
    return compute_lock_cost(ctx.state, system.NUMBER.get(ctx.state))


APIS = (
    Api(
        "SubnetInfoRuntimeApi",
        (
            get_subnet_info,
            get_subnets_info,
            get_subnet_info_v2,
            get_subnets_info_v2,
            get_subnet_hyperparams,
            get_subnet_hyperparams_v2,
            get_subnet_hyperparams_v3,
            get_all_dynamic_info,
            get_all_metagraphs,
            get_metagraph,
            get_all_mechagraphs,
            get_mechagraph,
            get_dynamic_info,
            get_subnet_state,
            get_selective_metagraph,
            get_coldkey_auto_stake_hotkey,
            get_selective_mechagraph,
            get_subnet_to_prune,
            get_next_epoch_start_block,
        ),
    ),
    Api("SubnetRegistrationRuntimeApi", (get_network_registration_cost,)),
)

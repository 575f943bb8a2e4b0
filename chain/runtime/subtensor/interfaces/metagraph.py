"""The metagraph of a subnet: rules, money and all neurons at one block."""

from typing import Any  # fields of 72 kinds, which are encoded by their own types

from chain.runtime import system
from chain.runtime.api import ApiContext
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import key_storage, storage
from chain.runtime.subtensor.inheritance import get_stake_weights
from chain.runtime.subtensor.interfaces.fields import read_stored
from chain.runtime.subtensor.interfaces.metagraph_shape import Metagraph
from chain.runtime.subtensor.neurons import get_hotkeys, get_registered_at, padded
from chain.runtime.subtensor.stake import ROOT_NETUID
from chain.runtime.subtensor.subnets import get_netuids
from chain.runtime.subtensor.types import NO_AXON
from chain.runtime.types import MechId, NetUid

NO_PRUNING_SCORE = 65_535


def get_metagraph(ctx: ApiContext, netuid: NetUid) -> Metagraph | None:
    """A subnet with all its neurons; nothing where it does not exist."""
    state = ctx.state
    if not storage.NETWORKS_ADDED.get(state, netuid):
        return None
    stored = read_stored(state, netuid, Metagraph)
    return Metagraph(**stored, **describe_subnet(state, netuid), **describe_neurons(state, netuid))


def get_mechagraph(ctx: ApiContext, netuid: NetUid, mecid: MechId) -> Metagraph | None:
    """A subnet as one of its mechanisms sees it; nothing where there is no such mechanism."""
    return get_metagraph(ctx, netuid) if mecid == 0 else None


def get_all_metagraphs(ctx: ApiContext) -> list[Metagraph | None]:
    """All subnets with all their neurons."""
    return [get_metagraph(ctx, netuid) for netuid in get_netuids(ctx.state)]


def get_all_mechagraphs(ctx: ApiContext) -> list[Metagraph | None]:
    """All mechanisms of all subnets with their neurons."""
    counts = [(netuid, storage.MECHANISM_COUNT_CURRENT.get(ctx.state, netuid)) for netuid in get_netuids(ctx.state)]
    return [get_mechagraph(ctx, netuid, mechanism) for netuid, count in counts for mechanism in range(count)]


def describe_subnet(state: StateReader, netuid: int) -> dict[str, Any]:
    """Fields about the subnet that are not simply stored, by their names in the metagraph."""
    identity = key_storage.SUBNET_IDENTITIES_V3.get(state, netuid)
    pending = storage.PENDING_SERVER_EMISSION.get(state, netuid) + storage.PENDING_VALIDATOR_EMISSION.get(state, netuid)
    return {
        "netuid": netuid,
        "name": list(identity.subnet_name if identity else f"subnet {netuid}".encode()),
        "symbol": list(storage.TOKEN_SYMBOL.get(state, netuid)),
        "identity": identity,
        "block": system.NUMBER.get(state),
        "subnet_emission": 0,
        "pending_alpha_emission": pending,
        "pending_root_emission": storage.PENDING_ROOT_ALPHA_DIVS.get(state, netuid),
    }


def describe_neurons(state: StateReader, netuid: int) -> dict[str, Any]:
    """Fields about all neurons of a subnet, by their names in the metagraph."""
    hotkeys = get_hotkeys(state, netuid)
    size = len(hotkeys)
    coldkeys = [storage.OWNER.get(state, hotkey) for hotkey in hotkeys]
    dividends = [(hotkey, storage.ALPHA_DIVIDENDS_PER_SUBNET.get(state, netuid, hotkey)) for hotkey in hotkeys]
    return {
        "hotkeys": hotkeys,
        "coldkeys": coldkeys,
        "identities": [key_storage.IDENTITIES_V2.get(state, coldkey) for coldkey in coldkeys],
        "axons": [storage.AXONS.get(state, netuid, hotkey) or NO_AXON for hotkey in hotkeys],
        "active": padded(storage.ACTIVE.get(state, netuid), size, False),
        "validator_permit": padded(storage.VALIDATOR_PERMIT.get(state, netuid), size, False),
        "pruning_score": [NO_PRUNING_SCORE] * size,
        "last_update": padded(storage.LAST_UPDATE.get(state, netuid), size, 0),
        "emission": padded(storage.EMISSION.get(state, netuid), size, 0),
        "dividends": padded(storage.DIVIDENDS.get(state, netuid), size, 0),
        "incentives": padded(storage.INCENTIVE.get(state, netuid), size, 0),
        "consensus": padded(storage.CONSENSUS.get(state, netuid), size, 0),
        "trust": [0] * size,
        "rank": [0] * size,
        "block_at_registration": get_registered_at(state, netuid),
        "alpha_stake": [storage.TOTAL_HOTKEY_ALPHA.get(state, hotkey, netuid) for hotkey in hotkeys],
        "tao_stake": [storage.TOTAL_HOTKEY_ALPHA.get(state, hotkey, ROOT_NETUID) for hotkey in hotkeys],
        "total_stake": [weight >> 64 for weight in get_stake_weights(state, netuid, hotkeys)],
        "tao_dividends_per_hotkey": [],
        "alpha_dividends_per_hotkey": [(hotkey, amount) for hotkey, amount in dividends if amount],
    }

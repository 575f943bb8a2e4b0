"""The metagraph of a subnet: rules, money and all neurons at one block."""

from dataclasses import replace
from typing import Any  # fields of 72 kinds, which are encoded by their own types

from chain.runtime import system
from chain.runtime.api import ApiContext
from chain.runtime.columns import read_column
from chain.runtime.storage import StateReader, StorageMap
from chain.runtime.subtensor import key_storage, storage
from chain.runtime.subtensor.inheritance import get_stake_parts, get_tao_weight
from chain.runtime.subtensor.interfaces.fields import read_stored
from chain.runtime.subtensor.interfaces.metagraph_shape import Metagraph
from chain.runtime.subtensor.mechanisms import has_mechanism
from chain.runtime.subtensor.neurons import padded
from chain.runtime.subtensor.stake import ROOT_NETUID
from chain.runtime.subtensor.storage_index import storage_index
from chain.runtime.subtensor.subnets import get_all_netuids
from chain.runtime.subtensor.types import NO_AXON, SubnetIdentity
from chain.runtime.types import MechId, NetUid


def get_metagraph(ctx: ApiContext, netuid: NetUid) -> Metagraph | None:
    """A subnet with all its neurons; nothing where it does not exist."""
    state = ctx.state
    if not storage.NETWORKS_ADDED.get(state, netuid):
        return None
    stored = read_stored(state, netuid, Metagraph)
    return Metagraph(**(stored | describe_subnet(state, netuid) | describe_neurons(state, netuid)))


def get_mechagraph(ctx: ApiContext, netuid: NetUid, mecid: MechId) -> Metagraph | None:
    """A subnet as one of its mechanisms sees it, under the mechanism's key; nothing where there is none."""
    state, index = ctx.state, storage_index(netuid, mecid)
    whole = get_metagraph(ctx, netuid)
    if whole is None or not has_mechanism(state, netuid, mecid):
        return None
    return replace(whole, netuid=index, **describe_mechanism(state, index, len(whole.hotkeys)))


def get_all_metagraphs(ctx: ApiContext) -> list[Metagraph | None]:
    """All subnets with all their neurons."""
    return [get_metagraph(ctx, netuid) for netuid in get_all_netuids(ctx.state)]


def get_all_mechagraphs(ctx: ApiContext) -> list[Metagraph | None]:
    """All mechanisms of all subnets with their neurons."""
    netuids = get_all_netuids(ctx.state)
    counts = [(netuid, storage.MECHANISM_COUNT_CURRENT.get(ctx.state, netuid)) for netuid in netuids]
    return [get_mechagraph(ctx, netuid, mechanism) for netuid, count in counts for mechanism in range(count)]


def describe_subnet(state: StateReader, netuid: int) -> dict[str, Any]:
    """Fields about the subnet that are not simply stored, by their names in the metagraph."""
    block = system.NUMBER.get(state)
    identity = key_storage.SUBNET_IDENTITIES_V3.get(state, netuid)
    pending = storage.PENDING_SERVER_EMISSION.get(state, netuid) + storage.PENDING_VALIDATOR_EMISSION.get(state, netuid)
    return {
        "netuid": netuid,
        "name": list(_get_name(netuid, identity)),
        "symbol": list(storage.TOKEN_SYMBOL.get(state, netuid)),
        "identity": identity,
        "block": block,
        "blocks_since_last_step": block - storage.LAST_MECHANISM_STEP_BLOCK.get(state, netuid),
        "subnet_emission": 0,
        "pending_alpha_emission": pending,
        "pending_root_emission": 0,
    }


def describe_mechanism(state: StateReader, index: int, size: int) -> dict[str, Any]:
    """Fields that each mechanism of a subnet has for itself, by their names in the metagraph."""
    return {
        "last_update": _get_list(state, storage.LAST_UPDATE, index, size),
        "incentives": _get_list(state, storage.INCENTIVE, index, size),
    }


def describe_neurons(state: StateReader, netuid: int) -> dict[str, Any]:
    """Fields about all neurons of a subnet, by their names in the metagraph; three are no longer kept, and empty.

    Most change once an epoch and are asked for after every block: they are tuples, which are encoded once.
    """
    size = storage.SUBNETWORK_N.get(state, netuid)
    hotkeys = read_column(storage.KEYS, state, range(size), before=(netuid,))
    coldkeys = read_column(storage.OWNER, state, hotkeys)
    stakes, weight = get_stake_parts(state, netuid, hotkeys), get_tao_weight(state)
    dividends = read_column(storage.ALPHA_DIVIDENDS_PER_SUBNET, state, hotkeys, before=(netuid,))
    return {
        **describe_mechanism(state, netuid, size),
        "hotkeys": hotkeys,
        "coldkeys": coldkeys,
        "identities": read_column(key_storage.IDENTITIES_V2, state, coldkeys),
        "axons": [axon or NO_AXON for axon in read_column(storage.AXONS, state, hotkeys, before=(netuid,))],
        "active": padded(storage.ACTIVE.get(state, netuid), size, False),
        "validator_permit": padded(storage.VALIDATOR_PERMIT.get(state, netuid), size, False),
        "pruning_score": [],
        "emission": _get_list(state, storage.EMISSION, netuid, size),
        "dividends": _get_list(state, storage.DIVIDENDS, netuid, size),
        "consensus": _get_list(state, storage.CONSENSUS, netuid, size),
        "trust": [],
        "rank": [],
        "block_at_registration": read_column(storage.BLOCK_AT_REGISTRATION, state, range(size), before=(netuid,)),
        "alpha_stake": tuple(alpha for alpha, _ in stakes),
        "tao_stake": tuple(root for _, root in stakes),
        "total_stake": tuple(alpha + (root * weight >> 32) for alpha, root in stakes),
        "tao_dividends_per_hotkey": tuple((hotkey, 0) for hotkey in hotkeys),
        "alpha_dividends_per_hotkey": tuple(zip(hotkeys, dividends, strict=True)),
    }


def _get_list(state: StateReader, item: StorageMap[int, list[int]], index: int, size: int) -> tuple[int, ...]:
    return tuple(padded(item.get(state, index), size, 0))


def _get_name(netuid: int, identity: SubnetIdentity | None) -> bytes:
    if identity and identity.subnet_name:
        return identity.subnet_name
    return b"root" if netuid == ROOT_NETUID else f"subnet {netuid}".encode()

"""Subnets: creating one, starting its emission, and what it costs."""

from chain.runtime.dispatch import Context, call
from chain.runtime.errors import BadOrigin
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import key_storage, storage
from chain.runtime.subtensor.dissolving import dissolve
from chain.runtime.subtensor.errors import (
    FirstEmissionBlockNumberAlreadySet,
    NeedWaitingMoreBlocksToStarCall,
    NetworkTxRateLimitExceeded,
    SubnetLimitReached,
    SubnetNotExists,
)
from chain.runtime.subtensor.events import FirstEmissionBlockNumberSet
from chain.runtime.subtensor.halving import compute_block_emission
from chain.runtime.subtensor.neurons import append_neuron
from chain.runtime.subtensor.reserves import get_issuance
from chain.runtime.subtensor.symbols import find_symbol
from chain.runtime.subtensor.types import NetworkLastRegistered
from chain.runtime.types import AccountId, NetUid
from chain.state.overlay import State

ROOT_NETUID = 0
USER_SUBNET_BURN = 1_000_000_000
MOST_MINTED = 1_000_000_000
"""Rao of a block while nothing was halved."""


@call(92, weight=75_000_000)
def start_call(ctx: Context, netuid: NetUid) -> None:
    """Start a subnet's emission and open it to staking, from the next block; for its owner, once."""
    coldkey, state = ctx.signer(), ctx.state
    ensure_subnet(state, netuid)
    if storage.SUBNET_OWNER.get(state, netuid) != coldkey:
        raise BadOrigin("this call is reserved to the owner of the subnet")
    if storage.FIRST_EMISSION_BLOCK_NUMBER.contains(state, netuid):
        raise FirstEmissionBlockNumberAlreadySet
    opens = storage.NETWORK_REGISTERED_AT.get(state, netuid) + storage.START_CALL_DELAY.get(state)
    if ctx.block_number < opens:
        raise NeedWaitingMoreBlocksToStarCall
    storage.FIRST_EMISSION_BLOCK_NUMBER.put(state, netuid, ctx.block_number + 1)
    storage.SUBTOKEN_ENABLED.put(state, netuid, True)
    ctx.deposit(FirstEmissionBlockNumberSet(netuid, ctx.block_number + 1))


@call(61, weight=119_000_000)
def dissolve_network(ctx: Context, coldkey: AccountId, netuid: NetUid) -> None:
    """End a subnet; root only."""
    root_dissolve_network(ctx, netuid)


@call(120, weight=119_000_000)
def root_dissolve_network(ctx: Context, netuid: NetUid) -> None:
    """End a subnet; root only."""
    ctx.ensure_root()
    if netuid == ROOT_NETUID:
        raise SubnetNotExists
    ensure_subnet(ctx.state, netuid)
    dissolve(ctx, netuid)


def ensure_not_too_often(state: StateReader, block: int) -> None:
    """Let blocks pass in which a subnet may be registered.

    Raises:
        NetworkTxRateLimitExceeded: the last one is too recent.
    """
    last = storage.LAST_RATE_LIMITED_BLOCK.get(state, NetworkLastRegistered())
    if last and block - last < storage.NETWORK_RATE_LIMIT.get(state):
        raise NetworkTxRateLimitExceeded


def find_subnet_to_prune(state: StateReader, block: int) -> int:
    """The subnet that makes room for another: the lowest average price, then the oldest; none that is immune.

    Raises:
        SubnetLimitReached: all are immune.
    """
    immune_for = storage.NETWORK_IMMUNITY_PERIOD.get(state)
    ranked = [
        (storage.SUBNET_MOVING_PRICE.get(state, netuid), registered, netuid)
        for netuid in get_netuids(state)
        if block - (registered := storage.NETWORK_REGISTERED_AT.get(state, netuid)) >= immune_for
    ]
    if not ranked:
        raise SubnetLimitReached
    return min(ranked)[2]


def ensure_subnet(state: StateReader, netuid: int) -> None:
    """Let only subnets that exist pass.

    Raises:
        SubnetNotExists: this one does not.
    """
    if not storage.NETWORKS_ADDED.get(state, netuid):
        raise SubnetNotExists


def get_netuids(state: StateReader) -> list[int]:
    """Subnets that exist, without the root network, ascending."""
    return [netuid for netuid in get_all_netuids(state) if netuid != ROOT_NETUID]


def get_all_netuids(state: StateReader) -> list[int]:
    """The root network and all subnets, ascending."""
    return sorted(netuid for netuid, exists in storage.NETWORKS_ADDED.items(state) if exists)


def find_free_netuid(state: StateReader) -> int:
    """Lowest netuid that no subnet has."""
    netuid = 1
    while storage.NETWORKS_ADDED.get(state, netuid):
        netuid += 1
    return netuid


def compute_lock_cost(state: StateReader, block: int) -> int:
    """Rao that the next subnet costs: doubled by each, falling linearly (per block, rounded down) to the minimum.

    It falls the faster the less a block mints.
    """
    last, since = (
        storage.NETWORK_LAST_LOCK_COST.get(state),
        storage.LAST_RATE_LIMITED_BLOCK.get(state, NetworkLastRegistered()),
    )
    multiplier = 2 if since else 1
    minted = compute_block_emission(get_issuance(state))
    interval = storage.NETWORK_LOCK_REDUCTION_INTERVAL.get(state) * minted // MOST_MINTED
    fallen = (last // interval if interval else 0) * (block - since)
    return max(storage.NETWORK_MIN_LOCK_COST.get(state), last * multiplier - fallen)


def create_subnet(  # one argument for each fact of a new subnet
    state: State, netuid: int, coldkey: bytes, hotkey: bytes, block: int, *, mechanism: int
) -> None:
    """Create a subnet of a mechanism, owned by ``coldkey``, whose hotkey gets uid 0."""
    storage.NETWORKS_ADDED.put(state, netuid, True)
    storage.TOTAL_NETWORKS.put(state, storage.TOTAL_NETWORKS.get(state) + 1)
    storage.SUBNET_OWNER.put(state, netuid, coldkey)
    storage.SUBNET_OWNER_HOTKEY.put(state, netuid, hotkey)
    storage.NETWORK_REGISTERED_AT.put(state, netuid, block)
    storage.TOKEN_SYMBOL.put(state, netuid, find_symbol(state, netuid))
    counter = key_storage.REGISTERED_SUBNET_COUNTER
    counter.put(state, netuid, counter.get(state, netuid) + 1)
    storage.SUBNET_MECHANISM.put(state, netuid, mechanism)
    storage.MAX_ALLOWED_UIDS.put(state, netuid, 256)
    storage.MAX_ALLOWED_VALIDATORS.put(state, netuid, 64)
    storage.MIN_ALLOWED_WEIGHTS.put(state, netuid, 1)
    storage.IMMUNITY_PERIOD.put(state, netuid, 5_000)
    storage.YUMA3_ON.put(state, netuid, True)
    storage.BURN.put(state, netuid, USER_SUBNET_BURN)
    storage.SUBNET_EMISSION_ENABLED.put(state, netuid, False)
    tempo = storage.TEMPO.get(state, netuid)
    storage.LAST_EPOCH_BLOCK.put(state, netuid, max(0, block - netuid % max(1, tempo)))
    append_neuron(state, netuid, hotkey, block)

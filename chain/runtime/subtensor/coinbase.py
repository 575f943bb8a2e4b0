"""What each block mints, which subnets get it, and how it waits for their epochs.

On the stable mechanism alpha exists only against TAO: a subnet's share of the block is minted once, lies in
``SubnetTAO``, and is owed as pending emission (``SubnetAlphaOut``). What rounding leaves of the block's emission is
not minted.
"""

from dataclasses import dataclass

from chain.runtime.dispatch import Context
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.halving import compute_block_emission
from chain.runtime.subtensor.reserves import change_outstanding, get_issuance
from chain.runtime.subtensor.subnets import get_netuids
from chain.runtime.supply import announce_issued
from chain.state.overlay import State

U16_MAX = 65_535
_ONE_U96F32 = 1 << 32


@dataclass(frozen=True)
class Split:
    """How a subnet divides its emission, in rao."""

    owner: int
    server: int
    validator: int


def emit(ctx: Context) -> None:
    """Mint this block's emission and let it wait in the subnets that earn it."""
    state = ctx.state
    emission = compute_block_emission(get_issuance(state))
    if emission != storage.BLOCK_EMISSION.get(state):
        storage.BLOCK_EMISSION.put(state, emission)
    netuids = get_netuids(state)
    shares = compute_shares(state, netuids, emission, ctx.block_number)
    announce_issued(ctx, sum(shares.values()))
    for netuid in netuids:
        _accrue(state, netuid, shares.get(netuid, 0))


def compute_shares(state: StateReader, netuids: list[int], emission: int, block: int) -> dict[int, int]:
    """Rao for each subnet that emits, rounded down.

    All stable subnets have the same price, so their shares differ only by what their owners' miners made them burn.
    """
    weights = {netuid: _weight(state, netuid) for netuid in netuids if _emits(state, netuid, block)}
    total = sum(weights.values())
    return {netuid: emission * weight // total for netuid, weight in weights.items()} if total else {}


def compute_split(state: StateReader, netuid: int, amount: int) -> Split:
    """Owner's cut and the miners' half, rounded down; validators get the rest."""
    cut = storage.SUBNET_OWNER_CUT.get(state) if storage.OWNER_CUT_ENABLED.get(state, netuid) else 0
    proportion_u96f32 = (cut << 32) // U16_MAX
    owner = (amount * proportion_u96f32) >> 32
    server = (amount - owner) // 2
    return Split(owner, server, amount - owner - server)


def _emits(state: StateReader, netuid: int, block: int) -> bool:
    first = storage.FIRST_EMISSION_BLOCK_NUMBER.get(state, netuid)
    if first is None or block < first:
        return False
    return storage.SUBTOKEN_ENABLED.get(state, netuid) and storage.NETWORK_REGISTRATION_ALLOWED.get(state, netuid)


def _weight(state: StateReader, netuid: int) -> int:
    if not storage.SUBNET_EMISSION_ENABLED.get(state, netuid):
        return 0
    return max(0, _ONE_U96F32 - storage.MINER_BURNED.get(state, netuid))


def _accrue(state: State, netuid: int, amount: int) -> None:
    _record(state, netuid, amount)
    if amount == 0:
        return
    change_outstanding(state, netuid, amount)
    split = compute_split(state, netuid, amount)
    for item, part in (
        (storage.PENDING_OWNER_CUT, split.owner),
        (storage.PENDING_SERVER_EMISSION, split.server),
        (storage.PENDING_VALIDATOR_EMISSION, split.validator),
    ):
        item.put(state, netuid, item.get(state, netuid) + part)


def _record(state: State, netuid: int, amount: int) -> None:
    for item in (storage.SUBNET_TAO_IN_EMISSION, storage.SUBNET_ALPHA_OUT_EMISSION):
        if item.get(state, netuid) != amount:
            item.put(state, netuid, amount)


def move_prices(state: State, block: int) -> None:
    """Move each emitting subnet's average price towards one, its price on the stable mechanism; rounded down."""
    for netuid in get_netuids(state):
        first = storage.FIRST_EMISSION_BLOCK_NUMBER.get(state, netuid)
        if first is None or block < first:
            continue
        age = block - first
        halving = storage.EMA_PRICE_HALVING_BLOCKS.get(state, netuid)
        alpha = storage.SUBNET_MOVING_ALPHA.get(state) * age // (age + halving) if age + halving else 0
        price = storage.SUBNET_MOVING_PRICE.get(state, netuid)
        moved = alpha + (((_ONE_U96F32 - alpha) * price) >> 32)
        if moved != price:
            storage.SUBNET_MOVING_PRICE.put(state, netuid, moved)

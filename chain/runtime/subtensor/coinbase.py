"""What each block mints, which subnets get it, and how it waits for their epochs.

A subnet's share of the block is TAO. On a stable subnet that TAO is the alpha that waits for the epoch. On a dynamic
one it goes into the pool, together with alpha at the pool's price, while the alpha that waits for the epoch is minted
beside it: up to one per block, halved as the subnet's alpha grows. What rounding leaves of the block's emission, and
what a pool cannot take, is not minted.
"""

from dataclasses import dataclass

from chain.runtime.dispatch import Context
from chain.runtime.storage import StateReader, StorageMap
from chain.runtime.subtensor import stake_storage, storage
from chain.runtime.subtensor.errors import InsufficientLiquidity
from chain.runtime.subtensor.halving import compute_block_emission
from chain.runtime.subtensor.inheritance import get_tao_weight
from chain.runtime.subtensor.pools import Pool, get_pool
from chain.runtime.subtensor.reserves import (
    change_alpha_in,
    change_alpha_out,
    change_tao,
    get_alpha_issuance,
    get_issuance,
    is_dynamic,
)
from chain.runtime.subtensor.stake import ROOT_NETUID
from chain.runtime.subtensor.subnets import get_netuids
from chain.runtime.supply import announce_issued
from chain.state.overlay import State

U16_MAX = 65_535
_ONE_U96F32 = 1 << 32


@dataclass(frozen=True)
class Split:
    """How a subnet divides the alpha of a block, in rao."""

    owner: int
    server: int
    root: int
    validator: int


@dataclass(frozen=True)
class Injection:
    """What a block adds to a subnet: TAO and alpha of the pool, TAO that buys alpha out of it, alpha for neurons."""

    tao: int
    alpha_in: int
    excess_tao: int
    alpha_out: int


def emit(ctx: Context) -> None:
    """Mint this block's emission and let it wait in the subnets that earn it."""
    state = ctx.state
    emission = compute_block_emission(get_issuance(state))
    _put_changed(state, emission)
    netuids = get_netuids(state)
    shares = compute_shares(state, netuids, emission, ctx.block_number)
    sells_root = _may_pay_root(state, netuids)
    minted = sum(
        _accrue(state, netuid, shares.get(netuid), pays_root=sells_root or not is_dynamic(state, netuid))
        for netuid in netuids
    )
    announce_issued(ctx, minted)


def compute_shares(state: StateReader, netuids: list[int], emission: int, block: int) -> dict[int, int]:
    """Rao for each subnet that emits, rounded down, by their average prices and what their owners' miners did not burn.

    While all subnets are stable, all have the same price.
    """
    emitting = [netuid for netuid in netuids if _emits(state, netuid, block)]
    traded = any(
        is_dynamic(state, netuid) and storage.SUBNET_EMISSION_ENABLED.get(state, netuid) for netuid in emitting
    )
    weights = {netuid: _weight(state, netuid, traded=traded) for netuid in emitting}
    total = sum(weights.values())
    return {netuid: emission * weight // total if total else 0 for netuid, weight in weights.items()}


def compute_split(state: StateReader, netuid: int, amount: int) -> Split:
    """Owner's cut, the miners' half and what root earns, each rounded down; validators get the rest."""
    cut = storage.SUBNET_OWNER_CUT.get(state) if storage.OWNER_CUT_ENABLED.get(state, netuid) else 0
    proportion_u96f32 = (cut << 32) // U16_MAX
    owner = (amount * proportion_u96f32) >> 32
    server = (amount - owner) // 2
    root = ((amount - owner - server) * compute_root_proportion(state, netuid)) >> 32
    return Split(owner, server, root, amount - owner - server - root)


def compute_root_proportion(state: StateReader, netuid: int) -> int:
    """How much of a subnet's stake weight lies on root, with 32 fraction bits, rounded down."""
    root = storage.SUBNET_TAO.get(state, ROOT_NETUID) * get_tao_weight(state)
    total = root + (get_alpha_issuance(state, netuid) << 32)
    return (root << 32) // total if total else 0


def compute_injection(state: StateReader, netuid: int, tao: int) -> Injection:
    """What a share of ``tao`` rao adds to a subnet.

    Alpha enters the pool at its price, at most root's proportion of what the block mints; TAO beyond that buys.
    """
    if not is_dynamic(state, netuid):
        return Injection(tao, 0, 0, tao)
    pool = get_pool(state, netuid)
    alpha_out = compute_block_emission(get_alpha_issuance(state, netuid))
    if not pool.tao or not pool.alpha:
        return Injection(0, 0, 0, alpha_out)
    most = (compute_root_proportion(state, netuid) * alpha_out) >> 32
    alpha_in = tao * pool.alpha // pool.tao
    if alpha_in <= most:
        return Injection(tao, alpha_in, 0, alpha_out)
    tao_in = most * pool.tao // pool.alpha
    return Injection(tao_in, most, tao - tao_in, alpha_out)


def _put_changed(state: State, emission: int) -> None:
    if emission != storage.BLOCK_EMISSION.get(state):
        storage.BLOCK_EMISSION.put(state, emission)


def _emits(state: StateReader, netuid: int, block: int) -> bool:
    first = storage.FIRST_EMISSION_BLOCK_NUMBER.get(state, netuid)
    if first is None or block < first:
        return False
    return storage.SUBTOKEN_ENABLED.get(state, netuid) and storage.NETWORK_REGISTRATION_ALLOWED.get(state, netuid)


def _weight(state: StateReader, netuid: int, *, traded: bool) -> int:
    if not storage.SUBNET_EMISSION_ENABLED.get(state, netuid):
        return 0
    price = storage.SUBNET_MOVING_PRICE.get(state, netuid) if traded else _ONE_U96F32
    return price * max(0, _ONE_U96F32 - storage.MINER_BURNED.get(state, netuid))


def _may_pay_root(state: StateReader, netuids: list[int]) -> bool:
    """Whether alpha is worth enough to pay root with it, which may sell it: average prices sum to more than one."""
    return sum(storage.SUBNET_MOVING_PRICE.get(state, netuid) for netuid in netuids) > _ONE_U96F32


def _accrue(state: State, netuid: int, share: int | None, *, pays_root: bool) -> int:
    """Let one subnet have its share, if it emits at all; the rao that were minted for it."""
    injection = compute_injection(state, netuid, share) if share is not None else Injection(0, 0, 0, 0)
    change_tao(state, netuid, injection.tao)
    change_alpha_in(state, netuid, injection.alpha_in)
    excess = _buy_back(state, netuid, injection.excess_tao)
    _record(state, netuid, injection, excess)
    split = compute_split(state, netuid, injection.alpha_out)
    root = split.root if pays_root else 0
    change_alpha_out(state, netuid, injection.alpha_out - split.root + root)
    for item, part in (
        (storage.PENDING_OWNER_CUT, split.owner),
        (storage.PENDING_SERVER_EMISSION, split.server),
        (storage.PENDING_ROOT_ALPHA_DIVS, root),
        (storage.PENDING_VALIDATOR_EMISSION, split.validator),
    ):
        if part:
            item.put(state, netuid, item.get(state, netuid) + part)
    return injection.tao + excess


def _buy_back(state: State, netuid: int, tao: int) -> int:
    """Take alpha out of the pool for TAO of the block, without a fee; the rao that the pool could take."""
    pool = get_pool(state, netuid)
    try:
        trade = Pool(pool.tao, pool.alpha).buy(tao)
    except InsufficientLiquidity:
        return 0
    if not tao:
        return 0
    change_tao(state, netuid, tao)
    change_alpha_in(state, netuid, -trade.received)
    bought = stake_storage.SUBNET_PROTOCOL_ALPHA
    bought.put(state, netuid, bought.get(state, netuid) + trade.received)
    return tao


def _record(state: State, netuid: int, injection: Injection, excess: int) -> None:
    records: tuple[tuple[StorageMap[int, int], int], ...] = (
        (storage.SUBNET_TAO_IN_EMISSION, injection.tao),
        (storage.SUBNET_ALPHA_IN_EMISSION, injection.alpha_in),
        (storage.SUBNET_ALPHA_OUT_EMISSION, injection.alpha_out),
        (stake_storage.SUBNET_EXCESS_TAO, excess),
    )
    for item, amount in records:
        if item.get(state, netuid) != amount:
            item.put(state, netuid, amount)


def move_prices(state: State, block: int) -> None:
    """Move each emitting subnet's average price towards its price, at most one; rounded down."""
    for netuid in get_netuids(state):
        first = storage.FIRST_EMISSION_BLOCK_NUMBER.get(state, netuid)
        if first is None or block < first:
            continue
        age = block - first
        halving = storage.EMA_PRICE_HALVING_BLOCKS.get(state, netuid)
        alpha = storage.SUBNET_MOVING_ALPHA.get(state) * age // (age + halving) if age + halving else 0
        average = storage.SUBNET_MOVING_PRICE.get(state, netuid)
        price = min(_ONE_U96F32, get_pool(state, netuid).price_u96f32)
        moved = ((alpha * price) >> 32) + (((_ONE_U96F32 - alpha) * average) >> 32)
        if moved != average:
            storage.SUBNET_MOVING_PRICE.put(state, netuid, moved)


def record_root_proportions(state: State) -> None:
    """Let ``RootProp`` show how much of each subnet's stake weight lies on root."""
    for netuid in get_netuids(state):
        proportion = compute_root_proportion(state, netuid)
        if proportion != stake_storage.ROOT_PROP.get(state, netuid):
            stake_storage.ROOT_PROP.put(state, netuid, proportion)

"""The end of a subnet: everybody gets their part of its TAO, and everything about it is forgotten.

Unclaimed root dividends become stake first. On a stable subnet stake is worth what it says, and the subnet's own
reserve goes back to its owner. On a dynamic one stake shares the pool's TAO in proportion, rounded down; where nobody
has stake, the owner gets back what was locked. The rest, and alpha that waited for an epoch, is destroyed.
"""

from collections.abc import Iterator

from chain.runtime import balances, commitments, system
from chain.runtime.dispatch import Context
from chain.runtime.hive import ROOT_CLAIM_RESERVE
from chain.runtime.storage import StateReader, StorageItem
from chain.runtime.subtensor import claims, key_storage, stake_storage, storage
from chain.runtime.subtensor.events import NetworkRemoved
from chain.runtime.subtensor.key_events import SubnetIdentityRemoved
from chain.runtime.subtensor.neurons import get_indices
from chain.runtime.subtensor.pools import FEE_RATE
from chain.runtime.subtensor.reserves import change_tao, is_dynamic
from chain.runtime.subtensor.stake import ROOT_NETUID, get_stake, increase_stake
from chain.runtime.supply import announce_destroyed
from chain.runtime.types import NET_UID, NET_UID_STORAGE_INDEX
from chain.scale.types import erase
from chain.state.overlay import State

_NETUID, _INDEX = erase(NET_UID), erase(NET_UID_STORAGE_INDEX)
_KEPT: tuple[StorageItem[int], ...] = (key_storage.REGISTERED_SUBNET_COUNTER,)


def dissolve(ctx: Context, netuid: int) -> None:
    """End a subnet that exists."""
    state = ctx.state
    _claim_everything(state, netuid)
    _pay_out(ctx, netuid)
    if key_storage.SUBNET_IDENTITIES_V3.contains(state, netuid):
        ctx.deposit(SubnetIdentityRemoved(netuid))
    _forget(state, netuid)
    commitments.forget_subnet(state, netuid)
    storage.TOTAL_NETWORKS.put(state, storage.TOTAL_NETWORKS.get(state) - 1)
    ctx.deposit(NetworkRemoved(netuid))


def _claim_everything(state: State, netuid: int) -> None:
    for (hotkey, coldkey, at), _ in list(storage.ALPHA.items(state)):
        if at != ROOT_NETUID:
            continue
        owed = claims.get_owed(state, netuid, hotkey, coldkey, get_stake(state, hotkey, coldkey, ROOT_NETUID))
        if owed:
            claims.take_owed(state, netuid, hotkey, coldkey, owed)
            increase_stake(state, hotkey, coldkey, netuid, owed)


def _pay_out(ctx: Context, netuid: int) -> None:
    state = ctx.state
    pot = storage.SUBNET_TAO.get(state, netuid)
    change_tao(state, netuid, -pot)
    rest = pot - sum(_pay(ctx, coldkey, amount) for coldkey, amount in _compute_payments(state, netuid, pot))
    announce_destroyed(ctx, rest)


def _compute_payments(state: StateReader, netuid: int, pot: int) -> Iterator[tuple[bytes, int]]:
    """Rao for each coldkey that stakes, hotkey by hotkey, and for the owner."""
    stakes = [
        (coldkey, get_stake(state, hotkey, coldkey, netuid))
        for (hotkey, coldkey, at), _ in storage.ALPHA.items(state)
        if at == netuid
    ]
    total = sum(amount for _, amount in stakes)
    owner, locked = storage.SUBNET_OWNER.get(state, netuid), storage.SUBNET_LOCKED.get(state, netuid)
    if not is_dynamic(state, netuid):
        yield from stakes
        yield owner, storage.SUBNET_ALPHA_IN.get(state, netuid)
    elif total:
        yield from ((coldkey, pot * amount // total) for coldkey, amount in stakes)
    else:
        yield owner, min(pot, locked)


def _pay(ctx: Context, account: bytes, amount: int) -> int:
    """Rao that the account got: all, or none where they are too few to bring it into being."""
    lives = system.ACCOUNT.get(ctx.state, account).providers > 0
    if not lives and amount < balances.EXISTENTIAL_DEPOSIT:
        return 0
    balances.deposit(ctx, account, amount)
    return amount


def _forget(state: State, netuid: int) -> None:
    """Remove every value whose key names the subnet or one of its mechanisms."""
    indices = get_indices(state, netuid)
    for item in _keyed_items():
        kinds = [kind for _, kind in item.keys]
        if _NETUID in kinds:
            _remove_all(state, item, kinds.index(_NETUID), [netuid])
        elif _INDEX in kinds:
            _remove_all(state, item, kinds.index(_INDEX), indices)
    for hotkey, rates in list(stake_storage.ROOT_CLAIMABLE.items(state)):
        if netuid in rates:
            left = {other: rate for other, rate in rates.items() if other != netuid}
            stake_storage.ROOT_CLAIMABLE.put(state, hotkey, left)
    for key, _ in list(storage.LAST_RATE_LIMITED_BLOCK.items(state)):
        if getattr(key, "netuid", None) == netuid:
            storage.LAST_RATE_LIMITED_BLOCK.remove(state, key)
    ROOT_CLAIM_RESERVE.remove(state, netuid)
    FEE_RATE.remove(state, netuid)


def _keyed_items() -> Iterator[StorageItem[object]]:
    for module in (storage, stake_storage, key_storage):
        for item in vars(module).values():
            if isinstance(item, StorageItem) and item.keys and item not in _KEPT:
                yield item


def _remove_all(state: State, item: StorageItem[object], position: int, names: list[int]) -> None:
    """Remove the values whose key at ``position`` is one of ``names``."""
    if position == 0:
        for name in names:
            item.clear(state, name)
        return
    for keys, _ in list(item.scan(state, ())):
        if keys[position] in names:
            state.delete(item.raw_key(*keys))

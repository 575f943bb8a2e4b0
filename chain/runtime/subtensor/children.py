"""Children: hotkeys that inherit parts of another hotkey's stake on a subnet, and pay its holders their dividends.

Proportions are of 2**64 - 1. A choice waits a while before it is in force, so that nominators can leave.
"""

from collections.abc import Sequence
from typing import Annotated

from chain.runtime.dispatch import Context, call
from chain.runtime.fixed import U64_MAX
from chain.runtime.storage import StateReader, StorageDoubleMap
from chain.runtime.subtensor import stake_storage, storage
from chain.runtime.subtensor.errors import RegistrationNotPermittedOnRootSubnet, TxRateLimitExceeded
from chain.runtime.subtensor.ownership import ensure_owner
from chain.runtime.subtensor.pauses import Deed, has_rested, note
from chain.runtime.subtensor.setting_events import (
    MaxChildKeyTakeSet,
    MinChildKeyTakeSet,
    TxChildKeyTakeRateLimitSet,
)
from chain.runtime.subtensor.stake_errors import (
    ChildParentInconsistency,
    DuplicateChild,
    InvalidChild,
    InvalidChildkeyTake,
    NotEnoughStakeToSetChildkeys,
    ProportionOverflow,
    TooManyChildren,
    TxChildkeyTakeRateLimitExceeded,
)
from chain.runtime.subtensor.stake_events import ChildKeyTakeSet, SetChildren, SetChildrenScheduled
from chain.runtime.subtensor.stake_storage import RELATIONS, Relation
from chain.runtime.subtensor.subnets import ROOT_NETUID, ensure_subnet
from chain.runtime.subtensor.worth import get_value
from chain.runtime.types import AccountId, NetUid
from chain.scale.hints import u16, u64
from chain.state.overlay import State

MOST_CHILDREN = 5

RelationMap = StorageDoubleMap[bytes, int, list[Relation]]
Children = Annotated[list[Relation], RELATIONS]


@call(67, weight=119_000_000)
def set_children(ctx: Context, hotkey: AccountId, netuid: NetUid, children: Children) -> None:
    """Say which hotkeys inherit which proportions of the stake of the caller's hotkey on a subnet; in force after the
    first epoch past the cooldown, or at once on a subnet that was not started."""
    coldkey, state = ctx.signer(), ctx.state
    if not has_rested(state, Deed.SetChildren, hotkey, netuid, ctx.block_number):
        raise TxRateLimitExceeded
    if netuid == ROOT_NETUID:
        raise RegistrationNotPermittedOnRootSubnet
    ensure_subnet(state, netuid)
    ensure_owner(state, coldkey, hotkey)
    choose_children(ctx, hotkey, netuid, children)


def choose_children(ctx: Context, hotkey: bytes, netuid: int, children: Children) -> None:
    """Let a hotkey have these children, now or after the cooldown.

    Raises:
        DuplicateChild, InvalidChild, TooManyChildren, ProportionOverflow, ChildParentInconsistency,
        NotEnoughStakeToSetChildkeys.
    """
    state, block = ctx.state, ctx.block_number
    _ensure_well_formed(hotkey, children)
    _ensure_consistent(state, netuid, hotkey, children)
    if children and not _has_enough_stake(state, netuid, hotkey):
        raise NotEnoughStakeToSetChildkeys

    note(state, Deed.SetChildren, hotkey, netuid, block)
    if not storage.SUBTOKEN_ENABLED.get(state, netuid):
        relate(ctx, netuid, hotkey, children)
        return
    due = block + stake_storage.PENDING_CHILD_KEY_COOLDOWN.get(state)
    stake_storage.PENDING_CHILD_KEYS.put(state, netuid, hotkey, (children, due))
    ctx.deposit(SetChildrenScheduled(hotkey, netuid, due, children))


@call(75, weight=49_000_000)
def set_childkey_take(ctx: Context, hotkey: AccountId, netuid: NetUid, take: u16) -> None:
    """Set what the caller's hotkey keeps, of 65535, of dividends that other coldkeys' stake earned through it."""
    coldkey, state = ctx.signer(), ctx.state
    ensure_owner(state, coldkey, hotkey)
    if not get_lowest_take(state, netuid) <= take <= stake_storage.MAX_CHILDKEY_TAKE.get(state):
        raise InvalidChildkeyTake
    raised = take > get_childkey_take(state, hotkey, netuid)
    if raised and not has_rested(state, Deed.SetChildkeyTake, hotkey, netuid, ctx.block_number):
        raise TxChildkeyTakeRateLimitExceeded
    stake_storage.CHILDKEY_TAKE.put(state, hotkey, netuid, take)
    note(state, Deed.SetChildkeyTake, hotkey, netuid, ctx.block_number)
    ctx.deposit(ChildKeyTakeSet(hotkey, take))


@call(69, weight=5_698_000)
def sudo_set_tx_childkey_take_rate_limit(ctx: Context, tx_rate_limit: u64) -> None:
    """Set the blocks between raises of a take as a child; root only."""
    ctx.ensure_root()
    stake_storage.TX_CHILDKEY_TAKE_RATE_LIMIT.put(ctx.state, tx_rate_limit)
    ctx.deposit(TxChildKeyTakeRateLimitSet(tx_rate_limit))


@call(76, weight=5_698_000)
def sudo_set_min_childkey_take(ctx: Context, take: u16) -> None:
    """Set the lowest take as a child; root only."""
    ctx.ensure_root()
    stake_storage.MIN_CHILDKEY_TAKE.put(ctx.state, take)
    ctx.deposit(MinChildKeyTakeSet(take))


@call(77, weight=5_698_000)
def sudo_set_max_childkey_take(ctx: Context, take: u16) -> None:
    """Set the highest take as a child; root only."""
    ctx.ensure_root()
    stake_storage.MAX_CHILDKEY_TAKE.put(ctx.state, take)
    ctx.deposit(MaxChildKeyTakeSet(take))


@call(109, weight=5_370_000)
def set_pending_childkey_cooldown(ctx: Context, cooldown: u64) -> None:
    """Set the blocks before a choice of children is in force; root only."""
    ctx.ensure_root()
    stake_storage.PENDING_CHILD_KEY_COOLDOWN.put(ctx.state, cooldown)


def get_childkey_take(state: StateReader, hotkey: bytes, netuid: int) -> int:
    """What a hotkey keeps as a child, of 65535: what it chose, at least the lowest that may be chosen."""
    return max(stake_storage.CHILDKEY_TAKE.get(state, hotkey, netuid), get_lowest_take(state, netuid))


def get_lowest_take(state: StateReader, netuid: int) -> int:
    """The lowest take as a child on a subnet, of 65535."""
    on_subnet = stake_storage.MIN_CHILDKEY_TAKE_PER_SUBNET.get(state, netuid)
    return max(stake_storage.MIN_CHILDKEY_TAKE.get(state), on_subnet)


def apply_pending_children(ctx: Context, netuid: int) -> None:
    """Put choices in force whose cooldown is over, as far as they still agree with the others'."""
    state = ctx.state
    for (_, hotkey), (children, due) in list(stake_storage.PENDING_CHILD_KEYS.items(state, netuid)):
        if due >= ctx.block_number and storage.SUBTOKEN_ENABLED.get(state, netuid):
            continue
        stake_storage.PENDING_CHILD_KEYS.remove(state, netuid, hotkey)
        if not _is_inconsistent(state, netuid, hotkey, children):
            relate(ctx, netuid, hotkey, children)


def relate(ctx: Context, netuid: int, hotkey: bytes, children: Sequence[Relation]) -> None:
    """Let exactly these be the children of a hotkey on a subnet."""
    state = ctx.state
    put_children(state, netuid, hotkey, children)
    ctx.deposit(SetChildren(hotkey, netuid, list(children)))


def put_children(state: State, netuid: int, hotkey: bytes, children: Sequence[Relation]) -> None:
    """Write the relation of a hotkey to its children, at both ends; children are kept in the order of accounts."""
    chosen = {child: proportion for proportion, child in children}
    for _, child in stake_storage.CHILD_KEYS.get(state, hotkey, netuid):
        if child not in chosen:
            parents = stake_storage.PARENT_KEYS.get(state, child, netuid)
            _put_parents(state, netuid, child, [parent for parent in parents if parent[1] != hotkey])
    for child, proportion in chosen.items():
        shares = {parent: part for part, parent in stake_storage.PARENT_KEYS.get(state, child, netuid)}
        shares[hotkey] = proportion
        _put_parents(state, netuid, child, [(part, parent) for parent, part in shares.items()])
    _put(state, stake_storage.CHILD_KEYS, hotkey, netuid, [(chosen[child], child) for child in sorted(chosen)])


def _put_parents(state: State, netuid: int, child: bytes, parents: Sequence[Relation]) -> None:
    _put(state, stake_storage.PARENT_KEYS, child, netuid, parents)


def _put(state: State, item: RelationMap, hotkey: bytes, netuid: int, relations: Sequence[Relation]) -> None:
    if relations:
        item.put(state, hotkey, netuid, list(relations))
    else:
        item.remove(state, hotkey, netuid)


def _ensure_well_formed(hotkey: bytes, children: Sequence[Relation]) -> None:
    names = [child for _, child in children]
    if len(set(names)) < len(names):
        raise DuplicateChild
    if hotkey in names:
        raise InvalidChild
    if len(children) > MOST_CHILDREN:
        raise TooManyChildren
    if sum(proportion for proportion, _ in children) > U64_MAX:
        raise ProportionOverflow


def _ensure_consistent(state: StateReader, netuid: int, hotkey: bytes, children: Sequence[Relation]) -> None:
    if _is_inconsistent(state, netuid, hotkey, children):
        raise ChildParentInconsistency


def _is_inconsistent(state: StateReader, netuid: int, hotkey: bytes, children: Sequence[Relation]) -> bool:
    """Whether a parent of the hotkey would be its child too."""
    parents = {parent for _, parent in stake_storage.PARENT_KEYS.get(state, hotkey, netuid)}
    return any(child in parents for _, child in children)


def _has_enough_stake(state: StateReader, netuid: int, hotkey: bytes) -> bool:
    if hotkey == storage.SUBNET_OWNER_HOTKEY.get(state, netuid):
        return True
    return get_value(state, hotkey) >= storage.STAKE_THRESHOLD.get(state)

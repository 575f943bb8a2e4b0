"""Stake that counts in consensus: own stake, without what children inherit, with what parents leave.

Proportions are of 2**64 - 1 and become fixed point with 32 fraction bits, rounded down.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chain.runtime.columns import read_column
from chain.runtime.fixed import U64_MAX
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import stake_storage, storage
from chain.runtime.subtensor.stake import ROOT_NETUID
from chain.runtime.subtensor.stake_storage import Relation

_ONE = 1 << 32


@dataclass(frozen=True)
class Relations:
    """Parents and children of one hotkey on one subnet."""

    parents: list[Relation]
    children: list[Relation]


def get_relations(state: StateReader, hotkey: bytes, netuid: int) -> Relations:
    """Who leaves stake to a hotkey, and to whom it leaves its own; nobody on root."""
    if netuid == ROOT_NETUID:
        return Relations([], [])
    parents = stake_storage.PARENT_KEYS.get(state, hotkey, netuid)
    return Relations(parents, stake_storage.CHILD_KEYS.get(state, hotkey, netuid))


def get_tao_weight(state: StateReader) -> int:
    """How much root stake counts beside alpha, with 32 fraction bits."""
    return (storage.TAO_WEIGHT.get(state) << 32) // U64_MAX


def get_inherited(state: StateReader, hotkey: bytes, netuid: int, relations: Relations, at: int) -> int:
    """Rao of a hotkey's stake ``at`` a subnet, as the relations on ``netuid`` share it; rounded down."""
    own = storage.TOTAL_HOTKEY_ALPHA.get(state, hotkey, at)
    kept = max(0, own * (_ONE - sum(_proportions(relations.children))))
    left = sum(
        storage.TOTAL_HOTKEY_ALPHA.get(state, parent, at) * _to_fixed(proportion)
        for proportion, parent in relations.parents
    )
    return (kept + left) >> 32


def get_stake_weight(state: StateReader, hotkey: bytes, netuid: int) -> int:
    """Stake that counts in consensus, as I64F64 bits: alpha here plus root stake times ``TaoWeight``."""
    alpha, root = _inherit(state, hotkey, netuid)
    return (alpha << 64) + root * (get_tao_weight(state) << 32)


def get_stake_weights(state: StateReader, netuid: int, hotkeys: Sequence[bytes]) -> list[int]:
    """The same for many hotkeys."""
    weight_u64f64 = get_tao_weight(state) << 32
    return [(alpha << 64) + root * weight_u64f64 for alpha, root in get_stake_parts(state, netuid, hotkeys)]


def get_stake_parts(state: StateReader, netuid: int, hotkeys: Sequence[bytes]) -> list[tuple[int, int]]:
    """Alpha and root stake of many hotkeys as they are inherited; who is related to whom is read once."""
    related = {
        hotkey
        for item in (stake_storage.PARENT_KEYS, stake_storage.CHILD_KEYS)
        for (hotkey, at), _ in item.items(state)
        if at == netuid
    }
    column = tuple(hotkeys)
    alpha, root = (read_column(storage.TOTAL_HOTKEY_ALPHA, state, column, behind=(at,)) for at in (netuid, ROOT_NETUID))
    own = zip(alpha, root, strict=True)
    if not related:
        return list(own)
    return [
        _inherit(state, hotkey, netuid) if hotkey in related else parts
        for hotkey, parts in zip(hotkeys, own, strict=True)
    ]


def get_contribution(state: StateReader, hotkey: bytes, netuid: int, proportion_u64f32: int) -> int:
    """Rao that a part of a hotkey's own stake weighs, rounded down."""
    alpha = storage.TOTAL_HOTKEY_ALPHA.get(state, hotkey, netuid)
    root = storage.TOTAL_HOTKEY_ALPHA.get(state, hotkey, ROOT_NETUID)
    weighed = (alpha << 32) + root * get_tao_weight(state)
    return weighed * proportion_u64f32 >> 64


def get_shares_of_parents(state: StateReader, hotkey: bytes, netuid: int) -> tuple[int, list[tuple[bytes, int]]]:
    """What a hotkey's own stake contributes to its weight, and what that of each parent does, in rao."""
    relations = get_relations(state, hotkey, netuid)
    own = max(0, _ONE - sum(_proportions(relations.children)))
    parents = [
        (parent, get_contribution(state, parent, netuid, _to_fixed(proportion)))
        for proportion, parent in relations.parents
    ]
    return get_contribution(state, hotkey, netuid, own), parents


def _inherit(state: StateReader, hotkey: bytes, netuid: int) -> tuple[int, int]:
    relations = get_relations(state, hotkey, netuid)
    alpha, root = (get_inherited(state, hotkey, netuid, relations, at) for at in (netuid, ROOT_NETUID))
    return alpha, root


def _to_fixed(proportion: int) -> int:
    return (proportion << 32) // U64_MAX


def _proportions(relations: Iterable[Relation]) -> Iterator[int]:
    return (_to_fixed(proportion) for proportion, _ in relations)

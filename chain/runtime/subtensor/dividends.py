"""Who gets the dividends of an epoch: validators, the parents whose stake they used, and root.

All divisions round down. What they leave of a dividend stays with the child, what they leave of a pot waits for the
next epoch; a pot that nobody has a part in is destroyed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chain.runtime.fixed import U64_MAX
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import claims, stake_storage, storage
from chain.runtime.subtensor.children import get_childkey_take
from chain.runtime.subtensor.inheritance import get_shares_of_parents, get_tao_weight
from chain.runtime.subtensor.stake import ROOT_NETUID, increase_pool, increase_stake
from chain.state.overlay import State

U16_MAX = 65_535
Parts = dict[bytes, int]
"""Rao or weights by hotkey, in ascending order of account bytes."""


@dataclass(frozen=True)
class Dividends:
    """Parts in the two pots of validators: alpha for alpha stake, alpha for root stake."""

    alpha: Parts
    root: Parts


def compute_dividends(state: StateReader, netuid: int, hotkeys: Sequence[bytes], earned: Sequence[int]) -> Dividends:
    """Divide what hotkeys earned among them and their parents, and that by the kinds of their stake."""
    shared: Parts = {}
    for hotkey, amount in zip(hotkeys, earned, strict=True):
        for receiver, part in share_with_parents(state, netuid, hotkey, amount):
            shared[receiver] = shared.get(receiver, 0) + part
    alpha: Parts = {}
    root: Parts = {}
    for hotkey in sorted(shared):
        root[hotkey] = _root_part(state, netuid, hotkey, shared[hotkey])
        alpha[hotkey] = shared[hotkey] - root[hotkey]
    return Dividends(alpha, root)


def share_with_parents(state: StateReader, netuid: int, hotkey: bytes, amount: int) -> list[tuple[bytes, int]]:
    """What each parent gets of a hotkey's dividend, by the stake that it contributed, and what the hotkey keeps.

    A parent of another coldkey leaves the hotkey its take.
    """
    own, parents = get_shares_of_parents(state, hotkey, netuid)
    total = own + sum(weight for _, weight in parents)
    if amount == 0 or total == 0:
        return [(hotkey, amount)]
    owner, kept = storage.OWNER.get(state, hotkey), amount
    take_rate = get_childkey_take(state, hotkey, netuid)
    shared: list[tuple[bytes, int]] = []
    for parent, weight in parents:
        part = amount * weight // total
        kept -= part
        if storage.OWNER.get(state, parent) != owner:
            withheld = part * stake_storage.CK_BURN.get(state) // U64_MAX
            take = part * take_rate // U16_MAX
            part = max(0, part - withheld - take)
            kept += take
        shared.append((parent, part))
    return [*shared, (hotkey, kept)]


def pay_alpha(state: State, netuid: int, pot: int, parts: Parts) -> int:
    """Pay ``pot`` alpha to validators and those who stake on them, in proportion; what rounding leaves of it."""
    storage.ALPHA_DIVIDENDS_PER_SUBNET.clear(state, netuid)
    paid = 0
    for hotkey, reward in _rewards(pot, parts).items():
        take = _take(state, hotkey, reward)
        increase_stake(state, hotkey, storage.OWNER.get(state, hotkey), netuid, take)
        increase_pool(state, hotkey, netuid, reward - take)
        storage.ALPHA_DIVIDENDS_PER_SUBNET.put(state, netuid, hotkey, reward)
        paid += reward
    return pot - paid


def pay_root(state: State, netuid: int, pot: int, parts: Parts) -> int:
    """Let ``pot`` alpha wait for those who stake on validators' root pools, less the validators' takes.

    Gives what rounding leaves of it.
    """
    stake_storage.ROOT_ALPHA_DIVIDENDS_PER_SUBNET.clear(state, netuid)
    paid = 0
    for hotkey, reward in _rewards(pot, parts).items():
        take = _take(state, hotkey, reward)
        increase_stake(state, hotkey, storage.OWNER.get(state, hotkey), netuid, take)
        staked = storage.TOTAL_HOTKEY_ALPHA.get(state, hotkey, ROOT_NETUID)
        claims.add_dividend(state, netuid, hotkey, reward - take, staked)
        stake_storage.ROOT_ALPHA_DIVIDENDS_PER_SUBNET.put(state, netuid, hotkey, reward)
        paid += reward
    return pot - paid


def _root_part(state: StateReader, netuid: int, hotkey: bytes, amount: int) -> int:
    """Part of a dividend that root stake earned, rounded down."""
    root = storage.TOTAL_HOTKEY_ALPHA.get(state, hotkey, ROOT_NETUID) * get_tao_weight(state)
    total = root + (storage.TOTAL_HOTKEY_ALPHA.get(state, hotkey, netuid) << 32)
    return amount * root // total if total else 0


def _rewards(pot: int, parts: Mapping[bytes, int]) -> Parts:
    total = sum(parts.values())
    rewards = {hotkey: pot * part // total for hotkey, part in parts.items()} if total else {}
    return {hotkey: reward for hotkey, reward in rewards.items() if reward}


def _take(state: StateReader, hotkey: bytes, reward: int) -> int:
    return reward * storage.DELEGATES.get(state, hotkey) // U16_MAX

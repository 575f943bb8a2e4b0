"""Paying out what waited for an epoch: owner, miners, validators and those who stake on them.

Every rao that waited is paid, destroyed or keeps waiting. All divisions round down; what they leave of the miners'
part goes to the validators, what they leave of the validators' part waits for the next epoch, and what nobody
earned is destroyed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chain.runtime.dispatch import Context
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.events import AlphaBurned, AlphaRecycled, IncentiveAlphaEmittedToMiners
from chain.runtime.subtensor.neurons import get_hotkeys
from chain.runtime.subtensor.ownership import is_owners
from chain.runtime.subtensor.reserves import change_outstanding
from chain.runtime.subtensor.stake import increase_pool, increase_stake
from chain.runtime.subtensor.types import RecycleOrBurn
from chain.runtime.supply import announce_destroyed
from chain.runtime.yuma import EpochOutputs
from chain.state.overlay import State

U16_MAX = 65_535


@dataclass(frozen=True)
class Pending:
    """Rao that wait for a subnet's epoch."""

    owner: int
    server: int
    validator: int

    @property
    def earned(self) -> int:
        """What neurons share among themselves."""
        return self.server + self.validator


def take_pending(state: State, netuid: int) -> Pending:
    """Take out everything that waits; the caller pays all of it."""
    pending = Pending(
        storage.PENDING_OWNER_CUT.get(state, netuid),
        storage.PENDING_SERVER_EMISSION.get(state, netuid),
        storage.PENDING_VALIDATOR_EMISSION.get(state, netuid),
    )
    for item in (storage.PENDING_OWNER_CUT, storage.PENDING_SERVER_EMISSION, storage.PENDING_VALIDATOR_EMISSION):
        item.put(state, netuid, 0)
    return pending


def distribute(ctx: Context, netuid: int, pending: Pending, outputs: EpochOutputs) -> None:
    """Pay out an epoch."""
    hotkeys = get_hotkeys(ctx.state, netuid)
    incentives = outputs.server_emission
    _pay_owner(ctx, netuid, pending.owner)
    _pay_miners(ctx, netuid, hotkeys, incentives)
    _pay_validators(ctx, netuid, hotkeys, Dividends(pending.earned - sum(incentives), outputs.validator_emission))


@dataclass(frozen=True)
class Dividends:
    """A pot in rao and the parts in which validators share it."""

    pot: int
    parts: Sequence[int]


def _pay_owner(ctx: Context, netuid: int, amount: int) -> None:
    state = ctx.state
    coldkey, hotkey = storage.SUBNET_OWNER.get(state, netuid), storage.SUBNET_OWNER_HOTKEY.get(state, netuid)
    increase_stake(state, hotkey, coldkey, netuid, amount)


def _pay_miners(ctx: Context, netuid: int, hotkeys: Sequence[bytes], incentives: Sequence[int]) -> None:
    """Stake each miner's incentive for its owner; that of the subnet owner's own hotkeys is destroyed."""
    state, withheld = ctx.state, 0
    for hotkey, amount in zip(hotkeys, incentives, strict=True):
        if amount and is_owners(state, netuid, hotkey):
            withheld += amount
            destroy_emission(ctx, netuid, hotkey, amount)
        elif amount:
            increase_stake(state, hotkey, storage.OWNER.get(state, hotkey), netuid, amount)
    total = sum(incentives)
    burned_u96f32 = (withheld << 32) // total if total else 0
    if burned_u96f32 != storage.MINER_BURNED.get(state, netuid):
        storage.MINER_BURNED.put(state, netuid, burned_u96f32)
    ctx.deposit(IncentiveAlphaEmittedToMiners(netuid, list(incentives)))


def _pay_validators(ctx: Context, netuid: int, hotkeys: Sequence[bytes], dividends: Dividends) -> None:
    state, total = ctx.state, sum(dividends.parts)
    storage.ALPHA_DIVIDENDS_PER_SUBNET.clear(state, netuid)
    if total == 0:
        destroy_emission(ctx, netuid, storage.SUBNET_OWNER_HOTKEY.get(state, netuid), dividends.pot)
        return
    paid = 0
    for hotkey, part in zip(hotkeys, dividends.parts, strict=True):
        reward = dividends.pot * part // total
        if reward:
            _pay_validator(state, netuid, hotkey, reward)
            paid += reward
    waiting = storage.PENDING_VALIDATOR_EMISSION
    waiting.put(state, netuid, waiting.get(state, netuid) + dividends.pot - paid)


def _pay_validator(state: State, netuid: int, hotkey: bytes, reward: int) -> None:
    """Give the hotkey's owner its take, and the rest to everybody who stakes on the hotkey."""
    take = reward * storage.DELEGATES.get(state, hotkey) // U16_MAX
    increase_stake(state, hotkey, storage.OWNER.get(state, hotkey), netuid, take)
    increase_pool(state, hotkey, netuid, reward - take)
    storage.ALPHA_DIVIDENDS_PER_SUBNET.put(state, netuid, hotkey, reward)


def destroy_emission(ctx: Context, netuid: int, hotkey: bytes, amount: int) -> None:
    """Destroy rao that waited in a subnet, and the TAO behind them."""
    if amount == 0:
        return
    state = ctx.state
    change_outstanding(state, netuid, -amount)
    announce_destroyed(ctx, amount)
    event = AlphaRecycled if storage.RECYCLE_OR_BURN.get(state, netuid) is RecycleOrBurn.Recycle else AlphaBurned
    ctx.deposit(event(storage.OWNER.get(state, hotkey), hotkey, amount, netuid))

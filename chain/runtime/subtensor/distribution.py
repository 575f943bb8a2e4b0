"""Paying out what waited for an epoch: owner, miners, validators and those who stake on them.

Every rao of alpha that waited is paid, destroyed or keeps waiting. What roundings leave of the miners' part goes to the
validators, what they leave of the validators' part waits for the next epoch, and what nobody earned is destroyed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chain.runtime.dispatch import Context
from chain.runtime.storage import StorageMap
from chain.runtime.subtensor import stake_storage, storage
from chain.runtime.subtensor.dividends import compute_dividends, pay_alpha, pay_root
from chain.runtime.subtensor.events import AlphaBurned, AlphaRecycled
from chain.runtime.subtensor.neurons import get_hotkeys
from chain.runtime.subtensor.ownership import is_owners
from chain.runtime.subtensor.reserves import destroy_alpha
from chain.runtime.subtensor.stake import increase_stake
from chain.runtime.subtensor.stake_events import AutoStakeAdded
from chain.runtime.subtensor.types import RecycleOrBurn
from chain.runtime.yuma import EpochOutputs
from chain.state.overlay import State


@dataclass(frozen=True)
class Pending:
    """Alpha that waits for a subnet's epoch."""

    owner: int
    server: int
    validator: int
    root: int

    @property
    def earned(self) -> int:
        """What neurons share among themselves and with root."""
        return self.server + self.validator + self.root


def take_pending(state: State, netuid: int) -> Pending:
    """Take what waited in a subnet; the caller pays all of it out."""

    def take(item: StorageMap[int, int]) -> int:
        amount = item.get(state, netuid)
        item.put(state, netuid, 0)
        return amount

    return Pending(
        owner=take(storage.PENDING_OWNER_CUT),
        server=take(storage.PENDING_SERVER_EMISSION),
        validator=take(storage.PENDING_VALIDATOR_EMISSION),
        root=take(storage.PENDING_ROOT_ALPHA_DIVS),
    )


def distribute(ctx: Context, netuid: int, pending: Pending, outputs: EpochOutputs) -> None:
    """Pay out an epoch."""
    state, hotkeys = ctx.state, get_hotkeys(ctx.state, netuid)
    dividends = compute_dividends(state, netuid, hotkeys, outputs.validator_emission)
    _pay_owner(state, netuid, pending.owner)
    _pay_miners(ctx, netuid, hotkeys, outputs.server_emission)
    left = pending.earned - sum(outputs.server_emission)
    root_pot = min(pending.root, left)
    _settle(ctx, netuid, storage.PENDING_ROOT_ALPHA_DIVS, dividends.root, root_pot)
    _settle(ctx, netuid, storage.PENDING_VALIDATOR_EMISSION, dividends.alpha, left - root_pot)


def _settle(ctx: Context, netuid: int, waiting: StorageMap[int, int], parts: dict[bytes, int], pot: int) -> None:
    """Pay one pot of the validators."""
    state = ctx.state
    pay = pay_root if waiting is storage.PENDING_ROOT_ALPHA_DIVS else pay_alpha
    if not any(parts.values()):
        pay(state, netuid, 0, {})
        destroy_emission(ctx, netuid, storage.SUBNET_OWNER_HOTKEY.get(state, netuid), pot)
        return
    rest = pay(state, netuid, pot, parts)
    if rest:
        waiting.put(state, netuid, waiting.get(state, netuid) + rest)


def _pay_owner(state: State, netuid: int, amount: int) -> None:
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
            _stake_incentive(ctx, netuid, hotkey, amount)
    total = sum(incentives)
    burned_u96f32 = (withheld << 32) // total if total else 0
    if burned_u96f32 != storage.MINER_BURNED.get(state, netuid):
        storage.MINER_BURNED.put(state, netuid, burned_u96f32)


def _stake_incentive(ctx: Context, netuid: int, hotkey: bytes, amount: int) -> None:
    state, owner = ctx.state, storage.OWNER.get(ctx.state, hotkey)
    chosen = stake_storage.AUTO_STAKE_DESTINATION.get(state, owner, netuid)
    increase_stake(state, chosen or hotkey, owner, netuid, amount)
    if chosen is not None and chosen != hotkey:
        ctx.deposit(AutoStakeAdded(netuid, chosen, hotkey, owner, amount))


def destroy_emission(ctx: Context, netuid: int, hotkey: bytes, amount: int) -> None:
    """Destroy alpha that waited in a subnet."""
    if amount == 0:
        return
    state = ctx.state
    destroy_alpha(ctx, netuid, amount)
    event = AlphaRecycled if storage.RECYCLE_OR_BURN.get(state, netuid) is RecycleOrBurn.Recycle else AlphaBurned
    ctx.deposit(event(storage.OWNER.get(state, hotkey), hotkey, amount, netuid))

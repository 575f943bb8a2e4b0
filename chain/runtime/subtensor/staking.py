"""Moving rao between accounts and stake. On the stable mechanism one rao of TAO is one of alpha, without a fee."""

from chain.runtime.balances import can_withdraw, deposit, withdraw
from chain.runtime.dispatch import Context, call
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.errors import (
    AmountTooLow,
    InsufficientLiquidity,
    NotEnoughBalanceToStake,
    SubtokenDisabled,
)
from chain.runtime.subtensor.events import StakeAdded, StakeRemoved
from chain.runtime.subtensor.ownership import ensure_hotkey_exists
from chain.runtime.subtensor.reserves import change_outstanding
from chain.runtime.subtensor.stake import decrease_stake, get_stake, increase_stake
from chain.runtime.subtensor.subnets import ensure_subnet
from chain.runtime.types import AccountId, Alpha, NetUid, Tao
from chain.state.overlay import State

MIN_STAKE = 2_000_000
FEE = 0


@call(2, weight=340_800_000)
def add_stake(ctx: Context, hotkey: AccountId, netuid: NetUid, amount_staked: Tao) -> None:
    """Stake the caller's rao on a hotkey."""
    coldkey, state = ctx.signer(), ctx.state
    _ensure_open(state, netuid)
    if amount_staked < MIN_STAKE + FEE:
        raise AmountTooLow
    if not can_withdraw(state, coldkey, amount_staked):
        raise NotEnoughBalanceToStake
    ensure_hotkey_exists(state, hotkey)

    withdraw(ctx, coldkey, amount_staked)
    _change_pool(state, netuid, amount_staked)
    increase_stake(state, hotkey, coldkey, netuid, amount_staked)
    ctx.deposit(StakeAdded(coldkey, hotkey, amount_staked, amount_staked, netuid, FEE))


@call(3, weight=196_800_000)
def remove_stake(ctx: Context, hotkey: AccountId, netuid: NetUid, amount_unstaked: Alpha) -> None:
    """Take the caller's stake on a hotkey back, at most what is there."""
    coldkey, state = ctx.signer(), ctx.state
    _ensure_open(state, netuid)
    ensure_hotkey_exists(state, hotkey)
    held = get_stake(state, hotkey, coldkey, netuid)
    amount = min(amount_unstaked, held)
    if amount == 0 or (amount < MIN_STAKE and amount < held):
        raise AmountTooLow
    if amount > storage.SUBNET_TAO.get(state, netuid):
        raise InsufficientLiquidity
    unstake(ctx, hotkey, coldkey, netuid, amount)
    left = get_stake(state, hotkey, coldkey, netuid)
    if 0 < left < _smallest_nomination(state, hotkey, coldkey):
        unstake(ctx, hotkey, coldkey, netuid, left)


def unstake(ctx: Context, hotkey: bytes, coldkey: bytes, netuid: int, amount: int) -> None:
    """Move rao, which the coldkey holds there, from stake to its account."""
    decrease_stake(ctx.state, hotkey, coldkey, netuid, amount)
    _change_pool(ctx.state, netuid, -amount)
    deposit(ctx, coldkey, amount)
    ctx.deposit(StakeRemoved(coldkey, hotkey, amount, amount, netuid, FEE))


def _ensure_open(state: StateReader, netuid: int) -> None:
    ensure_subnet(state, netuid)
    if not storage.SUBTOKEN_ENABLED.get(state, netuid):
        raise SubtokenDisabled


def _smallest_nomination(state: StateReader, hotkey: bytes, coldkey: bytes) -> int:
    """Rao that a coldkey must keep on somebody else's hotkey, or withdraw altogether."""
    return 0 if storage.OWNER.get(state, hotkey) == coldkey else storage.NOMINATOR_MIN_REQUIRED_STAKE.get(state)


def _change_pool(state: State, netuid: int, amount: int) -> None:
    change_outstanding(state, netuid, amount)
    storage.SUBNET_VOLUME.put(state, netuid, storage.SUBNET_VOLUME.get(state, netuid) + abs(amount))

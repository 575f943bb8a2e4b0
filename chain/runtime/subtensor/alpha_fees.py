"""Fees in alpha: who takes stake back, or moves it, and has too few rao for the fee, pays with that stake.

The alpha that is worth the fee is sold to the pool, without a fee of the pool, and what it brings is burned as other
fees are. Nothing is given back, whatever the call turns out to cost.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chain.runtime import balances, payment
from chain.runtime.dispatch import Call, Context
from chain.runtime.errors import CannotPay
from chain.runtime.pallet import AnyCall
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import destroying, moving, staking, storage
from chain.runtime.subtensor.errors import InsufficientLiquidity
from chain.runtime.subtensor.other_events import TransactionFeePaidWithAlpha
from chain.runtime.subtensor.pools import RAO_PER_TAO, get_pool
from chain.runtime.subtensor.stake import get_stake
from chain.runtime.subtensor.staking import unstake
from chain.runtime.subtensor.subnets import get_all_netuids
from chain.runtime.system import ACCOUNT
from chain.runtime.types import AccountInfo

Place = tuple[bytes, int]


@dataclass(frozen=True)
class AlphaFee:
    """Stake of a coldkey on a hotkey in a subnet that pays a fee, and the rao that it brings."""

    hotkey: bytes
    netuid: int
    alpha: int
    tao: int


def find_alpha_fee(
    state: StateReader, account: AccountInfo, coldkey: bytes, call: Call, charge: int
) -> AlphaFee | None:
    """Which stake pays a fee of so many rao; nothing where the call names none in one subnet, or too little."""
    name = _PLACES.get(call.declaration)
    places = name(state, coldkey, *call.args) if name and account.providers else []
    if len(places) != 1:
        return None
    ((hotkey, netuid),) = places
    pool = get_pool(state, netuid).without_fee()
    alpha = charge * RAO_PER_TAO // pool.price_rao if pool.price_rao else 0
    if not 0 < alpha <= get_stake(state, hotkey, coldkey, netuid):
        return None
    try:
        return AlphaFee(hotkey, netuid, alpha, pool.sell(alpha).received)
    except InsufficientLiquidity:
        return None


def pay_in_alpha(ctx: Context, account: AccountInfo, coldkey: bytes, call: Call, charge: int) -> AlphaFee:
    """Store the sender's ``account``, and take the fee out of stake, before the call runs.

    Raises:
        CannotPay: there is no stake that could pay.
    """
    fee = find_alpha_fee(ctx.state, account, coldkey, call, charge)
    if fee is None:
        raise CannotPay(f"a fee of {charge} rao, in alpha either")
    ACCOUNT.put(ctx.state, coldkey, account)
    unstake(ctx, fee.hotkey, coldkey, fee.netuid, fee.alpha, free=True)
    balances.withdraw(ctx, coldkey, fee.tao)
    return fee


def announce_alpha_fee(ctx: Context, coldkey: bytes, fee: AlphaFee, tip: int) -> int:
    """Tell what was paid; that amount in rao."""
    ctx.deposit(TransactionFeePaidWithAlpha(coldkey, fee.netuid, fee.alpha, fee.tao))
    ctx.deposit(payment.TransactionFeePaid(coldkey, fee.tao, min(tip, fee.tao)))
    return fee.tao


def _find_all(state: StateReader, coldkey: bytes, hotkey: bytes) -> list[Place]:
    """Where the coldkey stakes on the hotkey, and stake can be sold."""
    opened = (netuid for netuid in get_all_netuids(state) if storage.SUBTOKEN_ENABLED.get(state, netuid))
    return [(hotkey, netuid) for netuid in opened if get_stake(state, hotkey, coldkey, netuid)]


_PLACES: Mapping[AnyCall, Callable[..., list[Place]]] = {
    staking.remove_stake: lambda _state, _coldkey, hotkey, netuid, *_: [(hotkey, netuid)],
    staking.remove_stake_limit: lambda _state, _coldkey, hotkey, netuid, *_: [(hotkey, netuid)],
    staking.remove_stake_full_limit: lambda _state, _coldkey, hotkey, netuid, *_: [(hotkey, netuid)],
    staking.unstake_all: _find_all,
    staking.unstake_all_alpha: _find_all,
    moving.move_stake: lambda _state, _coldkey, hotkey, _to, netuid, *_: [(hotkey, netuid)],
    moving.transfer_stake: lambda _state, _coldkey, _to, hotkey, netuid, *_: [(hotkey, netuid)],
    moving.swap_stake: lambda _state, _coldkey, hotkey, netuid, *_: [(hotkey, netuid)],
    moving.swap_stake_limit: lambda _state, _coldkey, hotkey, netuid, *_: [(hotkey, netuid)],
    destroying.recycle_alpha: lambda _state, _coldkey, hotkey, _amount, netuid: [(hotkey, netuid)],
    destroying.burn_alpha: lambda _state, _coldkey, hotkey, _amount, netuid: [(hotkey, netuid)],
}
"""Which stake a call names that may pay its fee."""

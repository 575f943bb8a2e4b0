"""Swap pallet: what trading in the pools of subnets costs. The pools themselves are in ``subtensor.pools``."""

from typing import Annotated

from chain.runtime.dispatch import Context, call, event
from chain.runtime.errors import ModuleError
from chain.runtime.pallet import Constant
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.pools import FEE_RATE, MINIMUM_RESERVE
from chain.runtime.types import AccountId, NetUid
from chain.scale.hints import TypeName, u16, u64
from chain.scale.products import Newtype
from chain.scale.types import I32, I64, U16, U64, U128, erase

MAX_FEE_RATE = 10_000
_CRATE = "pallet_subtensor_swap::pallet"
TickIndex = Annotated[int, Newtype(f"{_CRATE}::TickIndex", I32), TypeName("TickIndex")]
PositionId = Annotated[int, Newtype(f"{_CRATE}::PositionId", U128), TypeName("PositionId")]
i64 = Annotated[int, I64]

CONSTANTS = (
    Constant("MaxFeeRate", erase(U16), MAX_FEE_RATE, "The highest fee rate, of 65535."),
    Constant("MinimumReserve", erase(U64), MINIMUM_RESERVE, "The smallest reserve that trading may leave."),
)


class FeeRateTooHigh(ModuleError, index=0):
    """The fee rate is too high"""


class MechanismDoesNotExist(ModuleError, index=8):
    """The subnet does not exist."""


class Deprecated(ModuleError, index=12):
    """The call does nothing any more: liquidity is the protocol's alone."""


@event(0)
class FeeRateSet:
    """Event emitted when the fee rate has been updated for a subnet"""

    netuid: NetUid
    rate: u16


@call(0, weight=9_000_000)
def set_fee_rate(ctx: Context, netuid: NetUid, rate: u16) -> None:
    """Set what trading in a subnet's pool costs, of 65535; root only."""
    ctx.ensure_root()
    if not storage.NETWORKS_ADDED.get(ctx.state, netuid):
        raise MechanismDoesNotExist
    if rate > MAX_FEE_RATE:
        raise FeeRateTooHigh
    FEE_RATE.put(ctx.state, netuid, rate)
    ctx.deposit(FeeRateSet(netuid, rate))


@call(1, weight=15_000_000)
def add_liquidity(
    ctx: Context, hotkey: AccountId, netuid: NetUid, tick_low: TickIndex, tick_high: TickIndex, liquidity: u64
) -> None:
    """Do nothing: liquidity is the protocol's alone."""
    raise Deprecated


@call(2, weight=15_000_000)
def remove_liquidity(ctx: Context, hotkey: AccountId, netuid: NetUid, position_id: PositionId) -> None:
    """Do nothing: liquidity is the protocol's alone."""
    raise Deprecated


@call(3, weight=15_000_000)
def modify_position(
    ctx: Context, hotkey: AccountId, netuid: NetUid, position_id: PositionId, liquidity_delta: i64
) -> None:
    """Do nothing: liquidity is the protocol's alone."""
    raise Deprecated


@call(4, weight=15_000_000)
def toggle_user_liquidity(ctx: Context, netuid: NetUid, enable: bool) -> None:
    """Do nothing: liquidity is the protocol's alone."""
    raise Deprecated


@call(5, weight=15_000_000)
def disable_lp(ctx: Context) -> None:
    """Do nothing: liquidity is the protocol's alone."""
    raise Deprecated

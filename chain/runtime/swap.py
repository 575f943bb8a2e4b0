"""Swap pallet: what trading in the pools of subnets costs. The pools themselves are in ``subtensor.pools``."""

from chain.runtime.dispatch import Context, Root, call, event
from chain.runtime.errors import BadOrigin, ModuleError
from chain.runtime.pallet import Constant
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.pools import FEE_RATE, MINIMUM_RESERVE
from chain.runtime.types import NetUid
from chain.scale.hints import u16
from chain.scale.types import U16, U64, erase

MAX_FEE_RATE = 10_000

CONSTANTS = (
    Constant("MaxFeeRate", erase(U16), MAX_FEE_RATE, "The highest fee rate, of 65535."),
    Constant("MinimumReserve", erase(U64), MINIMUM_RESERVE, "The smallest reserve that trading may leave."),
)


class FeeRateTooHigh(ModuleError, index=0):
    """The fee rate is too high"""


class MechanismDoesNotExist(ModuleError, index=11):
    """The subnet does not exist."""


@event(0)
class FeeRateSet:
    """Event emitted when the fee rate has been updated for a subnet"""

    netuid: NetUid
    rate: u16


@call(0, weight=9_000_000)
def set_fee_rate(ctx: Context, netuid: NetUid, rate: u16) -> None:
    """Set what trading in a subnet's pool costs, of 65535; for root and the owner."""
    if not isinstance(ctx.origin, Root) and ctx.signer() != storage.SUBNET_OWNER.get(ctx.state, netuid):
        raise BadOrigin("this call is reserved to root and the owner of the subnet")
    if not storage.NETWORKS_ADDED.get(ctx.state, netuid):
        raise MechanismDoesNotExist
    if rate > MAX_FEE_RATE:
        raise FeeRateTooHigh
    FEE_RATE.put(ctx.state, netuid, rate)
    ctx.deposit(FeeRateSet(netuid, rate))

"""SwapRuntimeApi: prices of alpha, and what a trade would give."""

from collections.abc import Callable

from chain.runtime.api import Api, ApiContext
from chain.runtime.subtensor.errors import InsufficientLiquidity
from chain.runtime.subtensor.pools import RAO_PER_TAO, Trade, get_pool
from chain.runtime.subtensor.subnets import get_all_netuids
from chain.runtime.types import Alpha, NetUid, Tao
from chain.scale.composite import struct
from chain.scale.hints import u64

NOTHING = Trade(0, 0, 0)


@struct("pallet_subtensor_swap_runtime_api::SubnetPrice")
class SubnetPrice:
    """Rao of TAO for one whole alpha of a subnet."""

    netuid: NetUid
    price: u64


@struct("pallet_subtensor_swap_runtime_api::SimSwapResult")
class SimSwapResult:
    """What a trade would take and give; slippage is what it gives less than the price promises."""

    tao_amount: Tao
    alpha_amount: Alpha
    tao_fee: Tao
    alpha_fee: Alpha
    tao_slippage: Tao
    alpha_slippage: Alpha


def current_alpha_price(ctx: ApiContext, netuid: NetUid) -> u64:
    """Rao of TAO for one whole alpha."""
    return get_pool(ctx.state, netuid).price_rao


def current_alpha_price_all(ctx: ApiContext) -> list[SubnetPrice]:
    """Prices in all subnets."""
    return [SubnetPrice(netuid, get_pool(ctx.state, netuid).price_rao) for netuid in get_all_netuids(ctx.state)]


def sim_swap_tao_for_alpha(ctx: ApiContext, netuid: NetUid, tao: Tao) -> SimSwapResult:
    """What buying alpha would give; nothing where the pool is too small for it."""
    pool = get_pool(ctx.state, netuid)
    trade = _attempt(pool.buy, tao)
    promised = trade.paid * RAO_PER_TAO // pool.price_rao if pool.price_rao else 0
    return SimSwapResult(trade.paid, trade.received, trade.fee, 0, 0, max(0, promised - trade.received))


def sim_swap_alpha_for_tao(ctx: ApiContext, netuid: NetUid, alpha: Alpha) -> SimSwapResult:
    """What selling alpha would give; nothing where the pool is too small for it."""
    pool = get_pool(ctx.state, netuid)
    trade = _attempt(pool.sell, alpha)
    promised = trade.paid * pool.price_rao // RAO_PER_TAO
    return SimSwapResult(trade.received, trade.paid, 0, trade.fee, max(0, promised - trade.received), 0)


def _attempt(trade: Callable[[int], Trade], amount: int) -> Trade:
    try:
        return trade(amount)
    except InsufficientLiquidity:
        return NOTHING


API = Api(
    "SwapRuntimeApi",
    (current_alpha_price, current_alpha_price_all, sim_swap_tao_for_alpha, sim_swap_alpha_for_tao),
)

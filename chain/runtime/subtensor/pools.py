"""Trading TAO for alpha of a subnet.

On a stable subnet one rao of TAO is one of alpha, without a fee. A dynamic subnet has a pool of both; a trade keeps
the product of the two reserves (equal weights of TAO and alpha). The fee, a part of what is paid, stays in the pool,
because a block of this ledger has no author to reward. Every result is rounded down; the pool keeps the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from chain.runtime.storage import TWOX_64_CONCAT, StateReader, StorageMap
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.errors import InsufficientLiquidity
from chain.runtime.subtensor.reserves import change_alpha_in, change_alpha_out, change_tao, is_dynamic
from chain.runtime.types import NET_UID
from chain.scale.types import U16
from chain.state.overlay import State

RAO_PER_TAO = 1_000_000_000
U16_MAX = 65_535
FEE_RATE = StorageMap("Swap", "FeeRate", (TWOX_64_CONCAT, NET_UID), U16, default=33)
MINIMUM_RESERVE = 1_000_000
"""Fewest rao of TAO, and of alpha, that a trade may leave in a pool."""
MOST_PER_RESERVE = 1_000
"""How many times its reserve one trade may put into a pool."""


@dataclass(frozen=True)
class Trade:
    """What went in, what comes out, and which part of the input was the fee."""

    paid: int
    received: int
    fee: int


@dataclass(frozen=True)
class Pool:
    """Reserves in rao of TAO and alpha; ``fee_rate`` is of 65535."""

    tao: int
    alpha: int
    fee_rate: int = 0
    dynamic: bool = True

    @property
    def price_rao(self) -> int:
        """Rao of TAO for one whole alpha, rounded down."""
        return self.tao * RAO_PER_TAO // self.alpha if self.dynamic and self.alpha else RAO_PER_TAO

    @property
    def price_u96f32(self) -> int:
        """TAO for one alpha with 32 fraction bits, rounded down."""
        return (self.tao << 32) // self.alpha if self.dynamic and self.alpha else 1 << 32

    def get_fee(self, amount: int) -> int:
        """What of an amount that is paid stays in the pool, whatever its size."""
        return amount * self.fee_rate // U16_MAX if self.dynamic else 0

    def buy(self, tao: int) -> Trade:
        """Alpha for TAO.

        Raises:
            InsufficientLiquidity: the pool is too small for that.
        """
        if not self.dynamic:
            return Trade(tao, tao, 0)
        trade = self._trade(tao, self.tao, self.alpha)
        _ensure_reserves(self.tao + tao, self.alpha - trade.received)
        return trade

    def sell(self, alpha: int) -> Trade:
        """TAO for alpha.

        Raises:
            InsufficientLiquidity: the pool is too small for that.
        """
        if not self.dynamic:
            return Trade(alpha, alpha, 0)
        trade = self._trade(alpha, self.alpha, self.tao)
        _ensure_reserves(self.tao - trade.received, self.alpha + alpha)
        return trade

    def without_fee(self) -> "Pool":
        """The pool, as it trades for nothing."""
        return replace(self, fee_rate=0)

    def after_buying(self, trade: Trade) -> "Pool":
        """The pool that a purchase leaves."""
        return replace(self, tao=self.tao + trade.paid, alpha=self.alpha - trade.received)

    def after_selling(self, trade: Trade) -> "Pool":
        """The pool that a sale leaves."""
        return replace(self, tao=self.tao - trade.received, alpha=self.alpha + trade.paid)

    def _trade(self, paid: int, reserve_in: int, reserve_out: int) -> Trade:
        if paid > MOST_PER_RESERVE * reserve_in:
            raise InsufficientLiquidity
        fee = self.get_fee(paid)
        added = paid - fee
        return Trade(paid, reserve_out * added // (reserve_in + added) if added else 0, fee)


def get_pool(state: StateReader, netuid: int) -> Pool:
    """The pool of a subnet."""
    tao, alpha = storage.SUBNET_TAO.get(state, netuid), storage.SUBNET_ALPHA_IN.get(state, netuid)
    return Pool(tao, alpha, FEE_RATE.get(state, netuid), is_dynamic(state, netuid))


def buy_alpha(state: State, netuid: int, tao: int, *, free: bool = False) -> Trade:
    """Put rao, which the caller took from somewhere, into a subnet for alpha, which the caller gives to somebody.

    There is no fee where it is ``free``.

    Raises:
        InsufficientLiquidity: the pool is too small for that.
    """
    pool = get_pool(state, netuid)
    trade = (pool.without_fee() if free else pool).buy(tao)
    change_tao(state, netuid, tao)
    change_alpha_out(state, netuid, trade.received)
    if pool.dynamic:
        change_alpha_in(state, netuid, -trade.received)
    _count_volume(state, netuid, tao)
    return trade


def sell_alpha(state: State, netuid: int, alpha: int, *, free: bool = False) -> Trade:
    """Put alpha, which the caller took from somebody, into a subnet for rao, which the caller gives to somebody.

    There is no fee where it is ``free``.

    Raises:
        InsufficientLiquidity: the pool is too small for that.
    """
    pool = get_pool(state, netuid)
    trade = (pool.without_fee() if free else pool).sell(alpha)
    change_tao(state, netuid, -trade.received)
    change_alpha_out(state, netuid, -alpha)
    if pool.dynamic:
        change_alpha_in(state, netuid, alpha)
    _count_volume(state, netuid, trade.received)
    return trade


def find_most_to_buy(pool: Pool, tao: int, limit_price_rao: int) -> int:
    """Most rao, up to ``tao``, that leave the price of alpha at or below the limit."""
    return _find_most(tao, lambda amount: pool.after_buying(pool.buy(amount)).price_rao <= limit_price_rao)


def find_most_to_sell(pool: Pool, alpha: int, limit_price_rao: int) -> int:
    """Most alpha, up to ``alpha``, that leaves its price at or above the limit."""
    return _find_most(alpha, lambda amount: pool.after_selling(pool.sell(amount)).price_rao >= limit_price_rao)


def find_most_to_swap(origin: Pool, destination: Pool, alpha: int, limit_price_rao: int) -> int:
    """Most alpha of one pool, up to ``alpha``, that leaves it worth the limit or more alpha of another."""

    def is_within(amount: int) -> bool:
        sale = origin.sell(amount)
        purchase = destination.buy(sale.received)
        left, grown = origin.after_selling(sale), destination.after_buying(purchase)
        return left.price_rao * RAO_PER_TAO >= limit_price_rao * grown.price_rao

    return _find_most(alpha, is_within)


def _ensure_reserves(tao: int, alpha: int) -> None:
    if min(tao, alpha) < MINIMUM_RESERVE:
        raise InsufficientLiquidity


def _find_most(amount: int, is_within: Callable[[int], bool]) -> int:
    """Largest amount that passes; what the pool cannot bear does not."""

    def passes(candidate: int) -> bool:
        try:
            return is_within(candidate)
        except InsufficientLiquidity:
            return False

    low, high = 0, amount
    while low < high:
        middle = (low + high + 1) // 2
        if passes(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _count_volume(state: State, netuid: int, tao: int) -> None:
    storage.SUBNET_VOLUME.put(state, netuid, storage.SUBNET_VOLUME.get(state, netuid) + tao)

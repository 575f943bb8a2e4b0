"""How validators' bonds to miners move, and the dividends they earn: Yuma2, Yuma3 and liquid alpha."""

from collections.abc import Sequence
from dataclasses import dataclass

from chain.runtime.fixed import (
    HALF,
    ONE,
    U16_MAX,
    Fixed,
    clamp_unit,
    divide,
    exponential,
    from_u16,
    multiply,
    truncated,
)
from chain.runtime.yuma.rows import (
    Matrix,
    Row,
    Vector,
    columns_max_upscaled,
    columns_normalised,
    dense_to_row,
    normalised,
    rows_scaled,
    weighted_sums,
)
from chain.runtime.yuma.types import EpochParameters, EpochTrace


@dataclass(frozen=True)
class Market:
    """What bonds follow: the old bonds (u16 as integers), the weights they chase, and who pays and votes."""

    bonds: Matrix
    weights: Matrix
    active_stake: Vector
    consensus: Vector
    incentive: Vector


@dataclass(frozen=True)
class BondOutcome:
    """New bonds as fractions of 65535, the normalised dividends, and the trace of how they came about."""

    bonds: Matrix
    dividends: Vector
    trace: EpochTrace


def compute_yuma2(market: Market, parameters: EpochParameters) -> BondOutcome:
    """Relative bonds: columns sum to one and follow stake-weighted weights; liquid alpha is ignored."""
    old = columns_normalised(market.bonds)
    delta = columns_normalised(rows_scaled(market.weights, market.active_stake))
    ema = columns_normalised(_moving_average(delta, old, _bonds_alpha(parameters)))
    dividends = normalised(weighted_sums(ema, market.incentive))
    matrices = {"bonds_masked_normalized": old, "bonds_delta_normalized": delta, "ema_bonds": ema}
    return BondOutcome(columns_max_upscaled(ema), dividends, EpochTrace({}, matrices))


def compute_yuma3(market: Market, parameters: EpochParameters) -> BondOutcome:
    """Absolute bonds: each follows its own weight; stake enters with the dividends only."""
    old = [[(uid, divide(value, U16_MAX << 32)) for uid, value in row] for row in market.bonds]
    matrices: dict[str, Matrix | list[Vector]] = {"bonds_masked": old, "weights_for_bonds": market.weights}
    if parameters.liquid_alpha and any(market.consensus):
        alphas = compute_liquid_alphas(market.weights, old, market.consensus, parameters)
        matrices["alphas"] = alphas
        ema = _liquid_average(market.weights, old, alphas)
    else:
        ema = _moving_average(market.weights, old, _bonds_alpha(parameters))
    shares = columns_normalised(ema)
    totals = weighted_sums(shares, market.incentive)
    dividends = normalised([multiply(total, stake) for total, stake in zip(totals, market.active_stake, strict=True)])
    matrices |= {"ema_bonds": ema, "ema_bonds_norm": shares}
    return BondOutcome(ema, dividends, EpochTrace({"total_bonds_per_validator": totals}, matrices))


def compute_liquid_alphas(
    weights: Matrix, bonds: Matrix, consensus: Sequence[Fixed], parameters: EpochParameters
) -> list[Vector]:
    """A learning rate for every (validator, miner) pair, dense.

    Rows are merged with the column counter as if ascending: an entry behind a larger uid counts as weight zero, as the
    chain has it.
    """
    curve = _Curve.of(parameters)
    untouched = [curve.alpha(0, 0, agreed) for agreed in consensus]
    alphas = []
    for row, old in zip(weights, bonds, strict=True):
        given, held = _merged(row), _merged(old)
        rates = list(untouched) if given or held else untouched
        for uid in given.keys() | held.keys():
            rates[uid] = curve.alpha(given.get(uid, 0), held.get(uid, 0), consensus[uid])
        alphas.append(rates)
    return alphas


def _merged(row: Row) -> dict[int, Fixed]:
    """Entries of a row that are found by a counter that only grows."""
    found: dict[int, Fixed] = {}
    reached = -1
    for uid, value in row:
        if uid > reached:
            found[uid], reached = value, uid
    return found


@dataclass(frozen=True)
class _Curve:
    low: Fixed
    high: Fixed
    slope: Fixed

    @classmethod
    def of(cls, parameters: EpochParameters) -> "_Curve":
        slope = truncated(parameters.alpha_sigmoid_steepness << 32, -100)
        return cls(from_u16(parameters.alpha_low), from_u16(parameters.alpha_high), slope)

    def alpha(self, weight: Fixed, bond: Fixed, consensus: Fixed) -> Fixed:
        """Sigmoid of how far a rising bond buys above consensus, or how far a falling one sells below its old value."""
        distance = clamp_unit(weight - consensus if weight >= bond else bond - weight)
        sigmoid = ONE * ONE // (ONE + exponential(multiply(self.slope, distance - HALF)))
        return min(max(self.low + multiply(sigmoid, self.high - self.low), self.low), self.high)


def _bonds_alpha(parameters: EpochParameters) -> Fixed:
    """``1 - BondsMovingAverage / 10**6``, the latter rounded down."""
    return ONE - (((parameters.bonds_moving_average << 64) // 1_000_000) >> 32)


def _moving_average(new: Matrix, old: Matrix, alpha: Fixed) -> Matrix:
    averaged = []
    for new_row, old_row in zip(new, old, strict=True):
        dense = [0] * len(new)
        for uid, value in new_row:
            dense[uid] += multiply(alpha, value)
        for uid, value in old_row:
            dense[uid] += multiply(ONE - alpha, value)
        averaged.append(dense_to_row(dense))
    return averaged


def _liquid_average(new: Matrix, old: Matrix, alphas: list[Vector]) -> Matrix:
    """Average with a rate per pair; only columns that the new row names survive, as in the chain's sparse form."""
    averaged = []
    for new_row, old_row, rates in zip(new, old, alphas, strict=True):
        decayed = {uid: multiply(ONE - rates[uid], value) for uid, value in old_row}
        grown = ((uid, min(ONE, decayed.get(uid, 0) + max(0, multiply(rates[uid], value)))) for uid, value in new_row)
        averaged.append([(uid, value) for uid, value in grown if value > 0])
    return averaged

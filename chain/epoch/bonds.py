"""Bonds and dividends on arrays: Yuma2, Yuma3 and liquid alpha."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from chain.epoch.arithmetic import (
    BITS_32,
    U16_LIMIT,
    Array,
    Mask,
    columns_normalised,
    divide,
    multiply,
    multiply_signed,
    normalised,
    reciprocal,
)
from chain.epoch.exponential import exponential
from chain.epoch.table import Table, Uids
from chain.runtime.fixed import HALF, ONE, Fixed, from_u16, truncated
from chain.runtime.yuma import EpochParameters


@dataclass(frozen=True)
class Market:
    """What bonds follow; tables have the given ``rows``, vectors have all uids."""

    rows: Uids
    bonds: Table
    weights: Table
    active_stake: Array
    consensus: Array
    incentive: Array

    def spread(self, of_rows: Array) -> Array:
        """The vector over all uids of one over the rows."""
        vector = np.zeros_like(self.active_stake)
        vector[self.rows] = of_rows
        return vector


@dataclass(frozen=True)
class BondOutcome:
    """New bonds as fractions of 65535, the normalised dividends, and the trace of how they came about."""

    bonds: Table
    dividends: Array
    tables: Mapping[str, Table]
    vectors: Mapping[str, Array] = field(default_factory=dict)
    alphas: Array | None = None


def compute_yuma2(market: Market, parameters: EpochParameters) -> BondOutcome:
    """Relative bonds: columns sum to one and follow stake-weighted weights; liquid alpha is ignored."""
    old = market.bonds.with_values(columns_normalised(market.bonds.values))
    bought = multiply(market.weights.values, market.active_stake[market.rows][:, None])
    delta = market.weights.with_values(columns_normalised(bought))
    average = _moving_average(delta.values, old.values, bonds_alpha(parameters))
    ema = average.with_values(columns_normalised(average.values))
    dividends = normalised(market.spread(multiply(ema.values, market.incentive).sum(axis=1, dtype=np.uint64)))
    upscaled = ema.with_values(divide(ema.values, ema.values.max(axis=0, initial=0)))
    tables = {"bonds_masked_normalized": old, "bonds_delta_normalized": delta, "ema_bonds": ema}
    return BondOutcome(upscaled, dividends, tables)


def compute_yuma3(market: Market, parameters: EpochParameters) -> BondOutcome:
    """Absolute bonds: each follows its own weight; stake enters with the dividends only."""
    old = market.bonds.with_values((market.bonds.values << BITS_32) // U16_LIMIT)
    alphas = None
    if parameters.liquid_alpha and market.consensus.any():
        alphas = compute_liquid_alphas(market.weights, old, market.consensus, parameters)
        ema = _liquid_average(market.weights, old.values, alphas)
    else:
        ema = _moving_average(market.weights.values, old.values, bonds_alpha(parameters))
    shares = ema.with_values(columns_normalised(ema.values))
    totals = market.spread(multiply(shares.values, market.incentive).sum(axis=1, dtype=np.uint64))
    dividends = normalised(multiply(totals, market.active_stake))
    tables = {"bonds_masked": old, "weights_for_bonds": market.weights, "ema_bonds": ema, "ema_bonds_norm": shares}
    return BondOutcome(ema, dividends, tables, {"total_bonds_per_validator": totals}, alphas)


def bonds_alpha(parameters: EpochParameters) -> Fixed:
    """``1 - BondsMovingAverage / 10**6``, the latter rounded down."""
    return ONE - (((parameters.bonds_moving_average << 64) // 1_000_000) >> 32)


def compute_liquid_alphas(weights: Table, bonds: Table, consensus: Array, parameters: EpochParameters) -> Array:
    """A learning rate for every pair of a row and a uid.

    An entry behind a larger uid counts as weight zero, as the chain has it.
    """
    given, held = _merged(weights), _merged(bonds)
    rises = given >= held
    above, below = np.where(rises, given, held), np.where(rises, consensus, given)
    distance = np.clip(above.astype(np.int64) - below.astype(np.int64), 0, ONE)
    slope = truncated(parameters.alpha_sigmoid_steepness << 32, -100)
    sigmoid = reciprocal(exponential(multiply_signed(distance - HALF, slope)) + ONE).astype(np.int64)
    low, high = from_u16(parameters.alpha_low), from_u16(parameters.alpha_high)
    rates = low + multiply_signed(sigmoid, high - low)
    return np.minimum(np.maximum(rates, low), high).astype(np.uint64)


def _merged(table: Table) -> Array:
    """Values of the entries that a counter finds which only grows; zero elsewhere."""
    if table.order is None:
        return table.values
    visible: Mask = np.zeros_like(table.present)
    for row in range(len(visible)):
        uids = table.ordered(row)
        visible[row, uids[uids == np.maximum.accumulate(uids)]] = True
    return np.where(visible, table.values, 0).astype(np.uint64)


def _moving_average(new: Array, old: Array, alpha: Fixed) -> Table:
    values = multiply(new, alpha) + multiply(old, ONE - alpha)
    return Table(values, values > 0)


def _liquid_average(new: Table, old: Array, alphas: Array) -> Table:
    """Average with a rate per pair; only columns that the new row names survive, as in the chain's sparse form."""
    grown = np.minimum(multiply(old, ONE - alphas) + multiply(new.values, alphas), ONE)
    return Table(grown, np.ones_like(new.present), new.order).keeping(new.present & (grown > 0))

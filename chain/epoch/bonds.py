"""Bonds and dividends on arrays: Yuma2, Yuma3 and liquid alpha."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chain.epoch.arithmetic import (
    U16_LIMIT,
    Array,
    Mask,
    divide,
    divide_stored,
    multiply,
    multiply_signed,
    normalise_lines,
    reciprocal,
)
from chain.epoch.exponential import exponential
from chain.epoch.table import StoredTable, Table
from chain.runtime.fixed import HALF, ONE, Fixed, from_u16, truncated
from chain.runtime.yuma import EpochParameters

Show = Callable[[str, Table], object]
"""Takes what the trace of an epoch names; the values are overwritten afterwards."""


@dataclass(frozen=True)
class Market:
    """What the bonds to some uids follow; ``stake`` is the active one of the rows. The weights are used up."""

    bonds: StoredTable
    weights: Table
    stake: Array
    consensus: Array
    incentive: Array


@dataclass(frozen=True)
class Position:
    """New bonds as fractions of 65535, and what each row earns by them."""

    bonds: Table
    earned: Array


def compute_yuma2(market: Market, parameters: EpochParameters, show: Show) -> Position:
    """Relative bonds: those to a uid sum to one and follow stake-weighted weights; liquid alpha is ignored."""
    old = _divided(market.bonds, market.bonds.values.sum(axis=0, dtype=np.uint64)[:, None])
    show("bonds_masked_normalized", old)
    delta = market.weights
    multiply(delta.values, market.stake, out=delta.values)
    normalise_lines(delta.values)
    show("bonds_delta_normalized", delta)
    ema = _moving_average(delta.values, old.values, bonds_alpha(parameters))
    normalise_lines(ema.values)
    show("ema_bonds", ema)
    earned = _earned(ema.values, market.incentive)
    divide(ema.values, ema.values.max(axis=1, initial=0)[:, None], out=ema.values)
    return Position(ema, earned)


def compute_yuma3(market: Market, parameters: EpochParameters, show: Show) -> Position:
    """Absolute bonds: each follows its own weight, at a constant rate; stake enters with the dividends only."""
    old = _divided(market.bonds, U16_LIMIT)
    show("bonds_masked", old)
    show("weights_for_bonds", market.weights)
    ema = _moving_average(market.weights.values, old.values, bonds_alpha(parameters))
    return _held(ema, market, show)


def compute_liquid(market: Market, parameters: EpochParameters, show: Show) -> Position:
    """As Yuma3, at a rate for each pair."""
    old = _divided(market.bonds, U16_LIMIT)
    show("bonds_masked", old)
    show("weights_for_bonds", market.weights)
    alphas = compute_liquid_alphas(market.weights, old, market.consensus, parameters)
    show("alphas", Table(alphas, old.present))
    return _held(_liquid_average(market.weights, old.values, alphas), market, show)


def _held(ema: Table, market: Market, show: Show) -> Position:
    show("ema_bonds", ema)
    shares = ema.with_values(ema.values.copy())
    normalise_lines(shares.values)
    show("ema_bonds_norm", shares)
    return Position(ema, _earned(shares.values, market.incentive))


def _divided(bonds: StoredTable, divisor: Array | np.uint64) -> Table:
    return Table(divide_stored(bonds.values.T, divisor), bonds.present.T, bonds.order)


def _earned(shares: Array, incentive: Array) -> Array:
    earned: Array = multiply(shares, incentive[:, None]).sum(axis=0, dtype=np.uint64)
    return earned


def bonds_alpha(parameters: EpochParameters) -> Fixed:
    """``1 - BondsMovingAverage / 10**6``, the latter rounded down."""
    return ONE - (((parameters.bonds_moving_average << 64) // 1_000_000) >> 32)


def compute_liquid_alphas(weights: Table, bonds: Table, consensus: Array, parameters: EpochParameters) -> Array:
    """A learning rate for every pair of a row and a uid.

    An entry behind a larger uid counts as weight zero, as the chain has it.
    """
    given, held = _merged(weights), _merged(bonds)
    rises = given >= held
    above, below = np.where(rises, given, held), np.where(rises, consensus[:, None], given)
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
    visible: Mask = np.zeros(table.present.shape, dtype=np.bool_)
    for row in range(visible.shape[1]):
        uids = table.ordered(row)
        visible[uids[uids == np.maximum.accumulate(uids)], row] = True
    return np.where(visible, table.values, 0).astype(np.uint64)


def _moving_average(new: Array, old: Array, alpha: Fixed) -> Table:
    """Average that takes the place of ``new``, and uses up ``old``."""
    values = multiply(new, alpha, out=new)
    values += multiply(old, ONE - alpha, out=old)
    return Table(values, values > 0)


def _liquid_average(new: Table, old: Array, alphas: Array) -> Table:
    """Average with a rate per pair; only columns that the new row names survive, as in the chain's sparse form."""
    grown = np.minimum(multiply(old, ONE - alphas) + multiply(new.values, alphas), ONE)
    return Table(grown, np.ones(new.present.shape, dtype=np.bool_), new.order).keeping(new.present & (grown > 0))

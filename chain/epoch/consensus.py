"""Yuma consensus on arrays: the weighted median of every column at once."""

import numpy as np

from chain.epoch.arithmetic import BITS_32, LOW_32, Array, Signed, divide, multiply, normalised, total
from chain.epoch.table import Table, Uids
from chain.runtime.fixed import ONE, Fixed

_INDEX_BITS = np.uint64(13)
_INDEX = np.uint64((1 << 13) - 1)


def rows_normalised(table: Table) -> Table:
    """Each row of stored integers divided by its sum, rounded down; rows of zeros stay."""
    return table.with_values(divide(table.values, table.values.sum(axis=1, dtype=np.uint64)[:, None]))


def compute_consensus(weights: Array, rows: Uids, active_stake: Array, kappa: Fixed) -> Array:
    """Largest weight each uid gets from at least ``kappa`` of the stake; the rest voted zero."""
    stakes = normalised(active_stake)
    votes = active_stake[rows] > 0
    scores, shares = weights[votes], stakes[rows][votes]
    absent = np.count_nonzero(active_stake) - len(scores)
    if absent:
        scores = np.vstack([scores, np.zeros_like(weights, shape=(1, weights.shape[1]))])
        shares = np.append(shares, total(stakes) - total(shares))
    if not len(scores):
        return np.zeros(weights.shape[1], dtype=np.uint64)
    return _weighted_medians(scores, shares.astype(np.int64), int(total(stakes)) - kappa)


def _weighted_medians(scores: Array, shares: Signed, minority: int) -> Array:
    """For each column the smallest score whose voters and all below hold more than ``minority``, else the largest.

    A score takes 33 bits; with its voter's index below, one sort orders both.
    """
    keys: Array = np.ascontiguousarray(scores.T) << _INDEX_BITS
    keys |= np.arange(len(shares), dtype=np.uint64)
    keys.sort(axis=1)
    below = np.cumsum(shares[keys & _INDEX], axis=1)
    reached = below > minority
    reached[:, -1] = True
    chosen: Array = keys[np.arange(len(keys)), reached.argmax(axis=1)] >> _INDEX_BITS
    return chosen


def clip(weights: Table, consensus: Array) -> Table:
    """Weights cut to the consensus of their column; dropped where the consensus is zero."""
    present = weights.present & ((weights.values <= consensus) | (consensus > 0))
    return Table(np.minimum(weights.values, consensus), present, weights.order)


def compute_ranks(clipped: Array, active_stake: Array) -> Array:
    """Stake-weighted sum of each column; ``active_stake`` is that of the rows."""
    ranks: Array = multiply(clipped, active_stake[:, None]).sum(axis=0, dtype=np.uint64)
    return ranks


def compute_weights_for_bonds(weights: Table, clipped: Table, penalty: Fixed) -> Table:
    """Weights moved towards their clipped values by ``penalty``: zero leaves them, one takes the clipped rows."""
    if penalty == 0:
        return weights
    if penalty == ONE:
        return clipped
    taken = ((weights.values - clipped.values) * np.uint64(penalty) + LOW_32) >> BITS_32
    values: Array = weights.values - taken
    return Table(values, values > 0)

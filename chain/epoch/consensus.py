"""Yuma consensus on arrays: the weighted medians of many uids at once."""

from dataclasses import dataclass

import numpy as np

from chain.epoch.arithmetic import BITS_32, LOW_32, Array, Mask, Signed, multiply, normalised, total
from chain.epoch.table import Table, Uids
from chain.runtime.fixed import ONE, Fixed

_INDEX_BITS = np.uint64(13)
_INDEX = np.uint64((1 << 13) - 1)


@dataclass(frozen=True)
class Electorate:
    """Those with active stake: which rows vote, and with what share of it.

    Where some of them wrote no row, one more voter, the last, has all their shares and votes zero.
    """

    votes: Mask
    shares: Signed
    minority: int

    @classmethod
    def of(cls, active_stake: Array, rows: Uids, kappa: Fixed) -> "Electorate":
        """The electorate in which ``kappa`` of the stake decides."""
        stakes, votes = normalised(active_stake), active_stake[rows] > 0
        shares, whole = stakes[rows][votes], total(stakes)
        if len(shares) < np.count_nonzero(active_stake):
            shares = np.append(shares, whole - total(shares))
        return cls(votes, shares.astype(np.int64), int(whole) - kappa)

    def scores(self, weights: Array) -> Array:
        """What every voter gives each uid, (uids, voters), as a copy."""
        if len(self.shares) == len(self.votes) and self.votes.all():
            return weights.copy()
        scores = np.zeros((len(weights), len(self.shares)), dtype=np.uint64)
        scores[:, : np.count_nonzero(self.votes)] = weights[:, self.votes]
        return scores


def compute_consensus(weights: Array, electorate: Electorate) -> Array:
    """Largest weight each uid gets from at least the deciding part of the stake."""
    if not len(electorate.shares):
        return np.zeros(len(weights), dtype=np.uint64)
    return _weighted_medians(electorate.scores(weights), electorate.shares, electorate.minority)


def _weighted_medians(scores: Array, shares: Signed, minority: int) -> Array:
    """For each line the smallest score whose voters and all below hold more than ``minority``, else the largest.

    A score takes 33 bits; with its voter's index below, one sort orders both.
    """
    keys: Array = np.left_shift(scores, _INDEX_BITS, out=scores)
    keys |= np.arange(len(shares), dtype=np.uint64)
    keys.sort(axis=1)
    below = shares.take((keys & _INDEX).view(np.int64))
    np.cumsum(below, axis=1, out=below)
    reached = below > minority
    reached[:, -1] = True
    chosen: Array = keys[np.arange(len(keys)), reached.argmax(axis=1)] >> _INDEX_BITS
    return chosen


def clip(weights: Table, consensus: Array) -> Table:
    """Weights cut to the consensus of their uid; dropped where the consensus is zero."""
    kept, limit = consensus.all(), consensus[:, None]
    present = weights.present if kept else weights.present & ((weights.values <= limit) | (limit > 0))
    return Table(np.minimum(weights.values, limit), present, weights.order)


def compute_ranks(clipped: Array, active_stake: Array) -> Array:
    """Stake-weighted sum for each uid; ``active_stake`` is that of the rows."""
    ranks: Array = multiply(clipped, active_stake).sum(axis=1, dtype=np.uint64)
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

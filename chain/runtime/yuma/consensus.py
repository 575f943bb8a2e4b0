"""Yuma consensus: the stake-weighted median of what validators say, and what follows from it."""

from collections.abc import Iterable, Sequence

from chain.runtime.fixed import ONE, Fixed, multiply, saturate
from chain.runtime.yuma.rows import Matrix, Row, Vector, normalised


def compute_consensus(weights: Matrix, active_stake: Sequence[Fixed], kappa: Fixed) -> Vector:
    """Largest weight each uid gets from at least ``kappa`` of the stake.

    Validators without active stake do not vote; the others' stake is normalised once more. An absent weight votes zero.
    """
    voters = [uid for uid, stake in enumerate(active_stake) if stake > 0]
    stakes = normalised([active_stake[uid] for uid in voters])
    columns: list[list[tuple[Fixed, Fixed]]] = [[] for _ in weights]
    for voter, stake in zip(voters, stakes, strict=True):
        for uid, value in weights[voter]:
            columns[uid].append((value, stake))
    total = sum(stakes)
    for column in columns:
        if len(column) < len(voters):
            column.append((0, total - sum(stake for _, stake in column)))
    return [_weighted_median(column, total - kappa) for column in columns]


def _weighted_median(votes: Iterable[tuple[Fixed, Fixed]], minority: Fixed) -> Fixed:
    """Smallest score whose voters and all below it hold more than ``minority``; the largest score if there is none."""
    below, score = 0, 0
    for score, stake in sorted(votes):  # noqa: B007  the last score is the answer when nobody stops the search
        below += stake
        if below > minority:
            break
    return score


def clip(weights: Matrix, consensus: Sequence[Fixed]) -> Matrix:
    """Weights cut to the consensus of their column; dropped where the consensus is zero."""
    return [_clip_row(row, consensus) for row in weights]


def _clip_row(row: Row, consensus: Sequence[Fixed]) -> Row:
    clipped = ((uid, value, consensus[uid]) for uid, value in row)
    return [(uid, min(value, limit)) for uid, value, limit in clipped if value <= limit or limit > 0]


def compute_ranks(weights: Matrix, active_stake: Sequence[Fixed]) -> Vector:
    """Stake-weighted sum of each column."""
    ranks = [0] * len(weights)
    for stake, row in zip(active_stake, weights, strict=True):
        for uid, value in row:
            ranks[uid] = saturate(ranks[uid] + multiply(stake, value))
    return ranks


def compute_weights_for_bonds(weights: Matrix, clipped: Matrix, penalty: Fixed) -> Matrix:
    """Weights moved towards their clipped values by ``penalty``: zero leaves them, one takes the clipped rows."""
    if penalty == 0:
        return weights
    if penalty == ONE:
        return clipped
    return [_interpolate(row, limit, penalty) for row, limit in zip(weights, clipped, strict=True)]


def _interpolate(row: Row, limit: Row, penalty: Fixed) -> Row:
    given, cut = dict(row), dict(limit)
    uids = sorted(given.keys() | cut.keys())
    blended = ((uid, given.get(uid, 0), cut.get(uid, 0)) for uid in uids)
    values = ((uid, value + multiply(penalty, limited - value)) for uid, value, limited in blended)
    return [(uid, value) for uid, value in values if value > 0]

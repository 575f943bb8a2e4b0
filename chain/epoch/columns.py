"""The epoch of a few uids at a time, so that all of it stays in the processor's cache."""

from dataclasses import dataclass, field

import numpy as np

from chain.epoch.arithmetic import Array, divide_stored, normalised
from chain.epoch.bonds import Market, Position, Show, compute_liquid, compute_yuma2, compute_yuma3
from chain.epoch.consensus import Electorate, clip, compute_consensus, compute_ranks, compute_weights_for_bonds
from chain.epoch.table import Pairs, StoredTable, Table, Uids
from chain.runtime.fixed import from_u16
from chain.runtime.yuma import EpochParameters

_ELEMENTS = 1 << 13
"""Elements of a matrix in work at a time."""


@dataclass(frozen=True)
class Network:
    """What counts in an epoch: weights and bonds as stored, of the same ``rows``, and the active stake of every uid.

    ``stake`` and ``sums`` are each row's active stake and sum of weights.
    """

    rows: Uids
    weights: StoredTable
    bonds: StoredTable
    active_stake: Array
    parameters: EpochParameters
    stake: Array = field(init=False)
    sums: Array = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stake", self.active_stake[self.rows])
        object.__setattr__(self, "sums", self.weights.values.sum(axis=1, dtype=np.uint64))

    @property
    def size(self) -> int:
        """Number of uids."""
        return len(self.active_stake)

    def weights_of(self, columns: slice) -> Table:
        """The weights of some uids, each divided by its row's sum, rounded down; rows of zeros stay."""
        table = self.weights.part(columns)
        return Table(divide_stored(table.values.T, self.sums), table.present.T, table.order)

    def parts(self) -> list[slice]:
        """All uids, some at a time; all at once where rows are stored out of order."""
        ascending = self.weights.order is None and self.bonds.order is None
        width = max(1, _ELEMENTS // max(1, len(self.rows))) if ascending else self.size
        return [slice(start, start + width) for start in range(0, self.size, width)]

    def spread(self, of_rows: Array) -> Array:
        """The vector over all uids of one over the rows."""
        vector = np.zeros_like(self.active_stake)
        vector[self.rows] = of_rows
        return vector


@dataclass(frozen=True)
class Agreement:
    """What each uid gets at most and what it earns, over all uids; and how much of its weights each row got through."""

    consensus: Array
    incentive: Array
    trust: Array


def agree(network: Network) -> Agreement:
    """Consensus, incentive and trust."""
    electorate = Electorate.of(network.active_stake, network.rows, from_u16(network.parameters.kappa))
    consensus, ranks = np.zeros_like(network.active_stake), np.zeros_like(network.active_stake)
    trust = np.zeros(len(network.rows), dtype=np.uint64)
    for columns in network.parts():
        weights = network.weights_of(columns)
        consensus[columns] = compute_consensus(weights.values, electorate)
        clipped = clip(weights, consensus[columns])
        ranks[columns] = compute_ranks(clipped.values, network.stake)
        trust += clipped.values.sum(axis=0, dtype=np.uint64)
    return Agreement(consensus, normalised(ranks), trust)


def trade(network: Network, agreement: Agreement, columns: slice, show: Show) -> Position:
    """Bonds to some uids."""
    parameters, consensus = network.parameters, agreement.consensus[columns]
    chased = _chased(network, columns, consensus, show)
    market = Market(network.bonds.part(columns), chased, network.stake, consensus, agreement.incentive[columns])
    if not parameters.yuma3:
        return compute_yuma2(market, parameters, show)
    liquid = parameters.liquid_alpha and agreement.consensus.any()
    return (compute_liquid if liquid else compute_yuma3)(market, parameters, show)


def trade_all(network: Network, agreement: Agreement) -> tuple[Pairs, Array]:
    """Bonds to all uids, to be stored, and what each row earns by them."""
    bonds = Pairs.empty(len(network.rows), network.size)
    earned = np.zeros_like(agreement.trust)
    for columns in network.parts():
        position = trade(network, agreement, columns, _unseen)
        bonds.put(columns, position.bonds)
        earned += position.earned
    return bonds, earned


def _chased(network: Network, columns: slice, consensus: Array, show: Show) -> Table:
    """The weights that bonds to some uids follow."""
    weights = network.weights_of(columns)
    show("weights_masked_normalized", weights)
    clipped = clip(weights, consensus)
    show("clipped_weights", clipped)
    return compute_weights_for_bonds(weights, clipped, from_u16(network.parameters.bonds_penalty))


def _unseen(_name: str, _table: Table) -> None:
    """Show nobody."""

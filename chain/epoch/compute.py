"""The Yuma epoch of one mechanism on arrays."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from chain.epoch.arithmetic import Array, divide, normalised, scale, to_u16, total
from chain.epoch.bonds import BondOutcome, Market, bonds_alpha, compute_liquid_alphas, compute_yuma2, compute_yuma3
from chain.epoch.consensus import clip, compute_consensus, compute_ranks, compute_weights_for_bonds, rows_normalised
from chain.epoch.table import RepeatedUid, Table, Uids, build_table
from chain.runtime import yuma
from chain.runtime.fixed import ONE, from_u16
from chain.runtime.yuma import EpochInputs, EpochOutputs, EpochParameters, EpochTrace
from chain.runtime.yuma.masks import compute_permits, compute_stake, is_active, with_owner
from chain.runtime.yuma.rows import Matrix, Vector

TraceMatrix = Matrix | list[Vector]


@dataclass(frozen=True)
class Tables:
    """What the validators say and hold, as stored integers; both have the same ``rows``."""

    rows: Uids
    weights: Table
    bonds: Table


def compute(inputs: EpochInputs) -> EpochOutputs:
    """Run one epoch, bit for bit as ``chain.runtime.yuma.compute`` does.

    What no chain can hold (a uid twice in a row, an empty network, a bonds moving average above one) is left to the
    reference.
    """
    if inputs.size == 0 or not 0 <= bonds_alpha(inputs.parameters) <= ONE:
        return yuma.compute(inputs)
    permits = with_owner(inputs.validator_permit, inputs.parameters.owner_uid)
    try:
        tables = _gather(inputs, permits)
    except RepeatedUid:
        return yuma.compute(inputs)
    return _compute(inputs, permits, tables)


def _compute(inputs: EpochInputs, permits: Sequence[bool], tables: Tables) -> EpochOutputs:
    parameters, rows = inputs.parameters, tables.rows
    active = is_active(inputs)
    stake_list = compute_stake(inputs)
    stake = _array(stake_list)
    active_stake = normalised(np.where(np.array(active) & np.array(permits), stake, 0).astype(np.uint64))

    weights = rows_normalised(tables.weights)
    consensus = compute_consensus(weights.values, rows, active_stake, from_u16(parameters.kappa))
    clipped = clip(weights, consensus)
    incentive = normalised(compute_ranks(clipped.values, active_stake[rows]))

    chased = compute_weights_for_bonds(weights, clipped, from_u16(parameters.bonds_penalty))
    market = Market(rows, tables.bonds, chased, active_stake, consensus, incentive)
    outcome = (compute_yuma3 if parameters.yuma3 else compute_yuma2)(market, parameters)
    server, validator, combined = _compute_shares(incentive, outcome.dividends, active_stake, stake)

    vectors = {
        "stake": stake,
        "active_stake": active_stake,
        "consensus": consensus,
        "validator_trust": market.spread(clipped.values.sum(axis=1, dtype=np.uint64)),
        "incentive": incentive,
        "dividends": outcome.dividends,
        "norm_server_emission": server,
        "norm_validator_emission": validator,
        "norm_combined_emission": combined,
        **outcome.vectors,
    }
    next_permits = with_owner(compute_permits(stake_list, parameters.max_allowed_validators), parameters.owner_uid)
    shown = {"weights_masked_normalized": weights, "clipped_weights": clipped, **outcome.tables}
    return EpochOutputs(
        active=tuple(active),
        consensus=_quantised(consensus),
        incentive=_quantised(incentive),
        dividends=_quantised(outcome.dividends),
        validator_trust=_quantised(vectors["validator_trust"]),
        stake_weight=_quantised(stake),
        validator_permit=tuple(next_permits),
        bonds=outcome.bonds.packed_u16(rows, next_permits),
        emission=tuple(scale(combined, inputs.rao_emission).tolist()),
        server_emission=tuple(scale(server, inputs.rao_emission).tolist()),
        validator_emission=tuple(scale(validator, inputs.rao_emission).tolist()),
        trace=EpochTrace(
            {name: vector.tolist() for name, vector in vectors.items()},
            _LazyMatrices(_describe(shown, outcome, market, parameters)),
        ),
    )


def _gather(inputs: EpochInputs, permits: Sequence[bool]) -> Tables:
    """Weights and bonds that count, by the rules of ``chain.runtime.yuma.masks``."""
    speaking = [bool(row) and permitted for row, permitted in zip(inputs.weights, permits, strict=True)]
    rows = np.array([uid for uid, row in enumerate(inputs.bonds) if row or speaking[uid]], dtype=np.int64)
    updated, registered = _array(inputs.last_update), _array(inputs.registered_at)
    valid = np.array(permits, dtype=np.bool_)[rows][:, None] & (updated[rows][:, None] > registered)
    if inputs.parameters.commit_reveal and inputs.earliest_commit:
        valid &= _array(inputs.earliest_commit)[rows][:, None] >= registered
    others = rows if inputs.parameters.owner_uid is None else rows[rows != inputs.parameters.owner_uid]
    valid[np.isin(rows, others), others] = False
    previous = inputs.parameters.last_mechanism_step_block
    last_epoch = previous + 1 if previous else max(0, inputs.block - inputs.tempo)
    weights = build_table(inputs.weights, rows, inputs.size).keeping(valid)
    return Tables(rows, weights, build_table(inputs.bonds, rows, inputs.size).keeping(registered < last_epoch))


def _compute_shares(
    incentive: Array, dividends: Array, active_stake: Array, stake: Array
) -> tuple[Array, Array, Array]:
    """Shares of the emission for serving, for validating and for both; stake earns when nobody else does."""
    both = incentive + dividends
    whole = total(both)
    if whole == 0:
        fallback = active_stake if active_stake.any() else stake
        return incentive, fallback, fallback
    return divide(incentive, whole), divide(dividends, whole), divide(both, whole)


def _describe(
    shown: Mapping[str, Table], outcome: BondOutcome, market: Market, parameters: EpochParameters
) -> dict[str, Callable[[], TraceMatrix]]:
    """How to write out each matrix of the trace."""
    rows, size = market.rows, len(market.consensus)
    described: dict[str, Callable[[], TraceMatrix]] = {
        name: partial(table.unpacked, rows, size) for name, table in shown.items()
    }
    if outcome.alphas is not None:
        described["alphas"] = partial(_all_alphas, outcome.alphas, market, parameters)
    return described


def _all_alphas(alphas: Array, market: Market, parameters: EpochParameters) -> list[Vector]:
    nothing = Table(np.zeros_like(market.consensus)[None, :], np.zeros_like(market.consensus, dtype=np.bool_)[None, :])
    untouched = compute_liquid_alphas(nothing, nothing, market.consensus, parameters)[0].tolist()
    rates = dict(zip(market.rows.tolist(), alphas.tolist(), strict=True))
    return [rates.get(uid, untouched) for uid in range(len(market.consensus))]


class _LazyMatrices(Mapping[str, TraceMatrix]):
    """Matrices that are written out when somebody looks at them."""

    def __init__(self, described: Mapping[str, Callable[[], TraceMatrix]]) -> None:
        self._described = described

    def __getitem__(self, name: str) -> TraceMatrix:
        return self._described[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._described)

    def __len__(self) -> int:
        return len(self._described)


def _array(values: Sequence[int]) -> Array:
    return np.array(values, dtype=np.uint64)


def _quantised(vector: Array) -> tuple[int, ...]:
    return tuple(to_u16(vector).tolist())

"""The Yuma epoch of one mechanism on arrays."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import TypeVar

import numpy as np

from chain.epoch.arithmetic import Array, Mask, divide, multiply, normalised, scale, to_u16, total
from chain.epoch.bonds import bonds_alpha, compute_liquid_alphas
from chain.epoch.columns import Agreement, Network, agree, trade, trade_all
from chain.epoch.table import RepeatedUid, Table, Uids, build_table
from chain.runtime import yuma
from chain.runtime.fixed import ONE
from chain.runtime.yuma import EpochInputs, EpochOutputs, EpochTrace
from chain.runtime.yuma.masks import compute_permits, compute_stake, is_active, with_owner
from chain.runtime.yuma.rows import Matrix, Vector

TraceMatrix = Matrix | list[Vector]
Written = TypeVar("Written")


def compute(inputs: EpochInputs) -> EpochOutputs:
    """Run one epoch, bit for bit as ``chain.runtime.yuma.compute`` does.

    What no chain can hold (a uid twice in a row, an empty network, a bonds moving average above one) is left to the
    reference.
    """
    if inputs.size == 0 or not 0 <= bonds_alpha(inputs.parameters) <= ONE:
        return yuma.compute(inputs)
    permits = with_owner(inputs.validator_permit, inputs.parameters.owner_uid)
    active, stake = is_active(inputs), _array(compute_stake(inputs))
    try:
        network = _gather(inputs, permits, stake * (np.array(active) & np.array(permits)))
    except RepeatedUid:
        return yuma.compute(inputs)
    return _compute(inputs, network, stake, active)


def _compute(inputs: EpochInputs, network: Network, stake: Array, active: Sequence[bool]) -> EpochOutputs:
    parameters, active_stake = inputs.parameters, network.active_stake
    agreement = agree(network)
    bonds, earned = trade_all(network, agreement)
    totals = network.spread(earned)
    dividends = normalised(multiply(totals, active_stake) if parameters.yuma3 else totals)
    server, validator, combined = _compute_shares(agreement.incentive, dividends, active_stake, stake)
    vectors = {
        "stake": stake,
        "active_stake": active_stake,
        "consensus": agreement.consensus,
        "validator_trust": network.spread(agreement.trust),
        "incentive": agreement.incentive,
        "dividends": dividends,
        "norm_server_emission": server,
        "norm_validator_emission": validator,
        "norm_combined_emission": combined,
        **({"total_bonds_per_validator": totals} if parameters.yuma3 else {}),
    }
    next_permits = with_owner(compute_permits(stake.tolist(), parameters.max_allowed_validators), parameters.owner_uid)
    return EpochOutputs(
        active=tuple(active),
        consensus=_quantised(agreement.consensus),
        incentive=_quantised(agreement.incentive),
        dividends=_quantised(dividends),
        validator_trust=_quantised(vectors["validator_trust"]),
        stake_weight=_quantised(stake),
        validator_permit=tuple(next_permits),
        bonds=bonds.packed(network.rows, next_permits),
        emission=tuple(scale(combined, inputs.rao_emission).tolist()),
        server_emission=tuple(scale(server, inputs.rao_emission).tolist()),
        validator_emission=tuple(scale(validator, inputs.rao_emission).tolist()),
        trace=EpochTrace(
            _Lazy(lambda: {name: vector.tolist for name, vector in vectors.items()}),
            _Lazy(partial(_describe, network, agreement)),
        ),
    )


def _gather(inputs: EpochInputs, permits: Sequence[bool], counted_stake: Array) -> Network:
    """Weights and bonds that count, by the rules of ``chain.runtime.yuma.masks``."""
    said = zip(inputs.weights, inputs.bonds, permits, strict=True)
    rows = np.array([uid for uid, (row, held, heard) in enumerate(said) if held or (heard and row)], dtype=np.int64)
    previous = inputs.parameters.last_mechanism_step_block
    last_epoch = previous + 1 if previous else max(0, inputs.block - inputs.tempo)
    weights = build_table(inputs.weights, rows, inputs.size).keeping(_valid_weights(inputs, permits, rows))
    bonds = build_table(inputs.bonds, rows, inputs.size).keeping(_array(inputs.registered_at) < last_epoch)
    return Network(rows, weights, bonds, normalised(counted_stake), inputs.parameters)


def _valid_weights(inputs: EpochInputs, permits: Sequence[bool], rows: Uids) -> Mask:
    """Which weights count, (rows, uids)."""
    registered, owner = _array(inputs.registered_at), inputs.parameters.owner_uid
    valid: Mask = _array(inputs.last_update)[rows][:, None] > registered
    if inputs.parameters.commit_reveal and inputs.earliest_commit:
        valid &= _array(inputs.earliest_commit)[rows][:, None] >= registered
    valid &= np.array(permits)[rows][:, None]
    others = np.flatnonzero(rows != (-1 if owner is None else owner))
    valid[others, rows[others]] = False
    return valid


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


def _describe(network: Network, agreement: Agreement) -> Mapping[str, Callable[[], TraceMatrix]]:
    """How to write out each matrix of the trace, which is computed again for all uids at once."""
    shown: dict[str, Table] = {}
    trade(network, agreement, slice(None), lambda name, table: shown.update({name: table.copied()}))
    described: dict[str, Callable[[], TraceMatrix]] = {
        name: partial(table.unpacked, network.rows, network.size) for name, table in shown.items()
    }
    if "alphas" in shown:
        described["alphas"] = partial(_all_alphas, shown["alphas"].values, network, agreement.consensus)
    return described


class _Lazy(Mapping[str, Written]):
    """What is written out when somebody looks at it, each by its own function; ``describe`` gives them, once."""

    def __init__(self, describe: Callable[[], Mapping[str, Callable[[], Written]]]) -> None:
        self._describe = describe

    @cached_property
    def _described(self) -> Mapping[str, Callable[[], Written]]:
        return self._describe()

    def __getitem__(self, name: str) -> Written:
        return self._described[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._described)

    def __len__(self) -> int:
        return len(self._described)


def _all_alphas(alphas: Array, network: Network, consensus: Array) -> list[Vector]:
    nothing = Table(np.zeros_like(consensus)[:, None], np.zeros_like(consensus, dtype=np.bool_)[:, None])
    untouched = compute_liquid_alphas(nothing, nothing, consensus, network.parameters)[:, 0].tolist()
    rates = dict(zip(network.rows.tolist(), alphas.T.tolist(), strict=True))
    return [rates.get(uid, untouched) for uid in range(network.size)]


def _array(values: Sequence[int]) -> Array:
    return np.array(values, dtype=np.uint64)


def _quantised(vector: Array) -> tuple[int, ...]:
    return tuple(to_u16(vector).tolist())

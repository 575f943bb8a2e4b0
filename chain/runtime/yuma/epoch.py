"""The Yuma epoch of one mechanism: from weights and stake to incentive, dividends, emission and bonds."""

from collections.abc import Callable, Sequence

from chain.runtime.fixed import Fixed, from_u16, to_u16
from chain.runtime.yuma.bonds import Market, compute_yuma2, compute_yuma3
from chain.runtime.yuma.consensus import clip, compute_consensus, compute_ranks, compute_weights_for_bonds
from chain.runtime.yuma.masks import (
    compute_active_stake,
    compute_permits,
    compute_stake,
    compute_valid_bonds,
    compute_valid_weights,
    is_active,
    with_owner,
)
from chain.runtime.yuma.rows import Matrix, Vector, normalised
from chain.runtime.yuma.types import EpochInputs, EpochOutputs, EpochTrace

EpochCompute = Callable[[EpochInputs], EpochOutputs]


def compute(inputs: EpochInputs) -> EpochOutputs:
    """Run one epoch, bit for bit as the chain does.

    Source: Yuma consensus, the sparse form of subtensor at spec 425.
    """
    parameters = inputs.parameters
    stake, active = compute_stake(inputs), is_active(inputs)
    permits = with_owner(inputs.validator_permit, parameters.owner_uid)
    active_stake = compute_active_stake(stake, active, permits)

    weights = compute_valid_weights(inputs, permits)
    consensus = compute_consensus(weights, active_stake, from_u16(parameters.kappa))
    clipped = clip(weights, consensus)
    validator_trust = [sum(value for _, value in row) for row in clipped]
    incentive = normalised(compute_ranks(clipped, active_stake))

    chased = compute_weights_for_bonds(weights, clipped, from_u16(parameters.bonds_penalty))
    market = Market(compute_valid_bonds(inputs), chased, active_stake, consensus, incentive)
    outcome = (compute_yuma3 if parameters.yuma3 else compute_yuma2)(market, parameters)
    server, validator, combined = compute_shares(incentive, outcome.dividends, active_stake, stake)

    vectors: dict[str, Vector] = {
        "stake": stake,
        "active_stake": active_stake,
        "consensus": consensus,
        "validator_trust": validator_trust,
        "incentive": incentive,
        "dividends": outcome.dividends,
        "norm_server_emission": server,
        "norm_validator_emission": validator,
        "norm_combined_emission": combined,
        **outcome.trace.vectors,
    }
    matrices = {"weights_masked_normalized": weights, "clipped_weights": clipped, **outcome.trace.matrices}
    next_permits = with_owner(compute_permits(stake, parameters.max_allowed_validators), parameters.owner_uid)
    return EpochOutputs(
        active=tuple(active),
        consensus=_quantised(consensus),
        incentive=_quantised(incentive),
        dividends=_quantised(outcome.dividends),
        validator_trust=_quantised(validator_trust),
        stake_weight=_quantised(stake),
        validator_permit=tuple(next_permits),
        bonds=_quantised_rows(outcome.bonds, next_permits),
        emission=_to_rao(combined, inputs.rao_emission),
        server_emission=_to_rao(server, inputs.rao_emission),
        validator_emission=_to_rao(validator, inputs.rao_emission),
        trace=EpochTrace(vectors, matrices),
    )


def compute_shares(
    incentive: Vector, dividends: Vector, active_stake: Vector, stake: Vector
) -> tuple[Vector, Vector, Vector]:
    """Shares of the emission for serving, for validating and for both, each rounded down.

    When nobody earned anything, stake earns: the active one, or all of it when nobody is active.
    """
    both = [earned + paid for earned, paid in zip(incentive, dividends, strict=True)]
    total = sum(both)
    if total == 0:
        fallback = list(active_stake if any(active_stake) else stake)
        return list(incentive), fallback, list(fallback)
    return normalised(incentive, total), normalised(dividends, total), normalised(both, total)


def _quantised(vector: Sequence[Fixed]) -> tuple[int, ...]:
    return tuple(to_u16(value) for value in vector)


def _quantised_rows(matrix: Matrix, permits: Sequence[bool]) -> tuple[tuple[tuple[int, int], ...], ...]:
    return tuple(
        tuple((uid, to_u16(value)) for uid, value in row) if permitted else ()
        for row, permitted in zip(matrix, permits, strict=True)
    )


def _to_rao(shares: Sequence[Fixed], emission: int) -> tuple[int, ...]:
    """Amounts in rao, rounded down; what the rounding leaves is nobody's."""
    return tuple(max(0, (share * emission) >> 32) for share in shares)

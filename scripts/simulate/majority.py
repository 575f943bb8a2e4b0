"""How much honest stake and honest utility protect: the guarantees of Yuma consensus, measured on the node's own epoch.

Honest validators hold a share of the stake and give a share of their weights (the honest utility) to honest
miners, of which there are as many as their stake. A cabal has the rest; it may give all its weights to its own miners,
or some to honest ones to hold bonds there, whichever hurts most. The honest side is protected where it earns at least
its share of the stake. Source: Yuma consensus, consensus guarantees.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chain.epoch import compute
from chain.runtime.yuma import EpochInputs, EpochParameters
from chain.runtime.yuma.packed import PackedRow

Float64 = NDArray[np.float64]

STAKE_DEVIATION = 0.3
TOTAL_STAKE = 21_000_000 * 10**9
U16_MAX = 65_535
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Setting:
    """One market: sizes, honest share of the stake, deviation of weights, and the parameters of consensus."""

    honest_stake: float = 0.6
    weight_deviation: float = 0.4
    kappa: float = 0.5
    bonds_penalty: float = 1.0
    validator_share: float = 0.5
    validators: int = 64
    neurons: int = 512


def honest_emission(setting: Setting, honest_utility: float, seed: int, cabal_weight: float = 0.0) -> float:
    """Share of one epoch's emission that the honest side earns; ``cabal_weight`` is what cabal gives honest miners."""
    random = np.random.default_rng(seed)
    count, servers = setting.validators, setting.neurons - setting.validators
    honest_validators, honest_servers = round(count * setting.honest_stake), round(servers * setting.honest_stake)
    stake = np.concatenate(
        [
            _shares(random, honest_validators, STAKE_DEVIATION) * setting.honest_stake,
            _shares(random, count - honest_validators, STAKE_DEVIATION) * (1.0 - setting.honest_stake),
        ]
    )
    rows = []
    for validator in range(count):
        given = honest_utility if validator < honest_validators else cabal_weight
        ours = _shares(random, honest_servers, setting.weight_deviation) * given
        theirs = _shares(random, servers - honest_servers, setting.weight_deviation) * (1.0 - given)
        rows.append(np.concatenate([ours, theirs]))
    outputs = compute(_inputs(setting, stake, rows))
    split = setting.validator_share
    dividends = np.array(outputs.validator_emission[:count], dtype=np.float64)
    incentive = np.array(outputs.server_emission[count:], dtype=np.float64)
    earned = split * dividends[:honest_validators].sum() / dividends.sum()
    return float(earned + (1.0 - split) * incentive[:honest_servers].sum() / incentive.sum())


def worst_emission(setting: Setting, honest_utility: float, seeds: range) -> float:
    """What the honest side earns, mean over seeds, when the cabal chooses the weights that hurt most."""
    choices = (0.0, honest_utility / 2, honest_utility, (1.0 + honest_utility) / 2, 1.0)
    return min(
        float(np.mean([honest_emission(setting, honest_utility, seed, choice) for seed in seeds])) for choice in choices
    )


def find_threshold(setting: Setting, seeds: range) -> float | None:
    """Least honest utility that protects the honest side, in hundredths, by bisection; None if even 99 % do not."""

    def protects(percent: int) -> bool:
        return worst_emission(setting, percent / 100, seeds) >= setting.honest_stake - TOLERANCE

    low, high = 50, 99
    if not protects(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if protects(middle) else (middle, high)
    return high / 100


def _shares(random: np.random.Generator, count: int, deviation: float) -> Float64:
    """Normal around one, never negative, scaled to sum to one."""
    drawn = np.maximum(0.0, 1.0 + deviation * random.standard_normal(count))
    result: Float64 = drawn / drawn.sum() if count else drawn
    return result


def _inputs(setting: Setting, stake: Float64, rows: list[Float64]) -> EpochInputs:
    servers = setting.neurons - setting.validators
    first = setting.validators
    packed = [PackedRow.of([(first + at, int(value)) for at, value in enumerate(_u16(row))]) for row in rows]
    empty = PackedRow(b"")
    return EpochInputs(
        block=1_000,
        tempo=360,
        rao_emission=10**9,
        stake=[int(share * TOTAL_STAKE) << 64 for share in stake] + [0] * servers,
        registered_at=[0] * setting.neurons,
        last_update=[999] * setting.neurons,
        validator_permit=[uid < first for uid in range(setting.neurons)],
        weights=[*packed, *[empty] * servers],
        bonds=[empty] * setting.neurons,
        parameters=EpochParameters(
            kappa=int(setting.kappa * U16_MAX),
            bonds_penalty=round(setting.bonds_penalty * U16_MAX),
            max_allowed_validators=first,
        ),
    )


def _u16(row: Float64) -> NDArray[np.int64]:
    """Weights as a validator submits them: the largest is the largest u16."""
    result: NDArray[np.int64] = np.rint(row / row.max() * U16_MAX).astype(np.int64)
    return result

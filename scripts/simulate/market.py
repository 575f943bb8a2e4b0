"""Epochs of a market: miners answer audits, validators score them, the node's own epoch pays.

Answers are recorded or bent from recorded ones; gate, pay, scores and consensus are those of the network.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from chain.epoch import compute
from chain.runtime.yuma import EpochInputs, EpochOutputs, EpochParameters
from chain.runtime.yuma.packed import PackedRow
from gating.router import LinUCBRouter
from gating.scores import to_weights
from simulate.experts import ANCHOR
from simulate.learning import Validator
from simulate.recording import Float64
from simulate.trials import Ground

EMISSION = 10**9
STAKE = 10**15
MOST_ASKED = 8


@dataclass(frozen=True, eq=False)
class Audit:
    """One text, by its number in the recording, that one validator asks about in one epoch."""

    epoch: int
    validator: int
    text: int
    random: np.random.Generator


Behaviour = Callable[[Ground, Audit], Float64]
"""What a miner says of each true token, [T]; NaN where it says nothing."""


@dataclass(frozen=True)
class Miner:
    """One identity and what it costs its owner for each epoch, an honest expert's work being one."""

    name: str
    behave: Behaviour
    cost: float
    attacker: bool = False
    joins_at: int = 0
    """Epoch from which it takes part."""
    renewed_every: int = 0
    """Epochs after which it comes back under a new hotkey; zero for never."""


Judge = Callable[[int, dict[str, float], Sequence[dict[str, float]]], dict[str, float]]
"""What a dishonest validator makes of epoch, its own honest scores, and what all told in the epoch before."""


@dataclass(frozen=True)
class Seat:
    """A validator: its share of the stake, and how it judges when it is not honest."""

    stake: float
    judge: Judge | None = None


@dataclass(frozen=True)
class Market:
    """Who takes part, for how long, and which epochs count."""

    miners: tuple[Miner, ...]
    seats: tuple[Seat, ...] = (Seat(0.4), Seat(0.35), Seat(0.25))
    epochs: int = 40
    counted_from: int = 10
    texts: int = 12


@dataclass
class Income:
    """Shares of what miners, and of what validators, earned over the counted epochs."""

    miners: Float64
    validators: Float64
    history: list[Float64] = field(default_factory=list)


def run_market(ground: Ground, market: Market, seed: int) -> Income:
    """Let a market run."""
    count = len(market.seats)
    names = [miner.name for miner in market.miners]
    minds = [_newcomer(ground, names, seed * 100 + seat) for seat in range(count)]
    random = np.random.default_rng([seed, 4])
    income = Income(np.zeros(len(names)), np.zeros(count))
    told: list[dict[str, float]] = [{} for _ in minds]
    bonds: Sequence[Sequence[tuple[int, int]]] = ()
    for epoch in range(market.epochs):
        _renew(market, minds, epoch)
        for seat, mind in enumerate(minds):
            for text in random.integers(0, len(ground.study.audits.items), market.texts):
                _audit(ground, market, mind, Audit(epoch, seat, int(text), random))
        told = [_judge(market.seats[seat], epoch, mind.board.scores(), told) for seat, mind in enumerate(minds)]
        outputs = settle(market.seats, names, told, bonds)
        bonds = outputs.bonds
        earned = np.array(outputs.server_emission[count:], dtype=np.float64)
        income.history.append(earned / max(1.0, earned.sum()))
        if epoch >= market.counted_from:
            income.miners += earned
            income.validators += np.array(outputs.validator_emission[:count], dtype=np.float64)
    income.miners /= max(1.0, income.miners.sum())
    income.validators /= max(1.0, income.validators.sum())
    return income


def settle(
    seats: Sequence[Seat],
    names: Sequence[str],
    told: Sequence[dict[str, float]],
    bonds: Sequence[Sequence[tuple[int, int]]],
) -> EpochOutputs:
    """One epoch of the ledger: validators hold the first uids, miners the others."""
    count, size = len(seats), len(seats) + len(names)
    rows = []
    for scores in told:
        weights = to_weights({count + place: scores.get(name, 0.0) for place, name in enumerate(names)})
        rows.append(PackedRow.of([(uid, weight) for uid, weight in weights if weight]))
    empty = PackedRow(b"")
    held = [PackedRow.of(list(row)) for row in bonds] or [empty] * size
    return compute(
        EpochInputs(
            block=1_000,
            tempo=360,
            rao_emission=EMISSION,
            stake=[int(seat.stake * STAKE) << 64 for seat in seats] + [0] * len(names),
            registered_at=[0] * size,
            last_update=[999] * size,
            validator_permit=[uid < count for uid in range(size)],
            weights=[*rows, *[empty] * len(names)],
            bonds=held,
            parameters=EpochParameters(yuma3=True, max_allowed_validators=count),
        )
    )


def _newcomer(ground: Ground, names: Sequence[str], seed: int) -> Validator:
    router = LinUCBRouter(replace(ground.settings, seed=seed))
    return Validator(tuple(names), router, min(MOST_ASKED, len(names)))


def _renew(market: Market, minds: Sequence[Validator], epoch: int) -> None:
    for miner in market.miners:
        if miner.renewed_every and epoch and epoch % miner.renewed_every == 0:
            for mind in minds:
                mind.router.forget(miner.name)
                mind.board.forget(miner.name)
                mind.likeness.forget(miner.name)


def _audit(ground: Ground, market: Market, mind: Validator, audit: Audit) -> None:
    features = ground.audit_features[audit.text]
    behave = {miner.name: miner.behave for miner in market.miners if miner.joins_at <= audit.epoch}
    choice = mind.router.choose(features, sorted(behave), mind.asked, explore=True)
    said = [np.minimum(behave[name](ground, audit), 0.0) for name in choice.hotkeys]
    mind.take(choice, np.stack([ground.study.audits.answers[ANCHOR][audit.text], *said]), features)


def _judge(seat: Seat, epoch: int, scores: dict[str, float], told: Sequence[dict[str, float]]) -> dict[str, float]:
    return seat.judge(epoch, scores, told) if seat.judge else scores

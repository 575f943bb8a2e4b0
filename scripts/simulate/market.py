"""Epochs of a market: miners answer audits, validators score them, the node's own epoch pays.

Answers are recorded or bent from recorded ones; gate, pay, likeness, scores and consensus are those that validators
and nodes run.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from chain.epoch import compute
from chain.runtime.yuma import EpochInputs, EpochOutputs, EpochParameters
from chain.runtime.yuma.packed import PackedRow
from gating.consistency import Consistency
from gating.mixture import gate_weights
from gating.router import Choice, LinUCBRouter
from gating.scores import to_weights
from simulate.experts import ANCHOR
from simulate.recording import Float64
from simulate.trials import Ground
from validator.observation import Observation
from validator.routing import Route
from validator.scoring import Standing

EMISSION = 10**9
STAKE = 10**15
MOST_ASKED = 8
Scores = dict[str, float]


@dataclass(frozen=True, eq=False)
class Audit:
    """One text, by its number in the recording, that one validator asks about in one epoch.

    ``best_paid`` is who earned most in the epoch before; ``organic`` is true when an app asks.
    """

    epoch: int
    validator: int
    text: int
    random: np.random.Generator
    best_paid: str = ""
    organic: bool = False


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
    recommits_every: int = 0
    """Epochs after which it commits to a new model; zero for never."""


Judge = Callable[[int, Scores, Sequence[Sequence[Scores]]], Scores]
"""What a dishonest validator makes of epoch, its own honest scores, and what all told in the epochs before."""


@dataclass(frozen=True)
class Seat:
    """A validator: its share of the stake, and how it judges when it is not honest.

    ``grinds_for`` is a miner for whose sake it draws its texts ``drawn`` times over and takes the best draw.
    """

    stake: float
    judge: Judge | None = None
    grinds_for: str = ""
    drawn: int = 1


@dataclass(frozen=True)
class Market:
    """Who takes part, for how long, which epochs count, and how many texts a validator asks about in each.

    ``again`` is how many more texts apps asked about, on which the validators then audit those who answered.
    ``among`` is how many of the recorded texts are used, the first ones; zero for all.
    """

    miners: tuple[Miner, ...]
    seats: tuple[Seat, ...] = (Seat(0.4), Seat(0.35), Seat(0.25))
    epochs: int = 40
    counted_from: int = 10
    texts: int = 12
    again: int = 0
    among: int = 0

    def count_texts(self, ground: Ground) -> int:
        """Number of recorded texts to draw from."""
        return self.among or len(ground.study.audits.items)


@dataclass
class Income:
    """Shares of what miners, and of what validators, earned over the counted epochs."""

    miners: Float64
    validators: Float64
    history: list[Float64] = field(default_factory=list)


class Mind:
    """What one validator knows."""

    def __init__(self, ground: Ground, names: Sequence[str], seed: int) -> None:
        self._ground = ground
        self._owners = {name: f"{name}@0" for name in names}
        self.standing = Standing(LinUCBRouter(replace(ground.settings, seed=seed)))
        self.standing.payroll.keep_only(self._owners)
        self.consistency = Consistency()

    def renew(self, name: str, epoch: int) -> None:
        """A miner came back under a new hotkey."""
        self._owners[name] = f"{name}@{epoch}"
        for changed in self.standing.payroll.keep_only(self._owners):
            self.standing.router.forget(changed)
            self.consistency.forget(changed)

    def ask(self, miners: Iterable[Miner], audit: Audit) -> Observation:
        """Question those whom the gate chooses about one text."""
        behave = {miner.name: miner.behave for miner in miners}
        features = self._ground.audit_features[audit.text]
        choice = self.standing.router.choose(features, sorted(behave), min(MOST_ASKED, len(behave)), explore=True)
        said = np.stack([np.minimum(behave[name](self._ground, audit), 0.0) for name in choice.hotkeys])
        if audit.organic:
            later = replace(audit, organic=False)
            again = np.stack([np.minimum(behave[name](self._ground, later), 0.0) for name in choice.hotkeys])
            self.consistency.observe(choice.hotkeys, said, again)
        recording = self._ground.study.audits
        rows = np.vstack([recording.answers[ANCHOR][audit.text], said])
        domain = recording.items[audit.text].domain
        return Observation(audit.epoch, str(audit.text), domain, _route(choice, features), rows)

    def learn(self, found: Sequence[Observation]) -> None:
        """Take in the texts of an epoch."""
        self.standing.take(self.standing.payroll.group_all(found))

    def scores(self) -> Scores:
        """What each miner is paid for."""
        return {name: score * self.consistency.factor(name) for name, score in self.standing.scores().items()}


def run_market(ground: Ground, market: Market, seed: int) -> Income:
    """Let a market run."""
    count, names = len(market.seats), [miner.name for miner in market.miners]
    minds = [Mind(ground, names, seed * 100 + seat) for seat in range(count)]
    random = np.random.default_rng([seed, 4])
    income = Income(np.zeros(len(names)), np.zeros(count))
    told: list[list[Scores]] = [[{} for _ in minds]]
    bonds: Sequence[Sequence[tuple[int, int]]] = ()
    best_paid = ""
    for epoch in range(market.epochs):
        present = _prepare(market, minds, epoch)
        for seat, mind in enumerate(minds):
            now = Audit(epoch, seat, 0, random, best_paid)
            mind.learn([mind.ask(present, replace(now, text=text)) for text in _draw(ground, market, now)])
            for text in random.integers(0, market.count_texts(ground), market.again):
                mind.ask(present, replace(now, text=int(text), organic=True))
        honest = [mind.scores() for mind in minds]
        told.append([_judge(seat, epoch, scores, told) for seat, scores in zip(market.seats, honest, strict=True)])
        outputs = settle(market.seats, names, told[-1], bonds)
        bonds = outputs.bonds
        earned = np.array(outputs.server_emission[count:], dtype=np.float64)
        best_paid = names[int(earned.argmax())]
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
    told: Sequence[Scores],
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


def _prepare(market: Market, minds: Sequence[Mind], epoch: int) -> list[Miner]:
    """Have miners come back and commit anew; those who take part."""
    for miner in market.miners:
        for mind in minds:
            if epoch and miner.renewed_every and epoch % miner.renewed_every == 0:
                mind.renew(miner.name, epoch)
            if epoch and miner.recommits_every and epoch % miner.recommits_every == 0:
                mind.standing.router.weaken(miner.name)
    return [miner for miner in market.miners if miner.joins_at <= epoch]


def _draw(ground: Ground, market: Market, now: Audit) -> list[int]:
    """The texts of one validator; one that grinds takes those on which its friend is furthest above the anchor."""
    seat, answers = market.seats[now.validator], ground.study.audits.answers
    draws = [now.random.integers(0, market.count_texts(ground), market.texts) for _ in range(seat.drawn)]
    if not seat.grinds_for:
        return [int(text) for text in draws[0]]
    gains = (answers[seat.grinds_for] - answers[ANCHOR]).mean(axis=1)
    return [int(text) for text in max(draws, key=lambda texts: float(gains[texts].sum()))]


def _route(choice: Choice, features: Float64) -> Route:
    prior = gate_weights(np.array(choice.scores, dtype=np.float64))
    return Route(features, choice.hotkeys, prior, choice.propensities, choice.routed)


def _judge(seat: Seat, epoch: int, scores: Scores, told: Sequence[Sequence[Scores]]) -> Scores:
    return seat.judge(epoch, scores, told) if seat.judge else scores

"""Which k experts a text goes to, learnt from audited gains alone.

Everything is keyed by hotkey: a uid changes hands, and the next owner must not inherit what the last
one earned.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gating.checkpoint import CorruptCheckpoint, load_arrays, save_arrays
from gating.lottery import Lottery
from gating.ridge import RidgeBank

Vector = NDArray[np.float64]

GAIN_BOUND = 6.0
_LARGEST_WEIGHT = 3.0
_LARGEST_WARM_SHARE = 0.5


@dataclass(frozen=True)
class Choice:
    """The experts asked about one text, best first.

    ``scores`` are predicted gains over the anchor, nats per token. ``propensities`` are the
    probabilities with which each of them was to be asked about this text, exploration included.
    ``routed`` tells whom the gate itself would ask; the others were asked to learn about them. ``lottery`` is how the
    choice was drawn.
    """

    hotkeys: tuple[str, ...]
    scores: tuple[float, ...]
    propensities: tuple[float, ...]
    routed: tuple[bool, ...]
    explored: bool
    lottery: Lottery | None = None


class Router(Protocol):
    """Learns who is good at what."""

    @property
    def kind(self) -> str:
        """Name of the way it foretells gains."""

    def predict(self, features: Vector, candidates: Sequence[str]) -> Vector:
        """Expected gain of each candidate over the anchor, nats per token."""

    def choose(self, features: Vector, candidates: Sequence[str], k: int, *, explore: bool = False) -> Choice:
        """At most ``k`` candidates for a text; explores only when told to."""

    def update(self, hotkey: str, features: Vector, gain: float, propensity: float = 1.0) -> None:
        """Learn an audited gain over the anchor, nats per token."""

    def weaken(self, hotkey: str) -> None:
        """Trust less in what is known: the hotkey has committed to another model."""

    def forget(self, hotkey: str) -> None:
        """Start from nothing: the hotkey has changed its owner or left."""

    def save(self, path: Path) -> str:
        """Write atomically; the SHA-256 of the state, to be published."""

    def load(self, path: Path) -> None:
        """Continue from a saved state. Raises: FileNotFoundError, CorruptCheckpoint."""


@dataclass(frozen=True)
class RouterSettings:
    """How a router learns.

    An expert of which nothing is known is expected to gain ``prior_gain``, and is warm after
    ``warm_audits`` audited texts. ``bonus`` is the worth of one unit of doubt, in nats per token. ``kind`` names the
    way to foretell gains, see ``routers``.
    """

    dimension: int = 256
    ridge: float = 0.3
    discount: float = 0.998
    prior_gain: float = -0.5
    bonus: float = 0.3
    warm_audits: int = 24
    exploration: float = 0.08
    kept_confidence: float = 0.5
    seed: int = 0
    kind: str = "linucb"


class Bank(Protocol):
    """Foretells the gain of each hotkey from features, and learns from one observation at a time."""

    @property
    def hotkeys(self) -> tuple[str, ...]: ...

    def count(self, hotkey: str) -> int: ...

    def counts(self, hotkeys: Sequence[str]) -> NDArray[np.int64]: ...

    def predict(self, hotkeys: Sequence[str], features: Vector) -> Vector: ...

    def deviation(self, hotkeys: Sequence[str], features: Vector) -> Vector: ...

    def largest_deviation(self, features: Vector) -> float: ...

    def learn(self, hotkey: str, features: Vector, value: float, weight: float = 1.0) -> None: ...

    def weaken(self, hotkey: str, kept: float) -> None: ...

    def forget(self, hotkey: str) -> None: ...

    def state(self) -> dict[str, NDArray[np.generic]]: ...

    def restore(self, hotkeys: Sequence[str], state: Mapping[str, NDArray[np.generic]]) -> None: ...


BuildBank = Callable[[RouterSettings], Bank]


def build_ridges(settings: RouterSettings) -> Bank:
    """A discounted ridge regression for each hotkey."""
    return RidgeBank(settings.dimension, settings.ridge, settings.discount)


@dataclass(frozen=True)
class _Plan:
    """Whom exploration would ask about a text, and the probability of exploring at all.

    Members drawn at random stand for any others: then ``random_chance`` is everyone's.
    """

    share: float
    members: tuple[int, ...]
    random_chance: float | None = None

    def chance(self, place: int) -> float:
        """Probability that exploration asks this candidate."""
        return float(place in self.members) if self.random_chance is None else self.random_chance


class LinUCBRouter:
    """Ridge regression per hotkey, upper confidence bounds, and a warm start in turn.

    Source: Li et al. 2010. Without the warm start an honest specialist among many bad identities is
    never found. Another ``build`` foretells gains otherwise.
    """

    def __init__(self, settings: RouterSettings | None = None, build: BuildBank | None = None) -> None:
        self.settings = settings or RouterSettings()
        self._build = build or build_ridges
        self._bank = self._build(self.settings)
        self._draws = 0

    @property
    def kind(self) -> str:
        """Name of the way it foretells gains, see ``routers``."""
        return self.settings.kind

    def audits(self, hotkey: str) -> int:
        """How many audited texts the router has learnt from this hotkey."""
        return self._bank.count(hotkey)

    def predict(self, features: Vector, candidates: Sequence[str]) -> Vector:
        """Expected gain of each candidate over the anchor, nats per token."""
        expected = self._bank.predict(candidates, features) + self.settings.prior_gain
        return np.clip(expected, -GAIN_BOUND, GAIN_BOUND)

    def choose(self, features: Vector, candidates: Sequence[str], k: int, *, explore: bool = False) -> Choice:
        """The ``k`` highest expected gains; when exploring, upper bounds, a warm start and random picks.

        Raises: ValueError when a candidate is named twice.
        """
        if len(set(candidates)) != len(candidates):
            raise ValueError("a candidate is named twice")
        k = min(k, len(candidates))
        expected = self.predict(features, candidates)
        if not explore:
            best = _best(expected, k)
            return self._choice(candidates, expected, best, _Plan(0.0, ()), best)
        greedy = _best(self._upper_bounds(features, candidates, expected, k), k)
        random = np.random.default_rng([self.settings.seed, self._draws])
        self._draws += 1
        plan = self._plan(candidates, k, random)
        chosen = plan.members if random.random() < plan.share else greedy
        return self._choice(candidates, expected, chosen, plan, greedy)

    def _upper_bounds(self, features: Vector, candidates: Sequence[str], expected: Vector, k: int) -> Vector:
        """Expected gains with the worth of doubt; minus infinity where even the largest doubt could not suffice."""
        threshold = np.partition(expected, -k)[-k] if k else np.inf
        reach = self.settings.bonus * self._bank.largest_deviation(features)
        contenders = np.flatnonzero(expected + reach >= threshold)
        doubt = self._bank.deviation([candidates[place] for place in _places(contenders)], features)
        bounds = np.full(len(candidates), -np.inf)
        bounds[contenders] = expected[contenders] + self.settings.bonus * doubt
        return bounds

    def _plan(self, candidates: Sequence[str], k: int, random: np.random.Generator) -> _Plan:
        """Cold hotkeys in turn while there are any, least audited first; otherwise any ``k`` at random."""
        order = random.permutation(len(candidates))
        audits = self._bank.counts(candidates)
        cold = int((audits < self.settings.warm_audits).sum())
        if cold == 0:
            return _Plan(self.settings.exploration, _places(order[:k]), k / max(1, len(candidates)))
        share = 1.0 if cold == len(candidates) else min(cold / len(candidates), _LARGEST_WARM_SHARE)
        members = order[np.argsort(audits[order], kind="stable")[:k]]
        return _Plan(max(share, self.settings.exploration), _places(members))

    def _choice(
        self, candidates: Sequence[str], expected: Vector, chosen: Sequence[int], plan: _Plan, greedy: Sequence[int]
    ) -> Choice:
        explored = plan.members if plan.random_chance is None else None
        lottery = Lottery(
            greedy=tuple(candidates[place] for place in greedy),
            share=plan.share,
            explored=None if explored is None else tuple(candidates[place] for place in explored),
            pool=len(candidates),
        )
        return Choice(
            hotkeys=tuple(candidates[place] for place in chosen),
            scores=tuple(float(expected[place]) for place in chosen),
            propensities=tuple((1.0 - plan.share) * (p in greedy) + plan.share * plan.chance(p) for p in chosen),
            routed=tuple(place in greedy for place in chosen),
            explored=chosen is plan.members,
            lottery=lottery,
        )

    def update(self, hotkey: str, features: Vector, gain: float, propensity: float = 1.0) -> None:
        """Learn an audited gain; one that was unlikely to be seen counts up to three times.

        Raises: ValueError when the gain is not a number.
        """
        if math.isnan(gain):
            raise ValueError(f"the gain of {hotkey} is not a number")
        target = min(GAIN_BOUND, max(-GAIN_BOUND, gain)) - self.settings.prior_gain
        self._bank.learn(hotkey, features, target, min(_LARGEST_WEIGHT, 1.0 / max(propensity, 1e-9)))

    def weaken(self, hotkey: str) -> None:
        """Halve, or what the settings say, the confidence in what is known of a hotkey."""
        self._bank.weaken(hotkey, self.settings.kept_confidence)

    def forget(self, hotkey: str) -> None:
        """Drop all that is known of a hotkey."""
        self._bank.forget(hotkey)

    def save(self, path: Path) -> str:
        """Write atomically; the SHA-256 of the state, to be published."""
        meta = {"hotkeys": self._bank.hotkeys, "draws": self._draws, "settings": asdict(self.settings)}
        return save_arrays(path, self._bank.state(), meta)

    def load(self, path: Path) -> None:
        """Continue from a saved state, under the settings of this router.

        Raises: FileNotFoundError, CorruptCheckpoint.
        """
        arrays, meta = load_arrays(path)
        hotkeys, draws = meta.get("hotkeys"), meta.get("draws")
        if not isinstance(hotkeys, list) or not isinstance(draws, int):
            raise CorruptCheckpoint(path, "it is not a router")
        bank = self._build(self.settings)
        try:
            bank.restore(hotkeys, arrays)
        except (KeyError, ValueError) as error:
            raise CorruptCheckpoint(path, str(error)) from error
        self._bank, self._draws = bank, draws


def _best(values: Vector, k: int) -> tuple[int, ...]:
    return _places(np.argsort(-values, kind="stable")[:k])


def _places(array: NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(int(place) for place in array)

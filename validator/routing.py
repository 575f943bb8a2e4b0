"""From questions to experts: the gate as the rest of the validator uses it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from gating.lottery import Lottery
from gating.mixture import gate_weights
from gating.objective import Question
from gating.pursuit import VIEWS, Pursuit
from gating.router import Choice, Router
from validator.seats import Float64

ANCHOR = "anchor"

C = TypeVar("C")
C_contra = TypeVar("C_contra", contravariant=True)


class Features(Protocol[C_contra]):
    """What the gate sees of a question, or of what it is decoded to."""

    def encode(self, context: C_contra, /) -> Float64:
        """A unit vector."""


def as_it_is(question: Question) -> Question:
    """For features that see the question itself."""
    return question


@dataclass(frozen=True, eq=False)
class Route:
    """Who is asked about a question, with which prior weights, and how likely that choice was.

    ``prior`` is float64 [1 + experts], the anchor first. ``routed`` is false for experts that the gate
    would not have chosen, asked only to learn about them.
    """

    features: Float64
    experts: tuple[str, ...]
    prior: Float64
    propensities: tuple[float, ...]
    routed: tuple[bool, ...]
    lottery: Lottery | None = None
    """How the choice was drawn; None for one that nobody drew."""

    def prior_of(self, experts: Sequence[str]) -> Float64:
        """The prior weights with the experts in another order."""
        rows = [0, *(1 + self.experts.index(hotkey) for hotkey in experts)]
        return np.asarray(self.prior[rows])


class Gate:
    """Features and router together."""

    def __init__(self, router: Router, features: Features[C], decode: Callable[..., C]) -> None:
        self.router = router
        self._encode: Callable[[Question], Float64] = lambda question: features.encode(decode(question))

    def route(self, question: Question, candidates: Sequence[str], k: int, *, explore: bool = False) -> Route:
        """The best ``k`` candidates for a question; exploration only where its propensity is used."""
        features = self._encode(question)
        if not candidates or k < 1:
            return Route(features, (), np.ones(1), (), ())
        choice = self.router.choose(features, sorted(candidates), min(k, len(candidates)), explore=explore)
        return Route(features, choice.hotkeys, _weigh(choice), choice.propensities, choice.routed, choice.lottery)

    def route_all(self, question: Question, candidates: Sequence[str]) -> Route:
        """All candidates, in the order of their names, with the weights that the gate would give them."""
        found = self.route(question, candidates, len(candidates))
        return _reorder(found, sorted(candidates))

    def follow(self, question: Question, route: Route) -> Route:
        """The experts of ``route``, chosen as they were, weighed for another question."""
        found = self.route(question, route.experts, len(route.experts))
        prior = found.prior_of(route.experts)
        return Route(found.features, route.experts, prior, route.propensities, route.routed, route.lottery)

    def pursue(self) -> "Course":
        """The way of one given text, which is routed anew as it is revealed."""
        return Course(Pursuit(self.router), self._encode)


class Course:
    """One given text: whom to ask next follows from what it says and from how those asked so far have done."""

    def __init__(self, pursuit: Pursuit, encode: Callable[[Sequence[int]], Float64]) -> None:
        self._pursuit = pursuit
        self._encode = encode

    def route(self, tokens: Sequence[int], candidates: Sequence[str], k: int) -> Route:
        """The ``k`` candidates to ask from here on; ``tokens`` is all that was revealed."""
        sights = [self._encode(tokens[-view:]) for view in VIEWS]
        choice = self._pursuit.choose(sights, sorted(candidates), k)
        prior = self._pursuit.weigh(choice)
        return Route(sights[0], choice.hotkeys, prior, choice.propensities, choice.routed)

    def observe(self, logprobs: Float64) -> None:
        """Take in what the anchor and the experts of the last route gave the tokens revealed since, [1 + k, tokens]."""
        self._pursuit.observe(logprobs)


def _weigh(choice: Choice) -> Float64:
    return gate_weights(np.array(choice.scores, dtype=np.float64))


def _reorder(route: Route, experts: Sequence[str]) -> Route:
    ones, drawn = (1.0,) * len(experts), Lottery(tuple(experts), pool=len(experts))
    return Route(route.features, tuple(experts), route.prior_of(experts), ones, (True,) * len(experts), drawn)

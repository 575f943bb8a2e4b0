"""From tokens to experts: the gate as the rest of the validator uses it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from gating.lottery import Lottery
from gating.mixture import gate_weights
from gating.router import Choice, Router
from validator.seats import Float64

ANCHOR = "anchor"

Decode = Callable[[Sequence[int]], str]


class Features(Protocol):
    """What the gate sees of a text."""

    def encode(self, text: str) -> Float64:
        """A unit vector."""


@dataclass(frozen=True, eq=False)
class Route:
    """Who is asked about a text, with which prior weights, and how likely that choice was.

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

    def __init__(self, router: Router, features: Features, decode: Decode) -> None:
        self.router = router
        self._features = features
        self._decode = decode

    def route(self, tokens: Sequence[int], candidates: Sequence[str], k: int, *, explore: bool = False) -> Route:
        """The best ``k`` candidates for a text; exploration only where its propensity is used."""
        features = self._encode(tokens)
        if not candidates or k < 1:
            return Route(features, (), np.ones(1), (), ())
        choice = self.router.choose(features, sorted(candidates), min(k, len(candidates)), explore=explore)
        return Route(features, choice.hotkeys, _weigh(choice), choice.propensities, choice.routed, choice.lottery)

    def route_all(self, tokens: Sequence[int], candidates: Sequence[str]) -> Route:
        """All candidates, in the order of their names, with the weights that the gate would give them."""
        found = self.route(tokens, candidates, len(candidates))
        return _reorder(found, sorted(candidates))

    def follow(self, tokens: Sequence[int], route: Route) -> Route:
        """The experts of ``route``, chosen as they were, weighed for another text."""
        found = self.route(tokens, route.experts, len(route.experts))
        prior = found.prior_of(route.experts)
        return Route(found.features, route.experts, prior, route.propensities, route.routed, route.lottery)

    def _encode(self, tokens: Sequence[int]) -> Float64:
        return self._features.encode(self._decode(tokens))


def _weigh(choice: Choice) -> Float64:
    return gate_weights(np.array(choice.scores, dtype=np.float64))


def _reorder(route: Route, experts: Sequence[str]) -> Route:
    ones, drawn = (1.0,) * len(experts), Lottery(tuple(experts), pool=len(experts))
    return Route(route.features, tuple(experts), route.prior_of(experts), ones, (True,) * len(experts), drawn)

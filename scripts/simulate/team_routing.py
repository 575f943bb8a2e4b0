"""Routing over teams: the experts that helped each other on texts of a kind are preferred on the next of that kind."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gating.contexts import Contexts, fit_contexts
from gating.router import Choice, LinUCBRouter, Vector
from gating.teams import TeamBook
from simulate.learning import Validator
from simulate.recording import Float64

CONTEXTS = 32
MEMBERS = 4


class TeamRouter(LinUCBRouter):
    """Foretells gains as another router does, and more by ``favour``, nats per token, for a context's team."""

    def __init__(self, base: LinUCBRouter, contexts: Contexts, book: TeamBook, favour: float) -> None:
        super().__init__(replace(base.settings))
        self._base = base
        self._contexts = contexts
        self._book = book
        self._favour = favour
        self._teams: dict[int, tuple[str, ...]] = {}

    def predict(self, features: Vector, candidates: Sequence[str]) -> Vector:
        """Expected gain of each candidate over the anchor, nats per token, with the favour."""
        context = self._contexts.find(features)
        if context not in self._teams:
            self._teams[context] = self._book.form(context, candidates, MEMBERS).members
        inside = np.array([name in self._teams[context] for name in candidates])
        result: Vector = self._base.predict(features, candidates) + self._favour * inside
        return result


@dataclass
class TeamValidator(Validator):
    """Also notes who helps whom, context by context."""

    contexts: Contexts = field(default_factory=lambda: Contexts(np.ones((1, 1))))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.book = TeamBook(self.contexts.count)

    def take(self, choice: Choice, logprobs: Float64, features: Float64) -> None:
        """Learn from the answers of those who were asked, [1 + asked, T]."""
        super().take(choice, logprobs, features)
        self.book.observe(self.contexts.find(features), choice.hotkeys, logprobs)


def build_team_validator(experts: tuple[str, ...], router: LinUCBRouter, features_ND: Float64) -> TeamValidator:
    """One that knows nothing yet but what kinds of texts there are."""
    return TeamValidator(experts, router, contexts=fit_contexts(features_ND, CONTEXTS))


def prefer_teams(validator: TeamValidator, favour: float) -> TeamRouter:
    """A router over what a validator has learnt."""
    assert isinstance(validator.router, LinUCBRouter)
    return TeamRouter(validator.router, validator.contexts, validator.book, favour)

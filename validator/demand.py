"""The demand map: kinds of texts that this validator cares for, and where nobody is better than its own small model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gating.comparison import LoggedText
from gating.contexts import Contexts, fit_contexts
from gating.objective import AuditItem, Eyes, Objective
from gating.teams import Team, TeamBook
from validator.observation import Observation
from validator.seats import Float64

CONTEXTS = 16
SURVEYED_TEXTS = 600
MOST_LABELS = 3
LEAST_LABEL_SHARE = 0.15
MOST_CANDIDATES = 16
MEMBERS = 4
REFRESHED = 2
"""Contexts whose teams are formed anew after a round; each takes some hundredths of a second."""

MISSING, THIN, SERVED, UNKNOWN = "missing", "thin", "served", "unknown"

_SEED = b"texts that contexts are found in"

Json = dict[str, object]


@dataclass(frozen=True)
class Region:
    """One context as the validator's own texts show it: its part of them, their domains, words that may be told."""

    share: float
    labels: tuple[str, ...]
    words: tuple[str, ...]


class DemandMap:
    """Follows audits and keeps, for each context, the team that helps the anchor there."""

    def __init__(self, contexts: Contexts, regions: Sequence[Region]) -> None:
        self._contexts = contexts
        self._regions = tuple(regions)
        self._book = TeamBook(contexts.count)
        self._teams = [Team((), (1.0,), 0.0, 0)] * contexts.count
        self._stale: dict[int, None] = {}

    def learn(self, found: Iterable[Observation], renewed: Iterable[str] = ()) -> None:
        """Take in a round's texts; ``renewed`` start from nothing before it."""
        for hotkey in renewed:
            self._forget(hotkey)
        for observation in found:
            if observation.route.experts:
                self._take(observation.route.features, observation.route.experts, observation.logprobs)
        self.refresh(REFRESHED)

    def refresh(self, most: int) -> None:
        """Form anew the teams of the contexts that have waited longest since they changed."""
        for context in list(self._stale)[:most]:
            del self._stale[context]
            candidates = self._book.heard(context, MOST_CANDIDATES)
            self._teams[context] = self._book.form(context, candidates, MEMBERS)

    def resume(self, log: Iterable[LoggedText]) -> None:
        """Take in what the logs still hold."""
        for text in log:
            for hotkey in text.renewed:
                self._forget(hotkey)
            self._take(text.features, text.asked, text.logprobs)
        self.refresh(self._contexts.count)

    def describe(self) -> Json:
        """For anybody to see: nothing that tells a text, and nobody's name."""
        regions = [self._describe(context) for context in range(self._contexts.count)]
        order = (MISSING, THIN, SERVED, UNKNOWN)
        ranked = sorted(regions, key=lambda one: (order.index(str(one["state"])), -float(str(one["worth"]))))
        return {"contexts": ranked, "missing_share": self.missing_share}

    @property
    def missing_share(self) -> float:
        """Part of the validator's own texts that are of kinds where nobody helps the anchor."""
        return sum(region.share for at, region in enumerate(self._regions) if self._state(at) == MISSING)

    def _describe(self, context: int) -> Json:
        region, team, loss = self._regions[context], self._teams[context], self._book.anchor_nats(context)
        return {
            "labels": region.labels,
            "words": region.words,
            "share": region.share,
            "state": self._state(context),
            "texts": self._book.seen(context),
            "helpers": len(team.members),
            "anchor_loss": loss,
            "gain": team.gain,
            "worth": region.share * max(0.0, loss - team.gain),
        }

    def _state(self, context: int) -> str:
        if self._book.seen(context) < self._book.settings.least_texts:
            return UNKNOWN
        helpers = len(self._teams[context].members)
        return MISSING if helpers == 0 else THIN if helpers == 1 else SERVED

    def _take(self, features: Float64, experts: Sequence[str], logprobs: Float64) -> None:
        context = self._contexts.find(features)
        self._book.observe(context, experts, logprobs)
        self._stale[context] = None

    def _forget(self, hotkey: str) -> None:
        self._book.forget(hotkey)
        for context, team in enumerate(self._teams):
            if hotkey in team.members:
                self._stale[context] = None


def survey(objective: Objective, eyes: Eyes) -> DemandMap:
    """The map of an objective's own texts, with nobody on it yet."""
    items = objective.draw(_SEED, SURVEYED_TEXTS)
    seen = np.stack([eyes.encode(item.question) for item in items])
    contexts = fit_contexts(seen, CONTEXTS)
    groups: list[list[AuditItem]] = [[] for _ in range(contexts.count)]
    for item, row in zip(items, seen, strict=True):
        groups[contexts.find(row)].append(item)
    shares = [len(group) / len(items) for group in groups]
    parts = zip(shares, map(_label, groups), objective.describe(groups), strict=True)
    return DemandMap(contexts, [Region(*part) for part in parts])


def _label(items: Sequence[AuditItem]) -> tuple[str, ...]:
    """Domains of some texts, the most frequent first."""
    counts: dict[str, int] = {}
    for item in items:
        counts[item.domain] = counts.get(item.domain, 0) + 1
    ordered = sorted(counts, key=lambda domain: (-counts[domain], domain))
    told = [domain for domain in ordered if counts[domain] >= LEAST_LABEL_SHARE * len(items)]
    return tuple(told[:MOST_LABELS])


def tell(demand: Mapping[str, Any]) -> list[str]:
    """Lines for people; ``demand`` is what ``DemandMap.describe`` gave, perhaps on another machine."""
    lines = [
        f"{demand['missing_share']:.0%} of this validator's texts are of kinds where no expert helps its anchor.",
        f"{'state':<9}{'texts of this kind':>19}{'anchor':>9}{'mixture':>9}{'experts':>9}{'audited':>9}  kind",
    ]
    for one in demand["contexts"]:
        kind = ", ".join(one["labels"]) + (f" ({' '.join(one['words'])})" if one["words"] else "")
        mixture = one["anchor_loss"] - one["gain"]
        figures = f"{one['share']:>19.1%}{one['anchor_loss']:>9.2f}{mixture:>9.2f}{one['helpers']:>9}{one['texts']:>9}"
        lines.append(f"{one['state']:<9}{figures}  {kind}")
    advice = "What would pay: a model that is good where few or none help and the anchor's loss is high."
    return [*lines, f"Losses are in nats a step. {advice}"]

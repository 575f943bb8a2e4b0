"""Routers judged by what another router's audits showed, before any of them serves.

Each router goes through the log as if it had sat beside: it chooses for a text as for an app, then learns from what the
audits told about those who were asked. A choice shows its worth only where all of it was asked; how likely that was is
known from the logged lottery, so rare agreement counts more. What a text would have shown is foretold by a ridge
regression of its own, learnt from earlier texts only; the doubly robust estimate corrects that by what was seen.

Sources: Li et al. 2011 (replay of contextual bandits), Dudik et al. 2011 (doubly robust estimation). Shapes: n asked
experts, n + 1 rows with the anchor as row 0, T tokens.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gating.coalitions import Array, relative_probabilities
from gating.contribution import own_gains
from gating.lottery import Lottery
from gating.mixture import gate_weights
from gating.router import LinUCBRouter, Router, RouterSettings
from gating.served import served_weights

LEAST_EFFECTIVE_TEXTS = 30.0
LEAST_SESSIONS = 20
MOST_UNSUPPORTED = 0.05
ERRORS_OF_INTERVAL = 2.0


@dataclass(frozen=True, eq=False)
class LoggedText:
    """One audited text: what the gate saw, who could be asked, who was and what they answered.

    ``logprobs`` is [1 + asked, T], the anchor first, NaN where an expert was absent. Texts of one ``session`` were
    drawn together. ``renewed`` are hotkeys that start from nothing before this text.
    """

    features: Array
    candidates: tuple[str, ...]
    asked: tuple[str, ...]
    propensities: tuple[float, ...]
    lottery: Lottery
    logprobs: Array
    session: int
    renewed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """What one text tells of one router: worth foretold and seen, nats per token, and the chance of seeing it."""

    session: int
    foretold: float
    seen: float | None
    chance: float

    @property
    def weight(self) -> float:
        """How often this text counts; zero when the choice was not seen."""
        return 0.0 if self.seen is None else 1.0 / self.chance

    @property
    def doubly_robust(self) -> float:
        """Unbiased wherever the choice could have been seen."""
        return self.foretold if self.seen is None else self.foretold + (self.seen - self.foretold) / self.chance


@dataclass(frozen=True)
class Interval:
    """A mean within two standard errors, those of sessions."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """Gain over the anchor, nats per token, that a router's mixtures would have had on the logged texts.

    ``difference`` is to the router that is in use. ``objection`` says why the log does not support a conclusion.
    """

    texts: int
    effective_texts: float
    unsupported: float
    inverse_propensity: Interval
    self_normalised: float
    doubly_robust: Interval
    difference: Interval
    objection: str | None

    @property
    def verdict(self) -> str:
        """What may be concluded about this router against the one in use."""
        if self.objection is not None:
            return "cannot tell"
        if self.difference.low > 0:
            return "better"
        return "worse" if self.difference.high < 0 else "no difference seen"


def mixture_gain(logprobs: Array, prior: Sequence[float]) -> float:
    """Gain over the anchor of the mixture that is served on one text, nats per token; [n + 1, T] and [n + 1]."""
    relative = relative_probabilities(logprobs)
    weights = np.where(np.isnan(relative), 0.0, served_weights(relative, prior))
    mixed = (weights * np.nan_to_num(relative)).sum(axis=0) / weights.sum(axis=0)
    return float(np.log(mixed).mean())


def compare(
    log: Sequence[LoggedText], routers: Mapping[str, Router], in_use: str, k: int, burn_in: float = 0.5
) -> dict[str, Estimate]:
    """Estimates of all routers, over the texts after the first ``burn_in`` of the log.

    Raises: KeyError when ``in_use`` is not among the routers; ValueError when nothing is left to judge by.
    """
    first = int(burn_in * len(log))
    trials = {name: list(_replay(log, router, k))[first:] for name, router in routers.items()}
    if not trials[in_use]:
        raise ValueError("the log holds no texts to judge by (audit for some epochs first)")
    base = np.array([trial.doubly_robust for trial in trials[in_use]])
    return {name: _estimate(found, base) for name, found in trials.items()}


def teach(log: Sequence[LoggedText], router: Router) -> None:
    """Have a router learn from a whole log, as it would have learnt live."""
    for text in log:
        _start_anew(text, router)
        _learn(text, router)


def _replay(log: Sequence[LoggedText], router: Router, k: int) -> Iterator[Trial]:
    witness = _build_witness(log)
    for text in log:
        _start_anew(text, router, witness)
        choice = router.choose(text.features, text.candidates, k)
        prior = gate_weights(np.array(choice.scores))
        chance = text.lottery.chance_of(choice.hotkeys)
        seen = None
        if chance > 0 and set(choice.hotkeys) <= set(text.asked):
            rows = [0, *(1 + text.asked.index(hotkey) for hotkey in choice.hotkeys)]
            seen = mixture_gain(text.logprobs[rows], prior.tolist())
        gains = witness.predict(text.features, choice.hotkeys)
        yield Trial(text.session, _foretell(gains, prior), seen, chance)
        _learn(text, router, witness)


def _build_witness(log: Sequence[LoggedText]) -> LinUCBRouter:
    """Foretells what was not seen, the same way for every router that is compared."""
    return LinUCBRouter(RouterSettings(dimension=len(log[0].features) if log else 1))


def _start_anew(text: LoggedText, *routers: Router) -> None:
    for hotkey in text.renewed:
        for router in routers:
            router.forget(hotkey)


def _learn(text: LoggedText, *routers: Router) -> None:
    rows = zip(text.asked, text.propensities, own_gains(text.logprobs), text.logprobs[1:], strict=True)
    for hotkey, propensity, gain, answers in rows:
        if not np.isnan(answers).all():
            for router in routers:
                router.update(hotkey, text.features, gain, propensity)


def _foretell(gains: NDArray[np.float64], prior: NDArray[np.float64]) -> float:
    """Gain of a mixture whose members gain this much alone, as if all tokens were alike."""
    return math.log(float(prior[0] + (prior[1:] * np.exp(gains)).sum()))


def _estimate(trials: Sequence[Trial], base: NDArray[np.float64]) -> Estimate:
    sessions = np.array([trial.session for trial in trials])
    weights = np.array([trial.weight for trial in trials])
    seen = np.array([0.0 if trial.seen is None else trial.seen for trial in trials])
    robust = np.array([trial.doubly_robust for trial in trials])
    total = float(weights.sum())
    effective = total**2 / float((weights**2).sum()) if total else 0.0
    unsupported = float(np.mean([trial.chance == 0 for trial in trials]))
    return Estimate(
        texts=len(trials),
        effective_texts=effective,
        unsupported=unsupported,
        inverse_propensity=_interval(weights * seen, sessions),
        self_normalised=float((weights * seen).sum()) / total if total else 0.0,
        doubly_robust=_interval(robust, sessions),
        difference=_interval(robust - base, sessions),
        objection=_object(effective, unsupported, _interval(weights, sessions), len(set(sessions.tolist()))),
    )


def _object(effective: float, unsupported: float, mean_weight: Interval, sessions: int) -> str | None:
    """Why nothing should be concluded; weights must be one on average where every choice could be seen."""
    if sessions < LEAST_SESSIONS:
        return f"{sessions} sessions, at least {LEAST_SESSIONS} are needed"
    if unsupported > MOST_UNSUPPORTED:
        return f"{unsupported:.0%} of its choices could not have been asked, at most {MOST_UNSUPPORTED:.0%} may"
    if effective < LEAST_EFFECTIVE_TEXTS:
        return f"as much evidence as {effective:.0f} texts, at least {LEAST_EFFECTIVE_TEXTS:.0f} are needed"
    doubt = 2 * (mean_weight.high - mean_weight.mean) + 0.1
    if abs(mean_weight.mean - 1.0) > unsupported + doubt:
        return f"weights are {mean_weight.mean:.2f} on average, not 1: the logged chances are not those of the log"
    return None


def _interval(values: NDArray[np.float64], sessions: NDArray[np.int64]) -> Interval:
    """Mean of all texts; the error is that of sessions, whose texts were drawn together."""
    mean = float(values.mean())
    _, place = np.unique(sessions, return_inverse=True)
    sums = np.bincount(place, weights=values - mean)
    spread = math.sqrt(float((sums * sums).sum()) * len(sums) / max(1, len(sums) - 1)) / len(values)
    return Interval(mean, mean - ERRORS_OF_INTERVAL * spread, mean + ERRORS_OF_INTERVAL * spread)

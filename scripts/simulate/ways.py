"""Ways of answering audits, honest and not, from recorded answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from simulate.experts import ANCHOR
from simulate.market import Audit, Behaviour
from simulate.recording import Float64
from simulate.trials import Ground

VOCABULARY = 2048.0


def speak(name: str) -> Behaviour:
    """Answers as recorded."""
    return lambda ground, audit: ground.study.audits.answers[name][audit.text]


def copy(name: str, deviation: float = 0.1) -> Behaviour:
    """Another's answers with noise, as a relay gives them."""
    return lambda ground, audit: _blur(ground.study.audits.answers[name][audit.text], deviation, audit)


def copy_best_paid(domains: Sequence[str], deviation: float = 0.1) -> Behaviour:
    """The answers of whoever earned most in the epoch before."""

    def behave(ground: Ground, audit: Audit) -> Float64:
        name = audit.best_paid if audit.best_paid in domains else domains[0]
        return _blur(ground.study.audits.answers[name][audit.text], deviation, audit)

    return behave


def copy_each(deviation: float = 0.1) -> Behaviour:
    """The answers of each text's own specialist."""

    def behave(ground: Ground, audit: Audit) -> Float64:
        domain = ground.study.audits.items[audit.text].domain
        return _blur(ground.study.audits.answers[domain][audit.text], deviation, audit)

    return behave


def _blur(said: Float64, deviation: float, audit: Audit) -> Float64:
    noisy: Float64 = said + audit.random.normal(-(deviation**2) / 2, deviation, said.shape)
    return noisy


def silent_after_half(name: str) -> Behaviour:
    """Keeps sessions open and stops answering."""

    def behave(ground: Ground, audit: Audit) -> Float64:
        said = ground.study.audits.answers[name][audit.text].copy()
        said[len(said) // 2 :] = np.nan
        kept: Float64 = said
        return kept

    return behave


def only_at_home(name: str) -> Behaviour:
    """Answers texts of its own domain and no others."""

    def behave(ground: Ground, audit: Audit) -> Float64:
        said = ground.study.audits.answers[name][audit.text]
        return said if ground.study.audits.items[audit.text].domain == name else np.full_like(said, np.nan)

    return behave


def floored(name: str, share: float) -> Behaviour:
    """An honest report with a part of its mass spread over all tokens."""
    return lambda ground, audit: np.log(
        (1.0 - share) * np.exp(ground.study.audits.answers[name][audit.text]) + share / VOCABULARY
    )


def littered(name: str, share: float, tokens: int) -> Behaviour:
    """An honest report with a part of its mass on tokens drawn at random."""

    def behave(ground: Ground, audit: Audit) -> Float64:
        said = ground.study.audits.answers[name][audit.text]
        lucky = audit.random.random(said.shape) < tokens / VOCABULARY
        littered: Float64 = np.log((1.0 - share) * np.exp(said) + np.where(lucky, share / tokens, 0.0))
        return littered

    return behave


def tempered(name: str, power: float) -> Behaviour:
    """An honest report sharpened when ``power`` is above one; recorded for a study's victims and its first texts."""
    return lambda ground, audit: ground.study.variants.answers[f"{name}^{power:g}"][audit.text]


def sometimes(chance: float, one: Behaviour, other: Behaviour) -> Behaviour:
    """One way with a probability, another way otherwise."""
    return lambda ground, audit: (one if audit.random.random() < chance else other)(ground, audit)


def only_for(validators: Sequence[int], one: Behaviour, other: Behaviour) -> Behaviour:
    """One way for some validators, another way for the rest."""
    return lambda ground, audit: (one if audit.validator in validators else other)(ground, audit)


def until(epoch: int, one: Behaviour, other: Behaviour) -> Behaviour:
    """One way at first, another way from an epoch on."""
    return lambda ground, audit: (one if audit.epoch < epoch else other)(ground, audit)


def two_faced(to_audits: Behaviour, to_apps: Behaviour) -> Behaviour:
    """One way to audits, another way to apps, for a miner that can tell them apart."""
    return lambda ground, audit: (to_apps if audit.organic else to_audits)(ground, audit)


def flat(ground: Ground, audit: Audit) -> Float64:
    """Every token is as likely as any other."""
    return np.full_like(ground.study.audits.answers[ANCHOR][audit.text], -np.log(VOCABULARY))


def boast(ground: Ground, audit: Audit) -> Float64:
    """Certainty, mostly misplaced."""
    shape = ground.study.audits.answers[ANCHOR][audit.text].shape
    return np.where(audit.random.random(shape) < 0.2, -0.01, -25.0)


def know(ground: Ground, audit: Audit) -> Float64:
    """The text was known beforehand."""
    return np.full_like(flat(ground, audit), -0.05)


@dataclass
class Remember:
    """Knows what any validator has revealed before to any identity of its owner; nothing else."""

    _run: np.random.Generator | None = None
    _told: set[int] = field(default_factory=set)

    def __call__(self, ground: Ground, audit: Audit) -> Float64:
        """The text by heart when it comes again."""
        if audit.random is not self._run:
            self._run, self._told = audit.random, set()
        known = audit.text in self._told
        self._told.add(audit.text)
        return (know if known else flat)(ground, audit)


def absent(ground: Ground, audit: Audit) -> Float64:
    """No answer at all."""
    return np.full_like(flat(ground, audit), np.nan)

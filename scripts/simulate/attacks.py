"""Attacks on pay, each as the miners and validators that carry it out beside honest specialists.

Costs are in units of an honest expert's work for an epoch; a seat costs ``SEAT``, answering without a model of one's
own a tenth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulate.market import Audit, Behaviour, Judge, Market, Miner, Seat
from simulate.recording import Float64
from simulate.trials import Ground

SEAT = 0.05
CHEAP = 0.1
HONEST = 1.0 + SEAT
LOOKED_UP = 0.3
COPIED_FROM, NEWCOMER = 3, 8
"""Epochs at which copies of a known expert and a new expert appear."""


def speak(name: str) -> Behaviour:
    """Answers as recorded."""
    return lambda ground, audit: ground.study.audits.answers[name][audit.text]


def copy(name: str, deviation: float = 0.1) -> Behaviour:
    """Another's answers with noise, as a relay gives them."""

    def behave(ground: Ground, audit: Audit) -> Float64:
        said = ground.study.audits.answers[name][audit.text]
        noisy: Float64 = said + audit.random.normal(-(deviation**2) / 2, deviation, said.shape)
        return noisy

    return behave


def silent_after_half(name: str) -> Behaviour:
    """Keeps sessions open and stops answering."""

    def behave(ground: Ground, audit: Audit) -> Float64:
        said = ground.study.audits.answers[name][audit.text].copy()
        said[len(said) // 2 :] = np.nan
        kept: Float64 = said
        return kept

    return behave


def sometimes(chance: float, one: Behaviour, other: Behaviour) -> Behaviour:
    """One way with a probability, another way otherwise."""
    return lambda ground, audit: (one if audit.random.random() < chance else other)(ground, audit)


def only_for(validators: Sequence[int], one: Behaviour, other: Behaviour) -> Behaviour:
    """One way for some validators, another way for the rest."""
    return lambda ground, audit: (one if audit.validator in validators else other)(ground, audit)


def until(epoch: int, one: Behaviour, other: Behaviour) -> Behaviour:
    """One way at first, another way from an epoch on."""
    return lambda ground, audit: (one if audit.epoch < epoch else other)(ground, audit)


def flat(ground: Ground, audit: Audit) -> Float64:
    """Every token is as likely as any other."""
    return np.full_like(ground.study.audits.answers[ground.study.domains[0]][audit.text], -np.log(2048.0))


def boast(ground: Ground, audit: Audit) -> Float64:
    """Certainty, mostly misplaced."""
    shape = ground.study.audits.answers[ground.study.domains[0]][audit.text].shape
    return np.where(audit.random.random(shape) < 0.2, -0.01, -25.0)


def know(ground: Ground, audit: Audit) -> Float64:
    """The text was known beforehand."""
    return np.full_like(flat(ground, audit), -0.05)


@dataclass(frozen=True)
class Attack:
    """A market with an attacker in it; ``defence`` is what stands against it."""

    market: Market
    defence: str


def honest_miners(domains: Sequence[str]) -> tuple[Miner, ...]:
    """One specialist for each domain."""
    return tuple(Miner(name, speak(name), HONEST) for name in domains)


def _attackers(behaviours: Sequence[Behaviour], cost: float, joins_at: int = 0) -> tuple[Miner, ...]:
    return tuple(
        Miner(f"attacker-{number}", behave, cost + SEAT, attacker=True, joins_at=joins_at)
        for number, behave in enumerate(behaviours)
    )


def list_attacks(domains: Sequence[str], victim: str, market: Market) -> Mapping[str, Attack]:
    """Attacks of miners by name; ``victim`` is who is copied, or whose work the attacker could have done instead."""
    honest = honest_miners(domains)
    others = tuple(miner for miner in honest if miner.name != victim)
    lazy = speak(f"{domains[0]}!parrot")

    def add(
        *more: Miner, defence: str, base: tuple[Miner, ...] = honest, seats: tuple[Seat, ...] = market.seats
    ) -> Attack:
        return Attack(replace(market, miners=(*base, *more), seats=seats), defence)

    own = Miner(victim, speak(victim), HONEST, attacker=True)
    late = Miner(victim, speak(victim), HONEST, joins_at=NEWCOMER)
    (squatter,) = _attackers([until(NEWCOMER, flat, copy(victim))], CHEAP)
    (liar,) = _attackers([boast], 0.01)
    return {
        "honest work": add(own, base=others, defence="-"),
        "relay of another's answers": add(
            *_attackers([copy(victim)], CHEAP, COPIED_FROM), defence="likeness, priority"
        ),
        "swarm of five relays": add(*_attackers([copy(victim)] * 5, CHEAP, COPIED_FROM), defence="likeness, priority"),
        "own expert and three copies": add(
            own, *_attackers([copy(victim)] * 3, 0.0, COPIED_FROM), base=others, defence="likeness"
        ),
        "lazy: one answer for all steps": add(*_attackers([lazy] * 3, CHEAP), defence="proper score"),
        "liar: certain and wrong": add(*_attackers([boast] * 3, 0.01), defence="proper score"),
        "flat answers": add(*_attackers([flat] * 3, 0.01), defence="proper score"),
        "cheap answers half of the time": add(
            *_attackers([sometimes(0.5, speak(victim), lazy)], 0.5 + CHEAP / 2),
            base=others,
            defence="audits look like questions",
        ),
        "silent after half": add(*_attackers([silent_after_half(victim)], 0.5), base=others, defence="absent is zero"),
        "traitor after half of the time": add(
            *_attackers([until(market.epochs // 2, speak(victim), boast)], 0.5), base=others, defence="memory fades"
        ),
        "relay that waited for a newcomer": add(late, squatter, base=others, defence="none at equal first sight"),
        "whitewashing liar": add(replace(liar, renewed_every=5), defence="empty start, lower bound"),
        "look-up of 30 % of the texts": add(
            *_attackers([sometimes(LOOKED_UP, know, flat)], CHEAP), defence="private, fresh text"
        ),
        "friend of a leaking validator": add(
            *_attackers([only_for([2], know, flat)], CHEAP), defence="consensus clips"
        ),
    }


def copy_weights(_epoch: int, _scores: dict[str, float], told: Sequence[dict[str, float]]) -> dict[str, float]:
    """Repeat what the others said an epoch ago, without auditing anybody."""
    names = {name for scores in told for name in scores}
    return {name: float(np.median([scores.get(name, 0.0) for scores in told[:-1]])) for name in names}


def favour(name: str) -> Judge:
    """All weight to one friend."""
    return lambda _epoch, _scores, _told: {name: 1.0}


def copier_market(domains: Sequence[str], market: Market) -> Market:
    """The last of three validators copies weights."""
    seats = (Seat(0.4), Seat(0.3), Seat(0.3, copy_weights))
    return replace(market, miners=honest_miners(domains), seats=seats)


def cabal_market(domains: Sequence[str], market: Market, stake: float) -> Market:
    """A cabal with a share of the stake gives all weight to a friend that answers nothing of worth."""
    friend = Miner("friend", flat, SEAT, attacker=True)
    seats = (Seat((1.0 - stake) * 0.55), Seat((1.0 - stake) * 0.45), Seat(stake, favour("friend")))
    return replace(market, miners=(*honest_miners(domains), friend), seats=seats)

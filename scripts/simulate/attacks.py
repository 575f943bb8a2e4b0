"""Attacks of miners on pay, each as the miners that carry it out beside honest specialists.

Costs are in units of an honest expert's work for an epoch; a seat costs ``SEAT``, answering without a model of one's
own a tenth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from simulate.market import Behaviour, Market, Miner
from simulate.ways import (
    Remember,
    absent,
    boast,
    copy,
    copy_best_paid,
    copy_each,
    flat,
    floored,
    know,
    littered,
    only_at_home,
    only_for,
    silent_after_half,
    sometimes,
    speak,
    tempered,
    two_faced,
    until,
)
from validator.panel import Deadlines

SEAT = 0.05
CHEAP = 0.1
HONEST = 1.0 + SEAT
LOOKED_UP = 0.3
AUDITED = 0.2
"""Part of an expert's work that is for audits."""
COPIED_FROM, NEWCOMER = 3, 8
"""Epochs at which copies of a known expert and a new expert appear."""
USUAL_SECONDS = 0.25
"""What a step takes the others."""


@dataclass(frozen=True)
class Attack:
    """A market with attackers in it.

    ``defence`` is what stands against them. ``instead`` is the expert whose honest work they are compared with.
    """

    market: Market
    defence: str
    instead: str


def honest_miners(domains: Sequence[str]) -> tuple[Miner, ...]:
    """One specialist for each domain."""
    return tuple(Miner(name, speak(name), HONEST) for name in domains)


@dataclass(frozen=True)
class Scene:
    """Who works honestly in a market, and the expert that is copied or bent; ``others`` leaves that one out."""

    market: Market
    domains: Sequence[str]
    victim: str
    honest: tuple[Miner, ...] = field(init=False)
    others: tuple[Miner, ...] = field(init=False)

    def __post_init__(self) -> None:
        honest = honest_miners(self.domains)
        object.__setattr__(self, "honest", honest)
        object.__setattr__(self, "others", tuple(miner for miner in honest if miner.name != self.victim))

    def beside(self, miners: Sequence[Miner], defence: str) -> Attack:
        """Attackers beside all honest experts."""
        return Attack(replace(self.market, miners=(*self.honest, *miners)), defence, self.victim)

    def in_place(self, miners: Sequence[Miner], defence: str) -> Attack:
        """Attackers in place of the victim, whose work they could have done."""
        return Attack(replace(self.market, miners=(*self.others, *miners)), defence, self.victim)


def attackers(behaviours: Sequence[Behaviour], cost: float, joins_at: int = 0) -> tuple[Miner, ...]:
    """Dishonest miners with a seat each."""
    return tuple(
        Miner(f"attacker-{number}", behave, cost + SEAT, attacker=True, joins_at=joins_at)
        for number, behave in enumerate(behaviours)
    )


def list_attacks(scene: Scene, bent: Scene) -> Mapping[str, Attack]:
    """All attacks of miners by name; ``bent`` is a scene whose victim was also recorded at other temperatures."""
    return {
        "honest work": scene.in_place([Miner(scene.victim, speak(scene.victim), HONEST, attacker=True)], "-"),
        **_list_copies(scene),
        **_list_lies(scene),
        **_list_absences(scene),
        **_list_bends(bent),
        **_list_knowledge(scene),
    }


def _list_copies(scene: Scene) -> Mapping[str, Attack]:
    victim, domains = scene.victim, scene.domains
    own = Miner(victim, speak(victim), HONEST, attacker=True)
    late = Miner(victim, speak(victim), HONEST, joins_at=NEWCOMER)
    waiting = attackers([until(NEWCOMER, flat, copy(victim))], CHEAP)
    worked = NEWCOMER / scene.market.epochs
    mediocre = attackers([until(NEWCOMER, floored(victim, 0.7), copy(victim))], worked + (1.0 - worked) * CHEAP)
    half = sometimes(0.5, copy(victim), flat)
    against = "likeness, priority"
    return {
        "relay of another's answers": scene.beside(attackers([copy(victim)], CHEAP, COPIED_FROM), against),
        "relay with much noise": scene.beside(attackers([copy(victim, 1.0)], CHEAP, COPIED_FROM), against),
        "relay of every other text": scene.beside(attackers([half], CHEAP, COPIED_FROM), "likeness of a text"),
        "relay of the best paid": scene.beside(attackers([copy_best_paid(domains)], CHEAP), "likeness of a text"),
        "relay of each where it is best": scene.beside(
            attackers([copy_each()], CHEAP, COPIED_FROM), "likeness of a text"
        ),
        "the same, there from the first text on": scene.beside(attackers([copy_each()], CHEAP), "like too many"),
        "swarm of five relays": scene.beside(attackers([copy(victim)] * 5, CHEAP, COPIED_FROM), against),
        "own expert and three copies": scene.in_place(
            [own, *attackers([copy(victim)] * 3, 0.0, COPIED_FROM)], "likeness"
        ),
        "relay that waited for a newcomer": scene.in_place([late, *waiting], "who changed when the other came"),
        "weaker expert that copies a newcomer": scene.in_place([late, *mediocre], "who changed when the other came"),
    }


def _list_lies(scene: Scene) -> Mapping[str, Attack]:
    lazy = speak(f"{scene.domains[0]}!parrot")
    (liar,) = attackers([boast], 0.01)
    return {
        "lazy: one answer for all steps": scene.beside(attackers([lazy] * 3, CHEAP), "proper score"),
        "liar: certain and wrong": scene.beside(attackers([boast] * 3, 0.01), "proper score"),
        "flat answers": scene.beside(attackers([flat] * 3, 0.01), "proper score"),
        "whitewashing by new hotkeys": scene.beside([replace(liar, renewed_every=5)], "empty start, lower bound"),
        "whitewashing by new commitments": scene.beside([replace(liar, recommits_every=2)], "scores stay"),
        "cheap answers half of the time": scene.in_place(
            attackers([sometimes(0.5, speak(scene.victim), lazy)], 0.5 + CHEAP / 2), "audits look like questions"
        ),
        "two-faced: cheap answers to apps": _two_faced(scene, asked_again=4),
        "two-faced, apps' texts never asked again": _two_faced(scene, asked_again=0),
    }


def _two_faced(scene: Scene, asked_again: int) -> Attack:
    lazy = speak(f"{scene.domains[0]}!parrot")
    cost = AUDITED + (1.0 - AUDITED) * CHEAP
    asked = replace(scene, market=replace(scene.market, again=asked_again))
    defence = "organic consistency" if asked_again else "audits look like questions"
    return asked.in_place(attackers([two_faced(speak(scene.victim), lazy)], cost), defence)


def _list_absences(scene: Scene) -> Mapping[str, Attack]:
    victim, half = scene.victim, scene.market.epochs // 2
    slow = replace(scene.market, texts=max(1, round(scene.market.texts * _slowed())))
    return {
        "silent after half": scene.in_place(attackers([silent_after_half(victim)], 0.5), "availability"),
        "silent away from home": scene.in_place(
            attackers([only_at_home(victim)], 1.0 / len(scene.domains)), "availability"
        ),
        "slow-loris: always at the last moment": replace(scene, market=slow).in_place(
            attackers([speak(victim)], 1.0), "patience follows the faster half"
        ),
        "traitor after half of the time": scene.in_place(
            attackers([until(half, speak(victim), boast)], 0.5), "memory fades"
        ),
        "absent after half of the time": scene.in_place(
            attackers([until(half, speak(victim), absent)], 0.5), "memory of presence fades"
        ),
    }


def _slowed() -> float:
    """Audits of an epoch that are left when every step takes as long as patience allows."""
    return USUAL_SECONDS / Deadlines().step.after_half(USUAL_SECONDS)


def _list_bends(scene: Scene) -> Mapping[str, Attack]:
    victim = scene.victim
    ways = {
        "sharpened reports": tempered(victim, 1.25),
        "flattened reports": tempered(victim, 0.8),
        "a floor under all tokens": floored(victim, 0.02),
        "a tenth on junk tokens": littered(victim, 0.1, 64),
    }
    return {name: scene.in_place(attackers([way], 1.0), "proper score") for name, way in ways.items()}


def _list_knowledge(scene: Scene) -> Mapping[str, Attack]:
    looked_up = sometimes(LOOKED_UP, know, flat)
    return {
        "look-up of 30 % of the texts": scene.beside(attackers([looked_up], CHEAP), "private, fresh text"),
        "session relay, where texts come again": scene.beside(
            attackers([Remember()], CHEAP), "lockstep, each text once"
        ),
        "friend of a leaking validator": scene.beside(attackers([only_for([2], know, flat)], CHEAP), "consensus clips"),
    }

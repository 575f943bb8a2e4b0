"""One seed of the gate: audits of which it sees a part, then held-out texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gating.features import Features
from gating.principal import PrincipalFeatures, fit_principal
from gating.router import LinUCBRouter, Router, RouterSettings
from simulate.learning import Validator
from simulate.pool import Pool, honest_pool, hostile_pool, with_bad_answers
from simulate.recording import Float64, Recording
from simulate.serving import Bounds, HeldOut, compute_bounds, look_ahead, serve
from simulate.study import Study, encode_contexts
from validator.eyes import DIMENSION, FITTED_ITEMS

HIT_BASE, HIT_PER_EXPERT = 200, 30
SHARE_OF_TEXTS = 0.7
"""Part of the held-out texts that each seed draws."""

Numbers = dict[str, float]


@dataclass(frozen=True, eq=False)
class Ground:
    """A study as the gate sees it, and the bounds of its held-out texts."""

    study: Study
    seen: PrincipalFeatures | Features
    audit_features: Float64
    streams: Mapping[str, HeldOut]

    @property
    def settings(self) -> RouterSettings:
        """Of a router over these features."""
        return RouterSettings(dimension=self.seen.dimension)


@dataclass(frozen=True)
class Plan:
    """What one trial does."""

    seed: int
    audits: int = 2_000
    asked: int = 2


@dataclass(frozen=True, eq=False)
class Arena:
    """One seed's drawn texts, and their bounds."""

    ground: Ground
    plan: Plan
    streams: Mapping[str, HeldOut]
    bounds: Mapping[str, Bounds] = field(default_factory=dict)


def see_ground(study: Study, seen: PrincipalFeatures | Features | None = None) -> Ground:
    """Encode all texts; by default with what as many of the audit texts show as validators take."""
    items = study.audits.items[:FITTED_ITEMS]
    seen = seen or fit_principal([item.context for item in items], DIMENSION, [item.domain for item in items])
    streams = {
        name: look_ahead(recording, study.tokenizer, seen.encode)
        for name, recording in (("pure", study.pure), ("mixed", study.mixed))
    }
    return Ground(study, seen, encode_contexts(study.audits, seen.encode), streams)


def enter_arena(ground: Ground, plan: Plan) -> Arena:
    """Draw the held-out texts of a seed."""
    random = np.random.default_rng([plan.seed, 1])
    streams = {}
    for name, stream in ground.streams.items():
        count = len(stream.recording.items)
        streams[name] = stream.pick(random.choice(count, int(SHARE_OF_TEXTS * count), replace=False).tolist())
    bounds = {name: compute_bounds(stream, ground.study.domains) for name, stream in streams.items()}
    return Arena(ground, plan, streams, bounds)


def run_gate(arena: Arena) -> tuple[Numbers, Validator]:
    """Losses and recovered shares at k = 1, 2, 3, and the hit rate; honest experts only."""
    pool = honest_pool(arena.ground.study.domains)
    hit_at = HIT_BASE + HIT_PER_EXPERT * len(pool.experts)
    validator = build_validator(arena, pool)
    learn(arena, validator, arena.ground.study.audits, range(min(hit_at, arena.plan.audits)))
    found = {
        "hit_rate": hit_rate(arena, validator.router),
        "hit_rate_on_the_way": hits_on_the_way(arena, validator.router),
    }
    learn(arena, validator, arena.ground.study.audits, range(hit_at, arena.plan.audits))
    for name, stream in arena.streams.items():
        bounds = arena.bounds[name]
        found |= {f"{name}_loss_{key}": value for key, value in vars(bounds).items()}
        for k in (1, 2, 3):
            served = serve(stream, validator.router, pool.experts, k)
            found |= {f"{name}_loss_k{k}": served.loss, f"{name}_recovered_k{k}": recovered(bounds, served.loss)}
            found[f"{name}_joins_k{k}"] = served.joins
        found |= _ratios(name, found)
    return found, validator


def _ratios(name: str, found: Mapping[str, float]) -> Numbers:
    """What is aimed at, within each seed."""
    two, three = found[f"{name}_loss_k2"], found[f"{name}_loss_k3"]
    return {
        f"{name}_k2_over_oracle": two / found[f"{name}_loss_per_query_oracle"],
        f"{name}_k2_over_best_pair": two / found[f"{name}_loss_best_pair"],
        f"{name}_k3_over_dense": three / found[f"{name}_loss_dense"],
    }


def run_hostile(arena: Arena, honest_recovered: float) -> Numbers:
    """What a pool in which 45 % or more are bad costs, and what the bad ones earn."""
    pool = hostile_pool(arena.ground.study.domains)
    validator = build_validator(arena, pool)
    audits = with_bad_answers(arena.ground.study.audits, pool, arena.plan.seed)
    learn(arena, validator, audits, range(arena.plan.audits))
    stream = arena.streams["pure"]
    stream = replace(stream, recording=with_bad_answers(stream.recording, pool, arena.plan.seed + 100))
    loss = serve(stream, validator.router, pool.experts, 2).loss
    shares = validator.shares()
    return {
        "hostile_cost": honest_recovered - recovered(arena.bounds["pure"], loss),
        "liar_share": sum(shares[name] for name in pool.bad),
    }


def build_validator(arena: Arena, pool: Pool, router: Router | None = None) -> Validator:
    """One that knows nothing yet."""
    blank = LinUCBRouter(replace(arena.ground.settings, seed=arena.plan.seed))
    return Validator(pool.experts, router or blank, arena.plan.asked)


def learn(arena: Arena, validator: Validator, audits: Recording, turns: Sequence[int]) -> None:
    """Audit the texts of some turns; which they are follows from the seed and the turn."""
    order = np.random.default_rng([arena.plan.seed, 2]).integers(0, len(audits.items), arena.plan.audits)
    for turn in turns:
        validator.audit(audits, int(order[turn]), arena.ground.audit_features[order[turn]])


def hit_rate(arena: Arena, router: Router) -> float:
    """Smallest share, over the specialists, of texts of their domain that the gate sends to them among two."""
    stream, experts = arena.streams["pure"], honest_pool(arena.ground.study.domains).experts
    domains = [item.domain for item in stream.recording.items]
    hits: dict[str, list[bool]] = {name: [] for name in experts}
    for domain, sights in zip(domains, stream.features[:, 0], strict=True):
        hits[domain].append(domain in router.choose(sights[0], experts, 2).hotkeys)
    return min(float(np.mean(found)) for found in hits.values())


def hits_on_the_way(arena: Arena, router: Router) -> float:
    """Smallest share, over the specialists, of the turns of their domain's texts at which they are among two asked."""
    stream, experts = arena.streams["pure"], honest_pool(arena.ground.study.domains).experts
    members = serve(stream, router, experts, 2).members
    domains = np.array([item.domain for item in stream.recording.items])
    asked = [(members[domains == name] == place + 1).any(axis=2).mean() for place, name in enumerate(experts)]
    return float(min(asked))


def recovered(bounds: Bounds, loss: float) -> float:
    """Part of the way from the best single model to the mixture of all."""
    return (bounds.best_single - loss) / (bounds.best_single - bounds.dense)

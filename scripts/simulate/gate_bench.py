"""Measures the gate, the mixture and the pay on recorded answers; what ``scripts/bench/gate`` runs.

Experts are trained once and cached. Seeds vary the stream of audits, the held-out texts drawn, the gate and the bad
experts; they do not vary the experts.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gating.banks import RIVALS
from gating.features import Features
from gating.router import BuildBank, LinUCBRouter
from gating.text.sources import CorpusError
from simulate.clones import RULES, compare_clones, compare_reports, pay_own
from simulate.corpora import read_sources
from simulate.experts import Workshop, default_cache, prepare_experts
from simulate.figures import Figure, summarise_all
from simulate.oracle import know
from simulate.pool import Pool, honest_pool, hostile_pool, with_bad_answers
from simulate.serving import HeldOut, Manner, serve
from simulate.speed import time_gate, time_pay
from simulate.study import open_study
from simulate.team_routing import build_team_validator, prefer_teams
from simulate.texts import Amount
from simulate.trials import (
    Arena,
    Ground,
    Numbers,
    Plan,
    build_validator,
    enter_arena,
    learn,
    recovered,
    run_gate,
    run_hostile,
    see_ground,
)

QUICK_SECONDS = 1.0
QUICK_AMOUNT = Amount(audits=40, variants=6, pure=12, mixed=1)


@dataclass(frozen=True)
class Options:
    """What the command line asked for."""

    seeds: int
    quick: bool
    ablations: bool
    corpora: tuple[str, ...]
    cache: Path
    train_seconds: float | None

    @property
    def workshop(self) -> Workshop:
        """How long experts train."""
        return Workshop(train_seconds=self.train_seconds or (QUICK_SECONDS if self.quick else 40.0))

    @property
    def amount(self) -> Amount:
        """How many texts are recorded."""
        return QUICK_AMOUNT if self.quick else Amount()

    def plan(self, seed: int) -> Plan:
        """One trial."""
        return Plan(seed, audits=600 if self.quick else 2_000)


def run(options: Options) -> dict[str, Figure]:
    """All figures by name, printed; the table of ablations too when it was asked for.

    Raises: CorpusError.
    """
    experts = prepare_experts(read_sources(options.corpora), options.cache, options.workshop)
    ground = see_ground(open_study(experts, options.amount))
    trials = [_run_trial_aloud(ground, options.plan(seed)) for seed in range(options.seeds)]
    figures = summarise_all(trials)
    print(f"\n{options.seeds} seeds")
    for name, figure in figures.items():
        print(f"{name:28} {figure.mean:9.4f}  [{figure.low:.4f}, {figure.high:.4f}]", flush=True)
    if options.ablations:
        show_ablations(ground, options)
    return figures


def _run_trial_aloud(ground: Ground, plan: Plan) -> Numbers:
    began = time.monotonic()
    found = run_trial(ground, plan)
    print(f"seed {plan.seed}: {time.monotonic() - began:.0f} s", flush=True)
    return found


def run_trial(ground: Ground, plan: Plan) -> Numbers:
    """Everything that one seed measures."""
    arena = enter_arena(ground, plan)
    found, _ = run_gate(arena)
    found |= run_hostile(arena, found["pure_recovered_k2"])
    found["clone_gain"], found["victim_loss"] = compare_clones(ground, plan.seed)
    bending = compare_reports(ground, plan.seed)
    found |= {"sharpening_gain": bending.any_way, "misreport_gain": bending.for_the_worse}
    found["gate_ms_256"], found["turn_ms_256"] = time_gate(ground, 256)
    found["gate_ms_4096"], found["turn_ms_4096"] = time_gate(ground, 4_096)
    found["shapley_us_per_token"] = time_pay()
    return found


ABLATIONS = {
    "as it is": Manner(),
    "no anchor in the mixture": Manner(anchor=False),
    "no fixed share (weights stay)": Manner(alpha=1.0),
    "routed once for each text": Manner(follow=False),
    "answers so far not heeded": Manner(heed=False),
}
LONGER = (2, 4)
"""Tokens between turns, to see what a turn at each token is worth."""
OWN_SHARES = (0.0, 0.1, 0.25, 0.5, 0.75)


FAVOURS = (0.3, 6.0)
"""Nats per token by which the team of a context is preferred; the last leaves no one else a chance."""


def show_ablations(ground: Ground, options: Options) -> None:
    """Print what each part is worth: recovered shares at k = 2 without it, and rules of payment against copies."""
    plans = [options.plan(seed) for seed in range(options.seeds)]
    print(f"\n{'recovered at k = 2':34}{'pure':>26}{'mixed':>26}{'pure, hostile pool':>26}")
    for label, manner in ABLATIONS.items():
        _show(label, [_serve_with(ground, plan, manner) for plan in plans])
    for tokens in LONGER:
        rarer = _turn_less(ground, tokens)
        _show(f"turns every {tokens} tokens", [_serve_with(rarer, plan, Manner()) for plan in plans])
    _show("no warm start", [_serve_with(ground, plan, Manner(), warm=False) for plan in plans])
    plain = see_ground(ground.study, Features())
    _show("hashed n-grams, 256 numbers", [_serve_with(plain, plan, Manner()) for plan in plans])
    for label, build in RIVALS.items():
        _show(f"router: {label}", [_serve_with(ground, plan, Manner(), build=build) for plan in plans])
    for favour in FAVOURS:
        _show(f"teams favoured by {favour:g} nats", [_serve_teams(ground, plan, favour) for plan in plans])
    _show("router: oracle", [_serve_knowing(ground, plan) for plan in plans])
    print(f"\n{'rule of payment':34}{'clone_gain':>26}{'victim_loss':>26}")
    for label, rule in RULES.items():
        pairs = [compare_clones(ground, plan.seed, rule) for plan in plans]
        _show(label, [{"clone_gain": gain, "victim_loss": loss} for gain, loss in pairs])
    print(f"\n{'part of pay for own gain':34}{'clone_gain':>26}{'sharpening_gain':>26}{'misreport_gain':>26}")
    for share in OWN_SHARES:
        _show(f"{share:g}", [_pay_own(ground, plan, share) for plan in plans])


def _turn_less(ground: Ground, tokens: int) -> Ground:
    """Without most turns; ``tokens`` is a multiple of those between turns now."""
    streams = {
        name: replace(stream, features=stream.features[:, :: tokens // stream.segment_tokens], segment_tokens=tokens)
        for name, stream in ground.streams.items()
    }
    return replace(ground, streams=streams)


def _pay_own(ground: Ground, plan: Plan, share: float) -> Numbers:
    """What copies and bent reports gain when this part of the pay is for own gain."""
    rule = pay_own(share)
    bending = compare_reports(ground, plan.seed, rule)
    gain, _ = compare_clones(ground, plan.seed, rule)
    return {"clone_gain": gain, "sharpening_gain": bending.any_way, "misreport_gain": bending.for_the_worse}


def _serve_with(
    ground: Ground, plan: Plan, manner: Manner, *, warm: bool = True, build: BuildBank | None = None
) -> Numbers:
    """Recovered shares of both streams, and of the pure one when 45 % of the pool are bad."""
    arena = enter_arena(ground, plan)
    settings = replace(ground.settings, seed=plan.seed, warm_audits=ground.settings.warm_audits if warm else 0)
    found = {}
    for pool in _pools(ground):
        validator = build_validator(arena, pool, LinUCBRouter(settings, build))
        learn(arena, validator, with_bad_answers(ground.study.audits, pool, plan.seed), range(plan.audits))
        for name, heard in _hear(arena, pool):
            loss = serve(heard, validator.router, pool.experts, 2, manner).loss
            found[f"{name} {len(pool.experts)}"] = recovered(arena.bounds[name], loss)
    return found


def _serve_teams(ground: Ground, plan: Plan, favour: float) -> Numbers:
    """Recovered shares of a router that prefers the team of each context."""
    arena = enter_arena(ground, plan)
    settings = replace(ground.settings, seed=plan.seed)
    found = {}
    for pool in _pools(ground):
        validator = build_team_validator(pool.experts, LinUCBRouter(settings), ground.audit_features)
        learn(arena, validator, with_bad_answers(ground.study.audits, pool, plan.seed), range(plan.audits))
        for name, heard in _hear(arena, pool):
            loss = serve(heard, prefer_teams(validator, favour), pool.experts, 2).loss
            found[f"{name} {len(pool.experts)}"] = recovered(arena.bounds[name], loss)
    return found


def _serve_knowing(ground: Ground, plan: Plan) -> Numbers:
    """Recovered shares of a router that knows all gains."""
    arena = enter_arena(ground, plan)
    found = {}
    for pool in _pools(ground):
        for name, heard in _hear(arena, pool):
            loss = serve(heard, know(heard, pool.experts), pool.experts, 2, Manner(heed=False)).loss
            found[f"{name} {len(pool.experts)}"] = recovered(arena.bounds[name], loss)
    return found


def _pools(ground: Ground) -> tuple[Pool, Pool]:
    return honest_pool(ground.study.domains), hostile_pool(ground.study.domains)


def _hear(arena: Arena, pool: Pool) -> Iterator[tuple[str, HeldOut]]:
    """Streams with the answers of a pool; of one with bad members, the pure one."""
    for name, stream in arena.streams.items():
        if not pool.bad or name == "pure":
            yield name, replace(stream, recording=with_bad_answers(stream.recording, pool, arena.plan.seed + 100))


def _show(label: str, trials: Sequence[Numbers]) -> None:
    figures = summarise_all(trials)
    cells = (f"{figure.mean:9.3f} [{figure.low:6.3f}, {figure.high:6.3f}]" for figure in figures.values())
    print(label.ljust(34) + "".join(cell.rjust(26) for cell in cells), flush=True)


def read_options(arguments: Sequence[str] | None) -> tuple[Options, bool]:
    """The command line, and whether the last line is to be JSON."""
    parser = argparse.ArgumentParser(prog="scripts/bench/gate", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all figures as one JSON object, last")
    parser.add_argument("--quick", action="store_true", help="experts of a few seconds and few texts: a smoke test")
    parser.add_argument("--seeds", type=int, default=None, metavar="N", help="trials (5; 2 with --quick)")
    parser.add_argument("--ablations", action="store_true", help="print the table of ablations and rival routers too")
    parser.add_argument("--corpus", action="append", default=[], metavar="NAME=DIR", help="a domain's folder of text")
    parser.add_argument("--train-seconds", type=float, metavar="S", help="processor seconds for each expert (40)")
    parser.add_argument("--cache", type=Path, default=default_cache(), metavar="DIR", help="where experts are kept")
    given = parser.parse_args(arguments)
    seeds = given.seeds or (2 if given.quick else 5)
    options = Options(seeds, given.quick, given.ablations, tuple(given.corpus), given.cache, given.train_seconds)
    return options, given.json


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 when a corpus cannot be used."""
    options, as_json = read_options(arguments)
    began = time.monotonic()
    try:
        figures = run(options)
    except CorpusError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"\n{time.monotonic() - began:.0f} s")
    if as_json:
        print(json.dumps({"results": {name: figure.encode() for name, figure in figures.items()}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

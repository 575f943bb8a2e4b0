"""What several validators gain by sharing samples, what a liar among them can do, and how good their alarms are.

Values of texts are drawn, everything else is the network's own code: scoreboards, pooling, residuals. Texts come from
documents, three of each, and share what a document does to all of them; noise has heavy tails (Student's t, 4 degrees).
"""

import json
import math
from collections.abc import Mapping

import click
import numpy as np

from gating.pooling import Electorate, Estimate, Report, pool_all
from gating.residuals import Moments, find_alarms
from gating.scores import Asked, Scoreboard
from simulate.figures import Figure, summarise_all

STAKES = (40, 35, 25)
LIARS = (0.10, 0.25, 0.40, 0.49)
FAVOURS = (0.25, 0.5, 1.0)
MINERS, TEXTS, DOMAINS, EPOCHS, LOOKS = 40, 60, 3, 8, 60
COVERAGE = 0.7
"""Chance that a validator audits a miner in an epoch."""
SPREAD = 0.5
LIE = Estimate(10.0, 0.0)
SLANDER = Estimate(-10.0, 0.0)


def run_trial(seed: int) -> dict[str, float]:
    """All figures of one seed."""
    random = np.random.default_rng(seed)
    return {**_measure_honesty(random), **_measure_lies(random), **_measure_alarms(random)}


def _observe(random: np.random.Generator, worth: np.ndarray) -> dict[str, Estimate]:
    """What one validator finds out about miners of known worth."""
    board = Scoreboard()
    names = [f"m{at:02}" for at in range(len(worth))]
    board.track(names)
    for _ in range(TEXTS):
        values = worth + SPREAD * random.standard_t(4, len(worth)) / math.sqrt(2.0)
        board.record({name: Asked(float(value)) for name, value in zip(names, values, strict=True)})
    return {name: Estimate(*board.evidence(name).estimate(board.settings)) for name in names}


def _measure_honesty(random: np.random.Generator) -> dict[str, float]:
    worth = random.uniform(0.1, 1.0, MINERS)
    seen = [_observe(random, worth) for _ in STAKES]
    reports = [Report(f"v{at}", stake, seen[at]) for at, stake in enumerate(STAKES)]
    shrunk = worth * TEXTS / (TEXTS + Scoreboard().settings.empty_audits)
    alone, together = [], []
    for at, stake in enumerate(STAKES):
        pooled = pool_all(seen[at], [one for one in reports if one is not reports[at]], Electorate(stake, sum(STAKES)))
        alone += [(seen[at][name].mean - shrunk[place]) ** 2 for place, name in enumerate(sorted(seen[at]))]
        together += [(pooled[name].mean - shrunk[place]) ** 2 for place, name in enumerate(sorted(pooled))]
    return {"error_pooled_over_alone": math.sqrt(math.fsum(together) / math.fsum(alone))}


def _measure_lies(random: np.random.Generator) -> dict[str, float]:
    """Score of a friend and of a victim of a liar, over what they get without it, seen by one of two honest."""
    figures = {}
    for share in LIARS:
        worth = random.uniform(0.3, 1.0, MINERS)
        seen, other = _observe(random, worth), _observe(random, worth)
        own = round(1000 * (1.0 - share) / 2)
        liar = round(1000 * share)
        told = [Report("honest", own, other)]
        without = _total(pool_all(seen, told, Electorate(own, 1000)))
        for kind, lie in (("friend", LIE), ("victim", SLANDER)):
            lies = Report("liar", liar, dict.fromkeys(seen, lie))
            found = _total(pool_all(seen, [*told, lies], Electorate(own, 1000)))
            figures[f"{kind}_of_liar_with_{round(100 * share)}"] = found / without
    return figures


def _total(pooled: Mapping[str, Estimate]) -> float:
    doubt = Scoreboard().settings.doubt
    return math.fsum(max(0.0, one.mean - doubt * one.error) for one in pooled.values())


def _measure_alarms(random: np.random.Generator) -> dict[str, float]:
    figures = {"false_alarms_per_look": sum(bool(find_alarms(_look(random, 0.0))) for _ in range(LOOKS)) / LOOKS}
    for favour in FAVOURS:
        found = [{(one.validator, one.miner) for one in find_alarms(_look(random, favour))} for _ in range(LOOKS)]
        figures[f"favour_of_{favour:g}_found"] = sum(("v0", "m0") in alarms for alarms in found) / LOOKS
    return figures


def _look(random: np.random.Generator, favour: float) -> dict[str, dict[str, dict[str, Moments]]]:
    """Gains that three validators saw of six miners that learn; the first validator favours the first miner."""
    ease = random.normal(0.0, 0.3, len(STAKES))
    table: dict[str, dict[str, dict[str, Moments]]] = {
        f"v{validator}": {f"m{miner}": {} for miner in range(6)} for validator in range(len(STAKES))
    }
    skill = random.normal(0.0, 1.0, (6, DOMAINS))
    for epoch in range(EPOCHS):
        skill = skill + np.abs(random.normal(0.0, 0.2, (6, DOMAINS)))
        for validator in range(len(STAKES)):
            documents = np.repeat(random.normal(0.0, 0.3, (DOMAINS, 3)), 3, axis=1)
            for miner in np.flatnonzero(random.random(6) < COVERAGE).tolist():
                extra = favour if (validator, miner) == (0, 0) else 0.0
                own = np.repeat(random.normal(0.0, 0.2, (DOMAINS, 3)), 3, axis=1)
                noise = 0.5 * random.standard_t(4, (DOMAINS, 9))
                gains = skill[miner][:, None] + ease[validator] + extra + documents + own + noise
                row = table[f"v{validator}"][f"m{miner}"]
                row.update({f"d{at} in {epoch}": _sum_up(gains[at]) for at in range(DOMAINS)})
    return table


def _sum_up(values: np.ndarray) -> Moments:
    return Moments(len(values), float(values.mean()), float(values.var() * len(values)))


def measure(seeds: int) -> dict[str, Figure]:
    """All figures over some seeds."""
    return summarise_all(run_trial(seed) for seed in range(seeds))


@click.command(context_settings={"show_default": True})
@click.option("--seeds", type=click.IntRange(1), default=10, help="How often everything is drawn anew.")
@click.option("--quick", is_flag=True, help="Two seeds.")
@click.option("--json", "as_json", is_flag=True, help="Results as one line of JSON at the end.")
def main(seeds: int, quick: bool, as_json: bool) -> None:
    """Measure what sharing samples is worth and what lies in them can do."""
    figures = measure(2 if quick else seeds)
    for name, figure in figures.items():
        click.echo(f"{name:<28} {figure.mean:7.3f}   {figure.low:7.3f} to {figure.high:7.3f}")
    if as_json:
        click.echo(json.dumps({"results": {name: figure.encode() for name, figure in figures.items()}}))


if __name__ == "__main__":
    main(prog_name="scripts/bench/pooling")

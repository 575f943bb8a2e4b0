"""Runs all attacks over some seeds, prints what they return, and draws it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gating.checkpoint import write_file
from simulate.attacks import cabal_market, copier_market, honest_miners, list_attacks
from simulate.corpora import read_sources
from simulate.experts import Workshop, prepare_experts
from simulate.figures import Figure, summarise
from simulate.majority import Setting, find_threshold, honest_emission
from simulate.market import Income, Market, run_market
from simulate.plots import Curve, draw_bars, draw_curves
from simulate.study import open_study
from simulate.texts import Amount
from simulate.trials import Ground, see_ground

CABALS = (0.1, 0.2, 0.3, 0.4, 0.45, 0.49, 0.51, 0.55, 0.6)
LONGEST_BAR = 3.0
PUBLISHED = {
    "weight deviation 0": (Setting(weight_deviation=0.0), 0.60),
    "weight deviation 0.2": (Setting(weight_deviation=0.2), 0.67),
    "weight deviation 0.4": (Setting(weight_deviation=0.4), 0.73),
    "bonds penalty 0": (Setting(bonds_penalty=0.0), 0.78),
    "bonds penalty 0.5": (Setting(bonds_penalty=0.5), 0.76),
    "validators' share 0": (Setting(validator_share=0.0), 0.82),
    "validators' share 0.25": (Setting(validator_share=0.25), 0.78),
    "kappa 0.6, honest stake 0.55": (Setting(kappa=0.6, honest_stake=0.55), None),
}

Say = Callable[[str], object]


@dataclass(frozen=True)
class Options:
    """How much to simulate, with which experts."""

    seeds: int
    epochs: int
    train_seconds: float
    amount: Amount
    corpora: tuple[str, ...]
    cache: Path
    quick: bool


@dataclass(frozen=True)
class Report:
    """Figures by name, and the curves of stake."""

    figures: dict[str, Figure]
    returns: dict[str, float]
    curves: tuple[Curve, ...]


def run(options: Options, say: Say) -> Report:
    """Everything, said line by line.

    Raises: CorpusError.
    """
    experts = prepare_experts(read_sources(options.corpora), options.cache, Workshop(options.train_seconds))
    ground = see_ground(open_study(experts, options.amount))
    market = Market((), epochs=options.epochs, counted_from=options.epochs // 4)
    seeds = range(options.seeds)
    figures = run_attacks(ground, market, seeds, say)
    returns = {name.removeprefix("return: "): figure.mean for name, figure in figures.items()}
    figures |= run_validators(ground, market, seeds, say)
    thresholds, curves = run_majority(options, say)
    captured = [(stake, figures[f"cabal with {stake:.0%} of the stake"].mean) for stake in CABALS]
    return Report(figures | thresholds, returns, (*curves, Curve("friend of a cabal, share of pay", captured)))


def run_attacks(ground: Ground, market: Market, seeds: Sequence[int], say: Say) -> dict[str, Figure]:
    """Each attack's return on cost over that of honest work in the same market."""
    domains = ground.study.domains
    honest = run_market(ground, _with(market, domains), 0)
    victim = domains[int(np.argsort(honest.miners)[len(domains) // 2])]
    say(f"\n{'attack':34}{'share of pay':>13}{'cost':>7}{'return':>24}   against it (victim: {victim})")
    found = {}
    for name, attack in list_attacks(domains, victim, market).items():
        incomes = [run_market(ground, attack.market, seed) for seed in seeds]
        shares, cost, returns = _account(attack.market, incomes)
        found[f"return: {name}"] = figure = summarise(returns)
        interval = f"{figure.mean:8.2f} [{figure.low:5.2f}, {figure.high:5.2f}]"
        say(f"{name:34}{np.mean(shares):13.3f}{cost:7.2f}{interval:>24}   {attack.defence}")
    return found


def run_validators(ground: Ground, market: Market, seeds: Sequence[int], say: Say) -> dict[str, Figure]:
    """Dividends of a validator that copies weights, and what cabals of growing stake get for a worthless friend."""
    domains, found = ground.study.domains, {}
    copier = copier_market(domains, market)
    ratios = []
    for seed in seeds:
        earned = run_market(ground, copier, seed).validators
        stakes = np.array([seat.stake for seat in copier.seats])
        ratios.append(float(earned[-1] / stakes[-1] / (earned[:-1].sum() / stakes[:-1].sum())))
    found["dividends of a weight copier"] = summarise(ratios)
    for stake in CABALS:
        incomes = [run_market(ground, cabal_market(domains, market, stake), seed) for seed in seeds]
        found[f"cabal with {stake:.0%} of the stake"] = summarise([float(income.miners[-1]) for income in incomes])
    say("")
    for name, figure in found.items():
        say(f"{name:34}{figure.mean:8.3f} [{figure.low:6.3f}, {figure.high:6.3f}]")
    return found


def run_majority(options: Options, say: Say) -> tuple[dict[str, Figure], tuple[Curve, ...]]:
    """Honest utility that protects 60 % honest stake, beside the published values, and curves of what is earned."""
    seeds, found = range(1 if options.quick else 2), {}
    say(f"\n{'honest utility needed':34}{'here':>8}{'published':>11}")
    for name, (setting, published) in PUBLISHED.items():
        needed = find_threshold(setting, seeds)
        value = 1.0 if needed is None else needed
        found[f"honest utility needed: {name}"] = summarise([value])
        say(f"{name:34}{'none' if needed is None else format(needed, '.2f'):>8}{published or 'none':>11}")
    stakes = [percent / 100 for percent in range(10, 91, 10 if options.quick else 5)]
    curves = []
    for utility in (1.0, 0.75):
        points = [(stake, honest_emission(Setting(honest_stake=stake), utility, 0)) for stake in stakes]
        curves.append(Curve(f"honest earnings at {utility:.0%} utility", points))
    return found, tuple(curves)


def write_plots(report: Report, folder: Path) -> None:
    """Return on cost as bars, and earnings over stake as curves."""
    bars = draw_bars("Return on cost (honest work of the others = 1)", report.returns, LONGEST_BAR)
    write_file(folder / "attacks.svg", bars.encode())
    lines = draw_curves("Earnings and stake", ("share of the stake, %", "share of the emission, %"), report.curves)
    write_file(folder / "stake.svg", lines.encode())


def _with(market: Market, domains: Sequence[str]) -> Market:
    return Market(honest_miners(domains), market.seats, market.epochs, market.counted_from, market.texts)


def _account(market: Market, incomes: Sequence[Income]) -> tuple[list[float], float, list[float]]:
    """The attacker's share of pay in each trial, its cost, and its return over the mean of the honest ones."""
    attacks = np.array([miner.attacker for miner in market.miners])
    costs = np.array([miner.cost for miner in market.miners])
    shares = [float(income.miners[attacks].sum()) for income in incomes]
    cost, honest_cost = float(costs[attacks].sum()), float(costs[~attacks].sum())
    returns = [share / cost / max(1e-9, (1.0 - share) / honest_cost) for share in shares]
    return shares, cost, returns

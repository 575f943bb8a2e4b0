"""Runs all attacks over some seeds, prints what they return, and draws it."""

import itertools
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from gating.checkpoint import write_file
from simulate.attacks import Attack, Scene, honest_miners, list_attacks
from simulate.cabals import CABALS, cabal_market, copier_market, grinding_attack
from simulate.capture import captured_share
from simulate.corpora import read_sources
from simulate.experts import Workshop, prepare_experts
from simulate.figures import Figure, summarise
from simulate.majority import Setting, find_threshold, honest_emission
from simulate.market import Income, Market, run_market
from simulate.plots import Curve, draw_bars, draw_curves
from simulate.study import open_study
from simulate.texts import Amount
from simulate.trials import Ground, see_ground
from simulate.workers import available_processes, run_jobs

LONGEST_BAR = 3.0
COPIERS = {"weights": 1, "weights that were hidden for an epoch": 2}
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
class Trials:
    """How often each market is run, by how many processes."""

    seeds: Sequence[int]
    processes: int = field(default_factory=available_processes)

    def run(self, ground: Ground, markets: Sequence[Market]) -> Iterator[list[Income]]:
        """What everybody earns in each market, by seed."""
        jobs = [partial(run_market, ground, market, seed) for market in markets for seed in self.seeds]
        incomes = run_jobs(jobs, self.processes)
        return (list(itertools.islice(incomes, len(self.seeds))) for _ in markets)

    def count_epochs(self, markets: Sequence[Market]) -> int:
        """Epochs of all runs together."""
        return len(self.seeds) * sum(market.epochs for market in markets)


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
    trials = Trials(range(options.seeds))
    figures = run_attacks(ground, market, trials, say)
    returns = {
        name.removeprefix("return: "): figure.mean for name, figure in figures.items() if name.startswith("return: ")
    }
    figures |= run_validators(ground, market, trials, say)
    thresholds, curves = run_majority(options, say)
    captured = [(stake, figures[f"cabal with {stake:.0%} of the stake"].mean) for stake in CABALS]
    return Report(figures | thresholds, returns, (*curves, Curve("friend of a cabal, share of pay", captured)))


def run_attacks(ground: Ground, market: Market, trials: Trials, say: Say) -> dict[str, Figure]:
    """Each attack's return on cost, over what honest work on the same model would have returned with the same seed."""
    study = ground.study
    victim = _median_expert(ground, market)
    scene = Scene(market, study.domains, victim)
    bent = Scene(replace(market, among=len(study.variants.items)), study.domains, study.victims[-1])
    attacks = {
        **list_attacks(scene, bent),
        "friend of a validator that could grind seeds": grinding_attack(study.domains, market, victim),
    }
    markets = _with_honest(attacks, study.domains)
    say(f"\n{'attack':42}{'share of pay':>13}{'cost':>7}{'return':>24}   against it (victim: {victim})")
    found, incomes, pace = {}, {}, _Pace()
    for name, earned in zip(markets, trials.run(ground, list(markets.values())), strict=True):
        incomes[name] = earned
        if attack := attacks.get(name):
            shares = [_attacked_share(attack.market, income) for income in earned]
            honest = _honest_returns(attack, incomes[_instead(attack)], study.domains)
            cost = sum(miner.cost for miner in attack.market.miners if miner.attacker)
            figure = summarise([share / cost / base for share, base in zip(shares, honest, strict=True)])
            found[f"return: {name}"] = figure
            interval = f"{figure.mean:8.2f} [{figure.low:5.2f}, {figure.high:5.2f}]"
            say(f"{name:42}{np.mean(shares):13.3f}{cost:7.2f}{interval:>24}   {attack.defence}")
    found |= pace.figures(trials.count_epochs(list(markets.values())))
    found["share of an answer captured by junk"] = summarise([captured_share(seed) for seed in trials.seeds])
    say("")
    for name in (*_Pace.NAMES, "share of an answer captured by junk"):
        say(f"{name:42}{found[name].mean:13.3f}")
    return found


class _Pace:
    """Epochs a minute, by the clock and by the processor's time of this process and of those it waited for."""

    NAMES = ("epochs_per_minute", "epochs_per_minute_of_a_core")

    def __init__(self) -> None:
        self._clock, self._core = time.perf_counter(), self._core_seconds()

    def figures(self, epochs: int) -> dict[str, Figure]:
        """Since this was made."""
        seconds = (time.perf_counter() - self._clock, self._core_seconds() - self._core)
        return {name: summarise([60.0 * epochs / spent]) for name, spent in zip(self.NAMES, seconds, strict=True)}

    @staticmethod
    def _core_seconds() -> float:
        return sum(os.times()[:4])


def _with_honest(attacks: Mapping[str, Attack], domains: Sequence[str]) -> dict[str, Market]:
    """The markets of attacks by name, each after the honest one that it is compared with; those that agree run once."""
    markets: dict[str, Market] = {}
    for name, attack in attacks.items():
        market = attack.market
        honest = Market(honest_miners(domains), epochs=market.epochs, counted_from=market.counted_from)
        markets.setdefault(_instead(attack), replace(honest, texts=market.texts, among=market.among))
        markets[name] = market
    return markets


def _instead(attack: Attack) -> str:
    """Name of the honest market that an attack is compared with."""
    return f"honest: {attack.market.texts} of {attack.market.among}"


def _honest_returns(attack: Attack, incomes: Sequence[Income], domains: Sequence[str]) -> list[float]:
    """Share of pay for each unit of cost that the expert would have earned in the attackers' stead."""
    place = domains.index(attack.instead)
    return [float(income.miners[place]) / honest_miners(domains)[place].cost for income in incomes]


def _median_expert(ground: Ground, market: Market) -> str:
    domains = ground.study.domains
    earned = run_market(ground, replace(market, miners=honest_miners(domains)), 0).miners
    return domains[int(np.argsort(earned)[len(domains) // 2])]


def _attacked_share(market: Market, income: Income) -> float:
    return float(sum(income.miners[place] for place, miner in enumerate(market.miners) if miner.attacker))


def run_validators(ground: Ground, market: Market, trials: Trials, say: Say) -> dict[str, Figure]:
    """Dividends of a validator that copies weights, and what cabals of growing stake get for a worthless friend."""
    domains, found = ground.study.domains, {}
    copiers = [copier_market(domains, market, age) for age in COPIERS.values()]
    cabals = [cabal_market(domains, market, stake) for stake in CABALS]
    incomes = trials.run(ground, [*copiers, *cabals])
    for what, copier in zip(COPIERS, copiers, strict=True):
        stakes = np.array([seat.stake for seat in copier.seats])
        earned = [income.validators / stakes for income in next(incomes)]
        ratios = [float(rates[-1] / np.average(rates[:-1], weights=stakes[:-1])) for rates in earned]
        found[f"dividends of a copier of {what}"] = summarise(ratios)
    for stake, earned_beside in zip(CABALS, incomes, strict=True):
        figure = summarise([float(income.miners[-1]) for income in earned_beside])
        found[f"cabal with {stake:.0%} of the stake"] = figure
    say("")
    for name, figure in found.items():
        say(f"{name:62}{figure.mean:8.3f} [{figure.low:6.3f}, {figure.high:6.3f}]")
    return found


def run_majority(options: Options, say: Say) -> tuple[dict[str, Figure], tuple[Curve, ...]]:
    """Honest utility that protects 60 % honest stake, beside the published values, and curves of what is earned."""
    seeds, found, processes = range(1 if options.quick else 2), {}, available_processes()
    say(f"\n{'honest utility needed':34}{'here':>8}{'published':>11}")
    thresholds = run_jobs([partial(find_threshold, setting, seeds) for setting, _ in PUBLISHED.values()], processes)
    for (name, (_, published)), needed in zip(PUBLISHED.items(), thresholds, strict=True):
        value = 1.0 if needed is None else needed
        found[f"honest utility needed: {name}"] = summarise([value])
        say(f"{name:34}{'none' if needed is None else format(needed, '.2f'):>8}{published or 'none':>11}")
    stakes = [percent / 100 for percent in range(10, 91, 10 if options.quick else 5)]
    utilities = (1.0, 0.75)
    asked = [(Setting(honest_stake=stake), utility) for utility in utilities for stake in stakes]
    earnings = run_jobs([partial(honest_emission, setting, utility, 0) for setting, utility in asked], processes)
    curves = [
        Curve(f"honest earnings at {utility:.0%} utility", [(stake, next(earnings)) for stake in stakes])
        for utility in utilities
    ]
    return found, tuple(curves)


def write_plots(report: Report, folder: Path) -> None:
    """Return on cost as bars, and earnings over stake as curves."""
    bars = draw_bars("Return on cost (honest work = 1)", report.returns, LONGEST_BAR)
    write_file(folder / "attacks.svg", bars.encode())
    lines = draw_curves("Earnings and stake", ("share of the stake, %", "share of the emission, %"), report.curves)
    write_file(folder / "stake.svg", lines.encode())

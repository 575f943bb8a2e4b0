"""Runs all attacks over some seeds, prints what they return, and draws it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
    returns = {
        name.removeprefix("return: "): figure.mean for name, figure in figures.items() if name.startswith("return: ")
    }
    figures |= run_validators(ground, market, seeds, say)
    thresholds, curves = run_majority(options, say)
    captured = [(stake, figures[f"cabal with {stake:.0%} of the stake"].mean) for stake in CABALS]
    return Report(figures | thresholds, returns, (*curves, Curve("friend of a cabal, share of pay", captured)))


def run_attacks(ground: Ground, market: Market, seeds: Sequence[int], say: Say) -> dict[str, Figure]:
    """Each attack's return on cost, over what honest work on the same model would have returned with the same seed."""
    study = ground.study
    victim = _median_expert(ground, market)
    scene = Scene(market, study.domains, victim)
    bent = Scene(replace(market, among=len(study.variants.items)), study.domains, study.victims[-1])
    attacks = {
        **list_attacks(scene, bent),
        "friend of a validator that could grind seeds": grinding_attack(study.domains, market, victim),
    }
    say(f"\n{'attack':42}{'share of pay':>13}{'cost':>7}{'return':>24}   against it (victim: {victim})")
    found, honest = {}, _Baselines(ground, seeds)
    started, epochs = time.process_time(), 0
    for name, attack in attacks.items():
        shares = [_attacked_share(attack.market, run_market(ground, attack.market, seed)) for seed in seeds]
        cost = sum(miner.cost for miner in attack.market.miners if miner.attacker)
        returns = [share / cost / base for share, base in zip(shares, honest.returns(attack), strict=True)]
        found[f"return: {name}"] = figure = summarise(returns)
        interval = f"{figure.mean:8.2f} [{figure.low:5.2f}, {figure.high:5.2f}]"
        say(f"{name:42}{np.mean(shares):13.3f}{cost:7.2f}{interval:>24}   {attack.defence}")
        epochs += len(seeds) * attack.market.epochs
    found["epochs_a_minute"] = summarise([epochs / (time.process_time() - started) * 60.0])
    found["share of an answer captured by junk"] = summarise([captured_share(seed) for seed in seeds])
    say("")
    for name in ("epochs_a_minute", "share of an answer captured by junk"):
        say(f"{name:42}{found[name].mean:13.3f}")
    return found


class _Baselines:
    """What honest work returns in the market of each attack, by seed."""

    def __init__(self, ground: Ground, seeds: Sequence[int]) -> None:
        self._ground = ground
        self._seeds = seeds
        self._known: dict[tuple[int, int, str], list[float]] = {}

    def returns(self, attack: Attack) -> list[float]:
        """Share of pay for each unit of cost that the expert would have earned in the attackers' stead."""
        market = attack.market
        key = (market.among, market.texts, attack.instead)
        if key not in self._known:
            domains = self._ground.study.domains
            honest = Market(honest_miners(domains), epochs=market.epochs, counted_from=market.counted_from)
            honest = replace(honest, texts=market.texts, among=market.among)
            place = domains.index(attack.instead)
            cost = honest.miners[place].cost
            self._known[key] = [
                float(run_market(self._ground, honest, seed).miners[place]) / cost for seed in self._seeds
            ]
        return self._known[key]


def _median_expert(ground: Ground, market: Market) -> str:
    domains = ground.study.domains
    earned = run_market(ground, replace(market, miners=honest_miners(domains)), 0).miners
    return domains[int(np.argsort(earned)[len(domains) // 2])]


def _attacked_share(market: Market, income: Income) -> float:
    return float(sum(income.miners[place] for place, miner in enumerate(market.miners) if miner.attacker))


def run_validators(ground: Ground, market: Market, seeds: Sequence[int], say: Say) -> dict[str, Figure]:
    """Dividends of a validator that copies weights, and what cabals of growing stake get for a worthless friend."""
    domains, found = ground.study.domains, {}
    for what, age in COPIERS.items():
        copier = copier_market(domains, market, age)
        stakes = np.array([seat.stake for seat in copier.seats])
        ratios = []
        for seed in seeds:
            earned = run_market(ground, copier, seed).validators
            ratios.append(float(earned[-1] / stakes[-1] / (earned[:-1].sum() / stakes[:-1].sum())))
        found[f"dividends of a copier of {what}"] = summarise(ratios)
    for stake in CABALS:
        incomes = [run_market(ground, cabal_market(domains, market, stake), seed) for seed in seeds]
        found[f"cabal with {stake:.0%} of the stake"] = summarise([float(income.miners[-1]) for income in incomes])
    say("")
    for name, figure in found.items():
        say(f"{name:62}{figure.mean:8.3f} [{figure.low:6.3f}, {figure.high:6.3f}]")
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
    bars = draw_bars("Return on cost (honest work = 1)", report.returns, LONGEST_BAR)
    write_file(folder / "attacks.svg", bars.encode())
    lines = draw_curves("Earnings and stake", ("share of the stake, %", "share of the emission, %"), report.curves)
    write_file(folder / "stake.svg", lines.encode())

"""Epochs of a market: honest work is paid, attacks are told apart, stake decides."""

from xml.etree import ElementTree

import pytest

from simulate.attacks import cabal_market, copier_market, honest_miners, list_attacks
from simulate.market import Market, run_market
from simulate.plots import Curve, draw_bars, draw_curves
from simulate.trials import Ground

MARKET = Market((), epochs=14, counted_from=5, texts=6)


@pytest.mark.parametrize("name", ["swarm of five relays", "liar: certain and wrong", "flat answers"])
def test_attacks_earn_less_than_a_fair_share(ground: Ground, name: str) -> None:
    market = list_attacks(ground.study.domains, "law", MARKET)[name].market
    income = run_market(ground, market, 0)
    attackers = [place for place, miner in enumerate(market.miners) if miner.attacker]
    assert income.miners[attackers].sum() < 0.12
    assert income.miners.sum() == pytest.approx(1.0)


def test_honest_specialists_share_the_pay(ground: Ground) -> None:
    market = Market(honest_miners(ground.study.domains), epochs=14, counted_from=5, texts=6)
    assert min(run_market(ground, market, 0).miners) > 0.1


@pytest.mark.parametrize(("stake", "takes"), [(0.45, False), (0.55, True)])
def test_a_cabal_takes_all_from_half_of_the_stake_on(ground: Ground, stake: float, takes: bool) -> None:
    income = run_market(ground, cabal_market(ground.study.domains, MARKET, stake), 0)
    assert bool(income.miners[-1] > 0.5) == takes


def test_a_weight_copier_earns_about_its_stake(ground: Ground) -> None:
    earned = run_market(ground, copier_market(ground.study.domains, MARKET), 0).validators
    assert 0.1 < earned[-1] < 0.5


def test_plots_are_well_formed() -> None:
    ElementTree.fromstring(draw_bars("A & B", {"one <": 0.5, "two": 9.0}, 3.0))
    ElementTree.fromstring(draw_curves("C", ("x", "y"), [Curve("line", [(0.0, 0.1), (1.0, 0.9)])]))

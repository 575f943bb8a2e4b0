"""Epochs of a market: honest work is paid, attacks are told apart, stake decides."""

from xml.etree import ElementTree

import pytest

from simulate.attacks import Scene, honest_miners, list_attacks
from simulate.cabals import cabal_market, copier_market, grinding_attack
from simulate.capture import captured_share
from simulate.market import Market, run_market
from simulate.plots import Curve, draw_bars, draw_curves
from simulate.trials import Ground

MARKET = Market((), epochs=14, counted_from=5, texts=6)


def share(ground: Ground, name: str) -> float:
    domains = ground.study.domains
    market = list_attacks(Scene(MARKET, domains, "law"), Scene(MARKET, domains, "code"))[name].market
    income = run_market(ground, market, 0)
    assert income.miners.sum() == pytest.approx(1.0)
    return float(sum(earned for earned, miner in zip(income.miners, market.miners, strict=True) if miner.attacker))


@pytest.mark.parametrize(
    "name",
    [
        "relay of each where it is best",
        "relay of every other text",
        "swarm of five relays",
        "liar: certain and wrong",
        "flat answers",
        "whitewashing by new commitments",
    ],
)
def test_attacks_earn_less_than_a_fair_share(ground: Ground, name: str) -> None:
    assert share(ground, name) < 0.12


def test_whoever_serves_apps_worse_is_paid_less_once_their_texts_are_asked_again(ground: Ground) -> None:
    asked = share(ground, "two-faced: cheap answers to apps")
    assert asked < 0.3 * share(ground, "two-faced, apps' texts never asked again")


def test_grinding_helps_a_friend_by_less_than_the_stake_behind_it(ground: Ground) -> None:
    attack = grinding_attack(ground.study.domains, MARKET, "law")
    honest = run_market(ground, Market(honest_miners(ground.study.domains), epochs=14, counted_from=5, texts=6), 0)
    ground_out = run_market(ground, attack.market, 0)
    assert ground_out.miners[-1] < honest.miners[ground.study.domains.index("law")] + 0.25


def test_a_drafter_of_junk_writes_little_of_an_answer() -> None:
    assert max(captured_share(seed) for seed in range(20)) < 0.1


def test_honest_specialists_share_the_pay(ground: Ground) -> None:
    market = Market(honest_miners(ground.study.domains), epochs=14, counted_from=5, texts=6)
    assert min(run_market(ground, market, 0).miners) > 0.1


@pytest.mark.parametrize(("stake", "takes"), [(0.45, False), (0.55, True)])
def test_a_cabal_takes_all_from_half_of_the_stake_on(ground: Ground, stake: float, takes: bool) -> None:
    income = run_market(ground, cabal_market(ground.study.domains, MARKET, stake), 0)
    assert bool(income.miners[-1] > 0.5) == takes


def test_a_weight_copier_earns_about_its_stake(ground: Ground) -> None:
    earned = run_market(ground, copier_market(ground.study.domains, MARKET, 1), 0).validators
    assert 0.1 < earned[-1] < 0.5


def test_plots_are_well_formed() -> None:
    ElementTree.fromstring(draw_bars("A & B", {"one <": 0.5, "two": 9.0}, 3.0))
    ElementTree.fromstring(draw_curves("C", ("x", "y"), [Curve("line", [(0.0, 0.1), (1.0, 0.9)])]))

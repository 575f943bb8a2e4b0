"""Consensus protects honest majorities as far as its authors say, and no further."""

import pytest

from simulate.majority import Setting, find_threshold, honest_emission, worst_emission

SEEDS = range(1)


@pytest.mark.parametrize(
    ("setting", "published"),
    [
        (Setting(weight_deviation=0.0), 0.60),
        (Setting(weight_deviation=0.2), 0.67),
        (Setting(weight_deviation=0.4), 0.73),
        (Setting(bonds_penalty=0.0), 0.78),
        (Setting(validator_share=0.0), 0.82),
    ],
)
def test_honest_utility_that_protects_is_as_published(setting: Setting, published: float) -> None:
    needed = find_threshold(setting, SEEDS)
    assert needed == pytest.approx(published, abs=0.03)


def test_a_larger_majority_rule_protects_nobody_with_less_stake() -> None:
    assert find_threshold(Setting(kappa=0.6, honest_stake=0.55), SEEDS) is None


def test_half_of_the_stake_is_the_border() -> None:
    assert honest_emission(Setting(honest_stake=0.55), 1.0, 0) > 0.9
    assert honest_emission(Setting(honest_stake=0.45), 1.0, 0) < 0.1


def test_a_cabal_takes_what_hurts_most() -> None:
    setting = Setting(weight_deviation=0.0)
    assert worst_emission(setting, 0.58, SEEDS) <= honest_emission(setting, 0.58, 0)

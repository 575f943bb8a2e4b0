import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gating.pooling import REACH, Electorate, Estimate, Report, pool, pool_all

ESTIMATES = st.builds(Estimate, st.floats(-5, 5), st.floats(1e-3, 5))
WILD = st.builds(Estimate, st.floats(-1e12, 1e12), st.floats(0, 1e12))
STAKES = st.integers(1, 10**15)


@given(ESTIMATES, STAKES)
def test_alone_a_validator_believes_what_it_saw(own, stake):
    found = pool(own, [], Electorate(stake, stake))
    assert found is not None
    assert math.isclose(found.mean, own.mean, abs_tol=1e-12)
    assert math.isclose(found.error, own.error, rel_tol=1e-9)


@given(ESTIMATES, st.lists(st.tuples(STAKES, ESTIMATES), max_size=5), STAKES, WILD, STAKES)
def test_liar_moves_nobody_further_than_its_stake_and_their_doubt_allow(own, honest, stake, lie, liar):
    electorate = Electorate(stake, stake + liar + sum(other for other, _ in honest))
    without, with_lie = pool(own, honest, electorate), pool(own, [*honest, (liar, lie)], electorate)
    assert without is not None
    assert with_lie is not None
    power = liar / (liar + stake)
    assert abs(with_lie.mean - without.mean) <= power * 2 * REACH * own.error + 1e-9
    assert abs(with_lie.mean - own.mean) <= REACH * own.error + 1e-9


@given(ESTIMATES, st.lists(st.tuples(STAKES, WILD), max_size=5), STAKES)
def test_nobody_can_make_a_validator_more_doubtful_than_it_was(own, told, stake):
    found = pool(own, told, Electorate(stake, stake))
    assert found is not None
    assert found.error <= own.error + 1e-9


@given(st.lists(st.tuples(STAKES, ESTIMATES), min_size=1, max_size=6), WILD, STAKES)
def test_a_minority_cannot_raise_a_miner_that_we_never_saw(honest, lie, liar):
    whole = sum(stake for stake, _ in honest) + liar
    found = pool(None, [*honest, (liar, lie)], Electorate(0, whole))
    if 2 * liar < whole and found is not None:
        assert found.mean <= max(claim.mean for _, claim in honest)


def test_silence_of_half_the_stake_leaves_a_miner_unknown():
    assert pool(None, [(50, Estimate(1.0, 0.1))], Electorate(0, 100)) is None
    assert pool(None, [(51, Estimate(1.0, 0.1))], Electorate(0, 100)) == Estimate(1.0, 0.1)
    assert pool(None, [], Electorate(0, 100)) is None


@given(st.dictionaries(st.sampled_from("abcd"), ESTIMATES), st.permutations("xyz"), ESTIMATES)
def test_order_of_the_reports_changes_no_bit(own, order, claim):
    reports = {name: Report(name, at + 1, {"a": claim, "e": claim}) for at, name in enumerate("xyz")}
    electorate = Electorate(5, 11)
    assert pool_all(own, [reports[name] for name in order], electorate) == pool_all(
        own, list(reports.values()), electorate
    )


def test_honest_validators_together_know_better_than_each_alone():
    random = np.random.default_rng(0)
    draws = random.normal(1.0, 0.2, (2000, 3))
    stakes = (40, 35, 25)
    pooled = [
        pool(Estimate(row[0], 0.2), [(stakes[at], Estimate(row[at], 0.2)) for at in (1, 2)], Electorate(40, 100))
        for row in draws
    ]
    means = np.array([found.mean for found in pooled if found is not None])
    assert means.std() < 0.65 * draws[:, 0].std()
    assert abs(means.mean() - 1.0) < 0.01

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gating.committee import FEWEST, GROUP_SIZE, assign_committees, find_charge

STAKES = st.dictionaries(st.text("abcdef", min_size=1, max_size=4), st.integers(1, 10**15), min_size=1, max_size=12)
SEEDS = st.binary(min_size=1, max_size=32)


def names(count: int) -> list[str]:
    return [f"miner-{at:04}" for at in range(count)]


@given(SEEDS, STAKES, st.integers(0, 60))
def test_every_miner_is_audited_by_more_than_half_of_all_stake(seed, stakes, count):
    committees = assign_committees(seed, stakes, names(count))
    assert sorted(miner for one in committees for miner in one.miners) == names(count)
    for one in committees:
        assert 2 * sum(stakes[validator] for validator in one.validators) > sum(stakes.values())
        assert len(one.validators) >= min(FEWEST, len(stakes))
        assert len(one.miners) <= GROUP_SIZE


@given(SEEDS, STAKES)
def test_any_two_committees_have_a_validator_in_common(seed, stakes):
    committees = assign_committees(seed, stakes, names(40))
    for one in committees:
        for other in committees:
            assert set(one.validators) & set(other.validators)


@given(SEEDS, STAKES, st.randoms())
def test_all_who_look_arrive_at_the_same_committees(seed, stakes, random):
    shuffled = list(stakes.items())
    random.shuffle(shuffled)
    mixed = names(30)
    random.shuffle(mixed)
    assert assign_committees(seed, dict(shuffled), mixed) == assign_committees(seed, stakes, names(30))


def test_more_stake_is_drawn_more_often_and_the_small_are_drawn_too():
    stakes = {"large": 40, "middle": 30, "small": 20, "least": 10}
    seen = Counter(
        validator
        for at in range(600)
        for one in assign_committees(at.to_bytes(4, "big"), stakes, names(8))
        for validator in one.validators
    )
    assert seen["large"] > seen["middle"] > seen["small"] > seen["least"] > 60


def test_work_is_shared_where_there_are_many_validators():
    stakes = {f"v{at:02}": 100 for at in range(64)}
    committees = assign_committees(b"seed", stakes, names(1024))
    charges = [len(find_charge(committees, validator)) for validator in stakes]
    assert max(charges) < 0.75 * 1024
    assert sum(charges) == 1024 * 33
    assert find_charge(committees, "nobody") == frozenset()


def test_a_lone_validator_audits_all():
    committees = assign_committees(b"seed", {"me": 1}, names(20))
    assert find_charge(committees, "me") == frozenset(names(20))

import numpy as np

from gating.residuals import Moments, find_alarms, find_residuals

DOMAINS = ("python", "legal", "cpp")


def moments(values) -> Moments:
    found = Moments()
    for value in values:
        found = found.add(float(value))
    return found


def look(random, favours=0.0, validators=3, miners=6, texts=24):
    """Gains of texts from documents: three texts of each share what the document does to all of them."""
    skill = random.normal(0.0, 1.0, (miners, len(DOMAINS)))
    ease = random.normal(0.0, 0.3, validators)
    table = {}
    for validator in range(validators):
        row = {}
        for miner in range(miners):
            extra = favours if (validator, miner) == (0, 0) else 0.0
            row[f"m{miner}"] = {
                domain: moments(
                    skill[miner, at]
                    + ease[validator]
                    + extra
                    + np.repeat(random.normal(0, 0.3, texts // 3), 3)
                    + 0.6 * random.standard_t(4, texts)
                )
                for at, domain in enumerate(DOMAINS)
            }
        table[f"v{validator}"] = row
    return table


def test_moments_are_those_of_all_values_in_any_order():
    values = np.random.default_rng(0).normal(size=20)
    whole, parts = moments(values), moments(values[:7]).join(moments(values[7:]))
    assert np.isclose(whole.mean, values.mean())
    assert np.isclose(whole.doubt, values.var(ddof=1) / 20)
    assert np.allclose([whole.mean, whole.squares], [parts.mean, parts.squares])
    assert whole.join(Moments()) == whole


def test_favourite_of_one_validator_raises_an_alarm_and_names_both():
    found = [find_alarms(look(np.random.default_rng(seed), favours=1.0)) for seed in range(40)]
    assert sum(bool(alarms) and (alarms[0].validator, alarms[0].miner) == ("v0", "m0") for alarms in found) >= 36
    alarm = found[0][0]
    assert alarm.low < alarm.difference < alarm.high
    assert alarm.low > 0


def test_honest_networks_seldom_raise_an_alarm():
    looks = [find_alarms(look(np.random.default_rng(1000 + seed))) for seed in range(400)]
    assert sum(map(bool, looks)) <= 12


def test_validators_that_care_for_different_domains_are_compared_where_they_meet_or_not_at_all():
    random = np.random.default_rng(0)
    apart = {
        "v0": {"m": {"python": moments(random.normal(2, 1, 30))}},
        "v1": {"m": {"legal": moments(random.normal(-2, 1, 30))}},
    }
    assert find_residuals(apart) == []
    for row in apart.values():
        row["m"]["cpp"] = moments(random.normal(0, 1, 30))
    assert {residual.alarming for residual in find_residuals(apart)} == {False}


def test_validator_whose_texts_are_easy_for_all_is_no_news():
    random = np.random.default_rng(3)
    table = look(random)
    table["v0"] = {
        miner: {domain: Moments(cell.count, cell.mean + 3.0, cell.squares) for domain, cell in row.items()}
        for miner, row in table["v0"].items()
    }
    assert find_alarms(table) == []


def test_two_texts_are_not_enough_to_compare():
    assert find_residuals({"v0": {"m": {"d": moments([1, 2])}}, "v1": {"m": {"d": moments([3, 4, 5, 6])}}}) == []

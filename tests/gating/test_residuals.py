import numpy as np

from gating.residuals import Moments, find_alarms, find_residuals

DOMAINS = ("python", "legal", "cpp")


Table = dict[str, dict[str, dict[str, Moments]]]


def moments(values) -> Moments:
    values = np.asarray(values, dtype=float)
    return Moments(len(values), float(values.mean()), float(values.var() * len(values)))


def look(random, favours=0.0, validators=3, miners=6, epochs=6):
    """Gains of nine texts of each domain in each epoch; three texts of a document share what it does to all of them."""
    skill = random.normal(0.0, 1.0, (miners, len(DOMAINS)))
    ease = random.normal(0.0, 0.3, validators)
    table: Table = {f"v{validator}": {f"m{miner}": {} for miner in range(miners)} for validator in range(validators)}
    for epoch in range(epochs):
        for validator in range(validators):
            for miner in range(miners):
                base = skill[miner] + ease[validator] + (favours if (validator, miner) == (0, 0) else 0.0)
                documents = np.repeat(random.normal(0, 0.3, (len(DOMAINS), 3)), 3, axis=1)
                gains = base[:, None] + documents + 0.6 * random.standard_t(4, documents.shape)
                row = table[f"v{validator}"][f"m{miner}"]
                row.update({f"{domain} in {epoch}": moments(gains[at]) for at, domain in enumerate(DOMAINS)})
    return table


def test_moments_are_those_of_all_values_in_any_order():
    values = np.random.default_rng(0).normal(size=20)
    whole, parts = moments(values), moments(values[:7]).join(moments(values[7:]))
    grown = Moments()
    for value in values:
        grown = grown.add(float(value))
    assert np.allclose([whole.mean, whole.squares], [grown.mean, grown.squares])
    assert np.isclose(whole.mean, values.mean())
    assert np.isclose(whole.squares, values.var() * 20)
    assert np.allclose([whole.mean, whole.squares], [parts.mean, parts.squares])
    assert whole.join(Moments()) == whole


def test_favourite_of_one_validator_raises_an_alarm_and_names_both():
    found = [find_alarms(look(np.random.default_rng(seed), favours=1.0)) for seed in range(40)]
    assert sum(bool(alarms) and (alarms[0].validator, alarms[0].miner) == ("v0", "m0") for alarms in found) >= 36
    alarm = found[0][0]
    assert alarm.low < alarm.difference < alarm.high
    assert alarm.low > 0


def test_honest_networks_seldom_raise_an_alarm():
    looks = [find_alarms(look(np.random.default_rng(1000 + seed))) for seed in range(150)]
    assert sum(map(bool, looks)) <= 6


def test_validators_that_care_for_different_domains_are_compared_where_they_meet_or_not_at_all():
    random = np.random.default_rng(0)
    apart = {
        "v0": {"m": {f"python in {at}": moments(random.normal(2, 1, 9)) for at in range(5)}},
        "v1": {"m": {f"legal in {at}": moments(random.normal(-2, 1, 9)) for at in range(5)}},
    }
    assert find_residuals(apart) == []
    for row in apart.values():
        row["m"].update({f"cpp in {at}": moments(random.normal(0, 1, 9)) for at in range(5)})
    assert {residual.alarming for residual in find_residuals(apart)} == {False}


def test_validator_whose_texts_are_easy_for_all_is_no_news():
    random = np.random.default_rng(3)
    table = look(random)
    table["v0"] = {
        miner: {domain: Moments(cell.count, cell.mean + 3.0, cell.squares) for domain, cell in row.items()}
        for miner, row in table["v0"].items()
    }
    assert find_alarms(table) == []


def test_miners_that_learn_are_compared_within_an_epoch_and_raise_no_alarm():
    random = np.random.default_rng(5)
    table: Table = {f"v{validator}": {f"m{miner}": {} for miner in range(6)} for validator in range(3)}
    for epoch in range(8):
        for miner in range(6):
            for validator in {int(one) for one in random.choice(3, 2, replace=False)}:
                cell = moments(random.normal(0.5 * epoch, 0.5, 8))
                table[f"v{validator}"][f"m{miner}"][f"python in {epoch}"] = cell
    assert len(find_residuals(table)) > 10
    assert find_alarms(table) == []


def test_two_texts_are_not_enough_to_compare():
    assert find_residuals({"v0": {"m": {"d": moments([1, 2])}}, "v1": {"m": {"d": moments([3, 4, 5, 6])}}}) == []

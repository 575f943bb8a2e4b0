from dataclasses import replace

import numpy as np
import pytest

from chain.metagraph import Metagraph, Neuron
from gating.checkpoint import CorruptCheckpoint
from gating.router import LinUCBRouter, RouterSettings
from validator.ledger import View
from validator.observation import Observation
from validator.routing import Route
from validator.scoring import Standing, load_standing

GOOD, NOISE, GONE = "good", "noise", "gone"
STEPS = 32


def neuron(uid: int, hotkey: str, coldkey: str = "", registered: int = 1) -> Neuron:
    return Neuron(
        uid=uid,
        hotkey=hotkey,
        coldkey=coldkey or f"cold-{hotkey}",
        stake=0,
        validator_permit=False,
        active=True,
        axon=("127.0.0.1", 9000 + uid),
        incentive=0.0,
        dividends=0.0,
        consensus=0.0,
        trust=0.0,
        emission=0,
        last_update=0,
        block_at_registration=registered,
    )


def metagraph(*neurons: Neuron) -> Metagraph:
    return Metagraph(1, 10, "0x00", 20, 3, "owner", tuple(neurons))


ALL = metagraph(neuron(0, GOOD), neuron(1, NOISE), neuron(2, GONE))


def observe(number: int, gains: dict[str, float]) -> Observation:
    """A text on which each expert is better than the anchor by its gain, absent if that is NaN."""
    random = np.random.default_rng(number)
    anchor = -3.0 + 0.5 * random.standard_normal(STEPS)
    rows = [anchor + gain + 0.3 * random.standard_normal(STEPS) for gain in gains.values()]
    count = len(gains)
    features = random.standard_normal(8)
    route = Route(
        features / np.linalg.norm(features),
        tuple(gains),
        np.full(count + 1, 1 / (count + 1)),
        (1.0,) * count,
        (True,) * count,
    )
    logprobs = np.minimum(np.vstack([anchor, *rows]), 0.0)
    return Observation(number // 4, f"text-{number}", "tales", route, logprobs, tuple((at,) for at in range(count)))


@pytest.fixture
def standing():
    found = Standing(LinUCBRouter(RouterSettings(dimension=8)))
    found.keep_only(ALL, [GOOD, NOISE, GONE])
    return found


def learn(standing: Standing, observations, log=lambda *records: None) -> None:
    standing.learn_round(View(ALL, {}, 4), observations, log)


def weights(standing: Standing, seen: Metagraph) -> list[tuple[int, int]]:
    return standing.propose(View(seen, {}, 4), "me", lambda *records: None)


ROUNDS = [[observe(4 * number + at, {GOOD: 0.8, NOISE: -2.0, GONE: np.nan}) for at in range(4)] for number in range(10)]


def test_who_adds_is_paid_who_harms_or_stays_away_is_not(standing):
    for observations in ROUNDS:
        learn(standing, observations)
    scores = standing.scores()
    assert scores[GOOD] > 0
    assert scores[NOISE] == scores[GONE] == 0
    assert weights(standing, ALL) == [(0, 65535)]
    assert standing.audited(GOOD) == 40


def test_nobody_answers_and_nothing_is_made_up(standing):
    learn(standing, [observe(1, dict.fromkeys((GOOD, NOISE, GONE), np.nan))])
    learn(standing, [observe(2, {})])
    assert weights(standing, ALL) == []
    assert set(standing.scores().values()) == {0.0}


def test_one_responder_is_scored(standing):
    for number in range(40):
        learn(standing, [observe(number, {GOOD: 0.8})])
    assert weights(standing, ALL) == [(0, 65535)]


def test_log_names_the_text_but_does_not_tell_it():
    record = ROUNDS[0][0].encode()
    assert "prefix" not in record
    assert "tokens" not in record
    assert "features" not in record


def test_restart_continues_where_it_stopped(standing, tmp_path):
    for observations in ROUNDS:
        learn(standing, observations)
    standing.save(tmp_path / "state")
    again = load_standing(tmp_path / "state", LinUCBRouter(RouterSettings(dimension=8)))
    again.keep_only(ALL, [GOOD, NOISE, GONE])
    assert again.scores() == standing.scores()
    assert again.rounds == standing.rounds
    assert again.gains.table() == standing.gains.table()
    features = ROUNDS[0][0].route.features
    assert again.router.choose(features, [GOOD, NOISE], 2).scores == pytest.approx(
        standing.router.choose(features, [GOOD, NOISE], 2).scores
    )


@pytest.mark.parametrize("name", ["router", "scores", "memory.json"])
@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: b"{}"])
def test_damaged_checkpoint_is_told_with_the_fix(standing, tmp_path, name, damage):
    standing.save(tmp_path / "state")
    path = tmp_path / "state" / name
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CorruptCheckpoint, match="delete it"):
        load_standing(tmp_path / "state", LinUCBRouter(RouterSettings(dimension=8)))


def test_new_owner_of_a_hotkey_starts_from_nothing(standing):
    for observations in ROUNDS:
        learn(standing, observations)
    sold = metagraph(neuron(0, GOOD, coldkey="another"), neuron(1, NOISE), neuron(2, GONE))
    standing.keep_only(sold, [GOOD, NOISE, GONE])
    assert standing.scores()[GOOD] == 0
    assert standing.audited(GOOD) == 0


def test_next_owner_of_a_uid_inherits_nothing(standing):
    for observations in ROUNDS:
        learn(standing, observations)
    replaced = metagraph(neuron(0, "newcomer"), neuron(1, NOISE), neuron(2, GONE))
    standing.keep_only(replaced, ["newcomer", NOISE, GONE])
    assert weights(standing, replaced) == []


def test_hotkeys_of_one_coldkey_are_one_player():
    standing = Standing(LinUCBRouter(RouterSettings(dimension=8)))
    pool = metagraph(neuron(0, "a", "one", 5), neuron(1, "b", "two", 6), neuron(2, "c", "one", 4))
    standing.keep_only(pool, ["a", "b", "c"])
    seen = observe(0, {"a": 0.0, "b": 0.0, "c": 0.0})
    assert standing.payroll.group(seen) == ((1,), (2, 0))


def test_whoever_answers_like_another_that_was_first_earns_what_it_adds():
    standing = Standing(LinUCBRouter(RouterSettings(dimension=8)))
    pool = metagraph(*(neuron(at, hotkey) for at, hotkey in enumerate(("a relay", GOOD, "other"))))
    hotkeys = [neuron.hotkey for neuron in pool.neurons]
    standing.keep_only(pool, hotkeys)
    learn(standing, [answer_alike(number, (GOOD, "other")) for number in range(8)])
    learn(standing, [answer_alike(number, (GOOD, "other", "a relay")) for number in range(8, 48)])
    assert standing.payroll.group(answer_alike(60, ("a relay", "other", GOOD))) == ((1,), (2, 0))
    scores = standing.scores()
    assert scores["a relay"] < 0.05 * scores[GOOD]
    sold = metagraph(neuron(0, "a relay", coldkey="another"), *pool.neurons[1:])
    standing.keep_only(sold, hotkeys)
    assert standing.payroll.likeness.correlation("a relay", GOOD, "tales") is None


def answer_alike(number: int, hotkeys: tuple[str, ...]) -> Observation:
    """A text on which whoever is not ``other`` says the same."""
    found = observe(number, dict.fromkeys(hotkeys, 0.0))
    random = np.random.default_rng([number, 1])
    anchor = found.logprobs[0] - 4.0
    gains = {GOOD: 1.0 + 1.5 * random.standard_normal(STEPS), "other": 1.0 + 1.5 * random.standard_normal(STEPS)}
    said = [anchor + gains.get(hotkey, gains[GOOD]) for hotkey in hotkeys]
    return replace(found, logprobs=np.minimum(np.vstack([anchor, *said]), 0.0))

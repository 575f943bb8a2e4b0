"""A given text is followed: answers to its tokens decide whom to ask about the next."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from gating.pursuit import Pursuit, PursuitSettings, pick_team
from gating.router import LinUCBRouter, RouterSettings, Vector

NAMES = ("cook", "lawyer", "pilot", "poet")
ABOUT = dict(zip(NAMES, np.eye(len(NAMES)), strict=True))


@pytest.fixture(scope="module")
def router() -> LinUCBRouter:
    """One that knows that everybody is good at one thing and bad at all others."""
    router = LinUCBRouter(RouterSettings(dimension=len(NAMES), discount=1.0))
    for name in NAMES:
        for trade, features in ABOUT.items():
            for _ in range(200):
                router.update(name, features, 1.0 if name == trade else -2.0)
    return router


def say(hotkeys: Sequence[str], gains: Mapping[str, float], tokens: int = 4) -> Vector:
    """Log-probabilities of an anchor, and of experts that gain as told."""
    anchor = np.full(tokens, -3.0)
    return np.stack([anchor, *(anchor + gains[hotkey] for hotkey in hotkeys)])


def sights(all_of_it: str, newest: str) -> list[Vector]:
    return [ABOUT[all_of_it], ABOUT[newest]]


def test_without_evidence_the_foretold_best_is_asked(router: LinUCBRouter) -> None:
    assert Pursuit(router).choose(sights("pilot", "pilot"), NAMES, 1).hotkeys == ("pilot",)


def test_whoever_disappoints_is_not_asked_again(router: LinUCBRouter) -> None:
    pursuit = Pursuit(router)
    uncertain = [0.6 * ABOUT["cook"] + 0.4 * ABOUT["poet"]] * 2
    for _ in range(3):
        choice = pursuit.choose(uncertain, NAMES, 1)
        pursuit.observe(say(choice.hotkeys, {"cook": -4.0, "poet": 1.0, "lawyer": -4.0, "pilot": -4.0}))
    assert pursuit.choose(uncertain, NAMES, 1).hotkeys == ("poet",)


def test_a_turn_of_the_text_is_believed_once_the_answers_show_it(router: LinUCBRouter) -> None:
    pursuit = Pursuit(router)
    steady, turned = Pursuit(router), sights("cook", "poet")
    assert pursuit.choose(turned, NAMES, 1).hotkeys == ("cook",)
    steady.choose(turned, NAMES, 1)
    steady.observe(say(("cook",), {"cook": 1.0}, tokens=8))
    assert steady.choose(turned, NAMES, 1).hotkeys == ("cook",)
    pursuit.observe(say(("cook",), {"cook": -2.0}, tokens=8))
    assert pursuit.choose(turned, NAMES, 1).hotkeys == ("poet",)


def test_the_absent_leave_no_evidence(router: LinUCBRouter) -> None:
    pursuit = Pursuit(router)
    first = pursuit.choose(sights("cook", "cook"), NAMES, 2)
    pursuit.observe(say(first.hotkeys, dict.fromkeys(NAMES, float("nan"))))
    assert pursuit.choose(sights("cook", "cook"), NAMES, 2) == first


def test_tokens_may_be_observed_one_by_one_or_together(router: LinUCBRouter) -> None:
    together, apart = Pursuit(router), Pursuit(router)
    said = say(("cook",), {"cook": -1.0}, tokens=5) + np.array([[0.0], [1.0]]) * np.arange(5.0)
    for pursuit in (together, apart):
        pursuit.choose(sights("cook", "poet"), NAMES, 1)
    together.observe(said)
    for column in range(5):
        apart.observe(said[:, column : column + 1])
    ours, theirs = (pursuit.choose(sights("cook", "poet"), NAMES, 3) for pursuit in (together, apart))
    assert ours.hotkeys == theirs.hotkeys
    assert ours.scores == pytest.approx(theirs.scores)


def test_a_sure_gain_is_joined_by_a_wild_hope_not_by_another_sure_one() -> None:
    expected = np.array([0.5, 0.45, -0.2])
    assert pick_team(expected, np.array([0.05, 0.05, 2.0]), 2) == [2, 0]


def test_a_team_of_hopeless_ones_is_the_least_bad() -> None:
    assert pick_team(np.array([-9.0, -7.0, -8.0]), np.full(3, 0.1), 2) == [1, 2]


def test_among_thousands_only_contenders_are_drawn() -> None:
    expected = np.full(4_096, -3.0)
    expected[[17, 4_000]] = 1.0, 2.0
    assert set(pick_team(expected, np.full(4_096, 0.3), 2)) == {17, 4_000}


def test_weights_follow_the_scores_and_leave_the_anchor_its_share(router: LinUCBRouter) -> None:
    pursuit = Pursuit(router, PursuitSettings(temperature=0.5))
    weights = pursuit.weigh(pursuit.choose(sights("cook", "cook"), NAMES, 2))
    assert weights[0] >= 0.1
    assert weights[1] > weights[2]
    assert weights.sum() == pytest.approx(1.0)


def test_with_nobody_to_ask_the_anchor_is_alone(router: LinUCBRouter) -> None:
    pursuit = Pursuit(router)
    choice = pursuit.choose(sights("cook", "cook"), (), 2)
    pursuit.observe(say(choice.hotkeys, {}))
    assert choice.hotkeys == ()
    assert pursuit.weigh(choice).tolist() == [1.0]

"""A given text is followed: answers to its tokens decide whom to ask about the next."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gating.pursuit import Pursuit, PursuitSettings
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


def test_the_absent_are_foretold_as_before_and_leave_their_turn_to_others(router: LinUCBRouter) -> None:
    pursuit = Pursuit(router)
    first = pursuit.choose(sights("cook", "cook"), NAMES, 2)
    pursuit.observe(say(first.hotkeys, dict.fromkeys(NAMES, float("nan")), tokens=8))
    again = pursuit.choose(sights("cook", "cook"), NAMES, 4)
    assert (
        dict(zip(again.hotkeys, again.scores, strict=True)).items()
        >= dict(zip(first.hotkeys, first.scores, strict=True)).items()
    )
    assert again.hotkeys[1] not in first.hotkeys


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


def test_who_was_not_asked_takes_the_place_of_whoever_does_worse_than_the_anchor(router: LinUCBRouter) -> None:
    pursuit, asked = Pursuit(router), set[str]()
    for _ in range(24):
        choice = pursuit.choose(sights("cook", "cook"), NAMES, 2)
        asked |= set(choice.hotkeys)
        pursuit.observe(say(choice.hotkeys, {"cook": -1.0, "lawyer": -1.0, "pilot": 1.0, "poet": -1.0}, tokens=1))
    assert asked == set(NAMES)
    assert pursuit.choose(sights("cook", "cook"), NAMES, 1).hotkeys == ("pilot",)


def test_who_was_never_asked_can_still_be_found_after_a_long_success_of_another(router: LinUCBRouter) -> None:
    pursuit = Pursuit(router)
    for _ in range(200):
        choice = pursuit.choose(sights("cook", "cook"), NAMES, 1)
        pursuit.observe(say(choice.hotkeys, dict.fromkeys(NAMES, 2.0), tokens=1))
    assert choice.hotkeys == ("cook",)
    for _ in range(12):
        choice = pursuit.choose(sights("cook", "poet"), NAMES, 1)
        pursuit.observe(say(choice.hotkeys, {**dict.fromkeys(NAMES, -2.0), "poet": 2.0}, tokens=1))
    assert choice.hotkeys == ("poet",)


def test_candidates_may_come_and_go(router: LinUCBRouter) -> None:
    pursuit = Pursuit(router)
    for _ in range(6):
        choice = pursuit.choose(sights("cook", "poet"), ("cook", "lawyer"), 1)
        pursuit.observe(say(choice.hotkeys, {"cook": -2.0, "lawyer": 1.0}, tokens=1))
    assert pursuit.choose(sights("cook", "poet"), ("cook", "lawyer"), 1).hotkeys == ("lawyer",)
    assert pursuit.choose(sights("cook", "poet"), NAMES, 2).hotkeys == ("lawyer", "poet")
    assert pursuit.choose(sights("cook", "poet"), ("cook",), 2).hotkeys == ("cook",)


@given(
    said=arrays(np.float64, (3, 40), elements=st.floats(-1e4, 0.0) | st.just(math.nan)),
    anchor=arrays(np.float64, 40, elements=st.floats(-1e4, 0.0)),
)
def test_whatever_is_said_weights_are_sound_and_somebody_is_asked(
    router: LinUCBRouter, said: Vector, anchor: Vector
) -> None:
    pursuit = Pursuit(router)
    for start in range(0, 40, 4):
        choice = pursuit.choose(sights("cook", "poet"), NAMES, 3)
        weights = pursuit.weigh(choice)
        assert len(set(choice.hotkeys)) == 3
        assert weights.min() >= 0.0
        assert weights.sum() == pytest.approx(1.0)
        pursuit.observe(np.stack([anchor, *said])[:, start : start + 4])


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

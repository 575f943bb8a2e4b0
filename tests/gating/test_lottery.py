"""What was logged of a draw tells the chance of every team."""

from itertools import combinations

import numpy as np
import pytest

from gating.lottery import Lottery
from gating.router import LinUCBRouter, RouterSettings

HOTKEYS = tuple(f"expert-{number}" for number in range(6))


def test_chances_of_teams_are_how_often_all_of_a_team_were_asked() -> None:
    router = LinUCBRouter(RouterSettings(dimension=4, warm_audits=2, exploration=0.4))
    features, draws = np.eye(4)[0], 3_000
    for _ in range(8):
        for hotkey in HOTKEYS:
            router.update(hotkey, features, 1.0 if hotkey == HOTKEYS[0] else -1.0)
    choices = [router.choose(features, HOTKEYS, 3, explore=True) for _ in range(draws)]
    for team in [*combinations(HOTKEYS, 1), *combinations(HOTKEYS, 2)]:
        asked = sum(set(team) <= set(choice.hotkeys) for choice in choices) / draws
        lottery = choices[0].lottery
        assert lottery is not None
        assert lottery.chance_of(team) == pytest.approx(asked, abs=0.03)


def test_chances_of_single_experts_are_the_logged_propensities() -> None:
    router = LinUCBRouter(RouterSettings(dimension=4))
    for turn in range(40):
        choice = router.choose(np.eye(4)[turn % 4], HOTKEYS, 2, explore=True)
        assert choice.lottery is not None
        for hotkey, propensity in zip(choice.hotkeys, choice.propensities, strict=True):
            assert choice.lottery.chance_of([hotkey]) == pytest.approx(propensity)
            router.update(hotkey, np.eye(4)[turn % 4], 0.1, propensity)


def test_a_team_that_nobody_could_draw_has_no_chance() -> None:
    assert Lottery(("a", "b"), 0.2, ("c", "d")).chance_of(["a", "c"]) == 0.0
    assert Lottery(("a",), 0.2, None, 4).chance_of(["a", "b"]) == 0.0
    assert Lottery(("a", "b")).chance_of(["b"]) == 1.0

"""Logged audits tell what another router would have been worth, or that they cannot tell."""

from dataclasses import replace

import numpy as np
import pytest

from gating.comparison import LoggedText, compare, mixture_gain, teach
from gating.lottery import Lottery
from gating.mixture import FixedShare, gate_weights
from gating.router import LinUCBRouter, Router, RouterSettings
from gating.routers import build_router

SETTINGS = RouterSettings(dimension=8, warm_audits=6, exploration=0.3)
HOTKEYS = tuple(f"expert-{number}" for number in range(6))
TEXTS, TOKENS, K = 400, 6, 2


class World:
    """Texts of three domains; two experts are good at each, and everyone's answers are known to the world alone."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.domains = random.integers(0, 3, TEXTS)
        noisy = np.eye(8)[self.domains] + 0.25 * random.normal(size=(TEXTS, 8))
        self.features = noisy / np.linalg.norm(noisy, axis=1, keepdims=True)
        at_home = np.arange(6)[None, :] // 2 == self.domains[:, None]
        gains = np.where(at_home, 0.7, -1.2)[:, :, None] + random.normal(0.0, 0.6, (TEXTS, 6, TOKENS))
        anchor = -2.5 + 0.3 * random.normal(size=(TEXTS, 1, TOKENS))
        self.answers = np.minimum(np.concatenate([anchor, anchor + gains], axis=1), -0.01)

    def log(self, logging: Router, asked: int = 3) -> list[LoggedText]:
        """Audits by a router that sees only whom it asks."""
        found = []
        for number, features in enumerate(self.features):
            choice = logging.choose(features, HOTKEYS, asked, explore=True)
            assert choice.lottery is not None
            rows = [0, *(1 + HOTKEYS.index(hotkey) for hotkey in choice.hotkeys)]
            draw = choice.propensities, choice.lottery
            text = LoggedText(features, HOTKEYS, choice.hotkeys, *draw, self.answers[number, rows], number)
            teach([text], logging)
            found.append(text)
        return found

    def truth(self, log: list[LoggedText], router: Router) -> float:
        """What the router's mixtures gain on the second half, learning from the log alone."""
        gains = []
        for number, text in enumerate(log):
            choice = router.choose(text.features, HOTKEYS, K)
            rows = [0, *(1 + HOTKEYS.index(hotkey) for hotkey in choice.hotkeys)]
            gains.append(mixture_gain(self.answers[number, rows], gate_weights(np.array(choice.scores)).tolist()))
            teach([text], router)
        return float(np.mean(gains[TEXTS // 2 :]))


KINDS = ("linucb", "dense", "chance")


def routers() -> dict[str, Router]:
    return {kind: build_router(kind, replace(SETTINGS, seed=5)) for kind in KINDS}


def test_estimates_from_a_partial_log_agree_with_the_truth() -> None:
    hits, checked, errors = 0, 0, []
    for seed in range(2):
        world = World(seed)
        log = world.log(LinUCBRouter(replace(SETTINGS, seed=seed)))
        estimates = compare(log, routers(), "linucb", K)
        for kind, router in routers().items():
            if estimates[kind].objection is None:
                truth, found = world.truth(log, router), estimates[kind].doubly_robust
                errors.append(found.mean - truth)
                hits += found.low <= truth <= found.high
                checked += 1
        assert "as much evidence as" in str(estimates["chance"].objection)
    assert checked == 4
    assert hits >= checked - 1, f"{hits} of {checked} intervals hold the truth"
    assert abs(np.mean(errors)) < 0.05
    assert estimates["linucb"].difference.mean == 0.0


def test_where_everybody_is_asked_nothing_is_estimated() -> None:
    world = World(9)
    everyone = Lottery(HOTKEYS, pool=6)
    log = [
        LoggedText(features, HOTKEYS, HOTKEYS, (1.0,) * 6, everyone, answers, number)
        for number, (features, answers) in enumerate(zip(world.features, world.answers, strict=True))
    ]
    estimates = compare(log, routers(), "linucb", K)
    for kind, router in routers().items():
        found = estimates[kind]
        assert found.doubly_robust.mean == pytest.approx(world.truth(log, router))
        assert found.inverse_propensity.mean == found.self_normalised == pytest.approx(found.doubly_robust.mean)
        assert found.effective_texts == TEXTS // 2
    assert estimates["chance"].verdict == "worse"
    assert compare(log, routers(), "chance", K)["linucb"].verdict == "better"


def test_a_log_without_exploration_supports_no_conclusion() -> None:
    world = World(1)
    stubborn = LinUCBRouter(replace(SETTINGS, warm_audits=0, exploration=0.0))
    found = compare(world.log(stubborn, asked=2), routers(), "linucb", K)["chance"]
    assert found.verdict == "cannot tell"
    assert "could not have been asked" in str(found.objection)


def test_few_sessions_and_wrong_chances_are_told() -> None:
    world = World(2)
    log = world.log(LinUCBRouter(SETTINGS))
    one_session = [replace(text, session=0) for text in log]
    assert "sessions" in str(compare(one_session, routers(), "linucb", K)["dense"].objection)
    wrong = [replace(text, lottery=replace(text.lottery, share=0.9)) for text in log]
    assert "logged chances" in str(compare(wrong, routers(), "linucb", K)["linucb"].objection)
    with pytest.raises(ValueError, match="no texts"):
        compare([], routers(), "linucb", K)


def test_a_hotkey_that_starts_anew_is_forgotten_in_the_replay() -> None:
    world = World(3)
    log = world.log(LinUCBRouter(SETTINGS))[:100]
    router = LinUCBRouter(SETTINGS)
    teach(
        [*log, replace(log[0], renewed=("expert-1",), asked=(), propensities=(), logprobs=log[0].logprobs[:1])], router
    )
    assert router.audits("expert-1") == 0
    assert router.audits("expert-0") > 0


def test_the_gain_of_a_mixture_is_that_of_fixed_share() -> None:
    logprobs = World(4).answers[0, :3].copy()
    logprobs[2, 4:] = np.nan
    share, prior = FixedShare(np.array([[0.5, 0.3, 0.2]])), [0.5, 0.3, 0.2]
    served = [share.update(column[None, :])[0] for column in logprobs.T]
    assert mixture_gain(logprobs, prior) == pytest.approx(np.mean(served) - logprobs[0].mean())

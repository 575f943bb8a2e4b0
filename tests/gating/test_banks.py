"""Every way to foretell gains works behind the same router."""

from pathlib import Path

import numpy as np
import pytest

from gating.banks import RIVALS
from gating.checkpoint import CorruptCheckpoint
from gating.router import LinUCBRouter, RouterSettings
from gating.routers import ROUTERS, build_router, read_kind

SETTINGS = RouterSettings(dimension=8, warm_audits=4)
HOTKEYS = ("left", "right", "neither")


def text(side: int, rng: np.random.Generator) -> np.ndarray:
    vector = np.eye(8)[side] + rng.normal(0, 0.1, 8)
    return np.asarray(vector / np.linalg.norm(vector))


def taught(name: str) -> LinUCBRouter:
    router, rng = LinUCBRouter(SETTINGS, RIVALS[name]), np.random.default_rng(0)
    for turn in range(600):
        side = turn % 2
        features = text(side, rng)
        for hotkey in router.choose(features, HOTKEYS, 2, explore=True).hotkeys:
            router.update(hotkey, features, 1.0 if hotkey == HOTKEYS[side] else -1.0)
    return router


@pytest.mark.parametrize("name", [name for name in RIVALS if name != "chance"])
def test_a_rival_finds_out_who_is_good_at_what(name: str) -> None:
    router, rng = taught(name), np.random.default_rng(1)
    for side in (0, 1):
        assert router.choose(text(side, rng), HOTKEYS, 1).hotkeys == (HOTKEYS[side],)


@pytest.mark.parametrize("name", [name for name in RIVALS if name != "chance"])
def test_a_rival_survives_a_restart_and_forgets_who_left(name: str, tmp_path: Path) -> None:
    router, other = taught(name), LinUCBRouter(SETTINGS, RIVALS[name])
    router.save(tmp_path / "router")
    other.load(tmp_path / "router")
    features = text(0, np.random.default_rng(2))
    assert other.predict(features, HOTKEYS) == pytest.approx(router.predict(features, HOTKEYS))
    other.forget("left")
    assert other.audits("left") == 0
    assert other.predict(features, ["left"]) == pytest.approx(SETTINGS.prior_gain)


def test_chance_asks_everybody_equally_often() -> None:
    router = LinUCBRouter(SETTINGS, RIVALS["chance"])
    asked = [router.choose(np.eye(8)[0], HOTKEYS, 1).hotkeys[0] for _ in range(300)]
    assert min(asked.count(hotkey) for hotkey in HOTKEYS) > 60


@pytest.mark.parametrize("kind", ROUTERS)
def test_every_router_that_can_be_chosen_is_saved_whole_and_forgets_a_new_owners_past(
    kind: str, tmp_path: Path
) -> None:
    router, rng = build_router(kind, SETTINGS), np.random.default_rng(0)
    for turn in range(60):
        router.update(HOTKEYS[turn % 2], text(turn % 2, rng), 1.0)
    digest = router.save(tmp_path / "router")
    assert (tmp_path / "router").read_bytes()[:32].hex() == digest
    assert [file.name for file in tmp_path.iterdir()] == ["router"]
    assert read_kind(tmp_path / "router") == kind
    other = build_router(kind, SETTINGS)
    other.load(tmp_path / "router")
    assert other.save(tmp_path / "again") == digest
    other.forget("left")
    assert (other.audits("left"), other.audits("right")) == (0, 30)
    assert build_router(kind, SETTINGS).save(tmp_path / "blank") != digest


def test_a_router_of_a_kind_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    LinUCBRouter(RouterSettings(dimension=4, kind="oracle")).save(tmp_path / "router")
    with pytest.raises(CorruptCheckpoint, match="'oracle'"):
        read_kind(tmp_path / "router")

"""Copies are found by what they answer; those who merely resemble each other are not."""

from pathlib import Path

import numpy as np
import pytest

from gating.checkpoint import CorruptCheckpoint, save_arrays
from gating.likeness import Likeness, LikenessSettings

Rng = np.random.Generator


def answer(rng: Rng, copied: float = 0.1) -> np.ndarray:
    """Anchor, two independent experts, and a copy of the first with noise; [4, 32]."""
    anchor = -rng.exponential(3.0, 32) - 1.0
    experts = anchor + rng.normal(0.2, 1.2, (2, 32))
    copy = experts[0] + copied * rng.normal(size=32)
    return np.asarray(np.minimum(np.vstack([anchor, experts, copy]), 0.0))


def watch(likeness: Likeness, hotkeys: list[str], texts: int, copied: float = 0.1) -> None:
    rng = np.random.default_rng(texts)
    for _ in range(texts):
        likeness.observe(hotkeys, answer(rng, copied))


def test_a_noisy_copy_follows_whoever_was_there_first() -> None:
    likeness = Likeness()
    rng = np.random.default_rng(0)
    for _ in range(3):
        likeness.observe(["victim", "other"], answer(rng)[:3])
    watch(likeness, ["victim", "other", "copy"], 20)
    assert likeness.groups(["copy", "other", "victim"]) == ((1,), (2, 0))
    distance = likeness.distance("victim", "other")
    assert distance is not None
    assert distance > 1.0


def test_with_little_evidence_only_those_who_look_apart_are_players() -> None:
    likeness = Likeness()
    rng = np.random.default_rng(0)
    for _ in range(3):
        likeness.observe(["victim", "other"], answer(rng)[:3])
    watch(likeness, ["victim", "other", "copy"], 3)
    assert likeness.groups(["victim", "other", "copy"]) == ((0, 2), (1,))
    assert likeness.distance("victim", "copy") is None
    assert not likeness.alike("victim", "copy")


def test_strangers_are_one_player_until_they_are_compared() -> None:
    assert Likeness().groups(["b", "a"]) == ((1, 0),)


def test_a_pair_near_the_border_does_not_flicker() -> None:
    likeness = Likeness(LikenessSettings(least_tokens=64.0, discount=0.8))
    watch(likeness, ["victim", "other", "copy"], 20)
    watch(likeness, ["victim", "other", "copy"], 21, copied=0.75)
    border = likeness.distance("victim", "copy")
    assert border is not None
    assert likeness.settings.join < border < likeness.settings.part
    assert likeness.alike("victim", "copy")
    watch(likeness, ["victim", "other", "copy"], 22, copied=3.0)
    assert not likeness.alike("victim", "copy")


def test_a_go_between_cannot_join_two_who_are_not_alike() -> None:
    likeness = Likeness(LikenessSettings(join=0.95, part=1.0))
    rng = np.random.default_rng(5)
    for _ in range(30):
        anchor, one, two, _ = answer(rng)
        likeness.observe(["one", "two"], np.vstack([anchor, one, two]))
        likeness.observe(["one", "two", "between"], np.vstack([anchor, one, two, (one + two) / 2]))
    assert likeness.alike("one", "between")
    assert likeness.alike("two", "between")
    groups = likeness.groups(["one", "two", "between"])
    assert (1,) in groups or (0,) in groups
    assert not any({0, 1} <= set(group) for group in groups)


def test_a_common_coldkey_is_enough() -> None:
    likeness = Likeness()
    watch(likeness, ["a", "b", "c"], 20, copied=3.0)
    assert likeness.groups(["a", "b", "c"]) == ((0,), (1,), (2,))
    assert likeness.groups(["a", "b", "c"], known=((0, 2), (1,))) == ((0, 2), (1,))


def test_absent_answers_are_no_likeness() -> None:
    likeness, rng = Likeness(), np.random.default_rng(1)
    for _ in range(20):
        answers = answer(rng)
        answers[3] = np.nan
        likeness.observe(["victim", "other", "copy"], answers)
    assert likeness.distance("victim", "copy") is None


def test_what_was_seen_survives_a_restart(tmp_path: Path) -> None:
    likeness, other = Likeness(), Likeness()
    watch(likeness, ["victim", "other", "copy"], 20)
    likeness.save(tmp_path / "likeness")
    other.load(tmp_path / "likeness")
    assert other.groups(["copy", "victim"]) == likeness.groups(["copy", "victim"]) == ((0, 1),)
    other.forget("copy")
    assert not other.alike("copy", "victim")
    save_arrays(tmp_path / "other", {}, {"pairs": 3})
    with pytest.raises(CorruptCheckpoint):
        other.load(tmp_path / "other")

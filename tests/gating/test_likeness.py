"""Copies are found by what they answer; those who merely resemble each other are not."""

import json

import numpy as np
import pytest

from gating.likeness import Likeness, Text
from gating.pairs import LikenessSettings

Rng = np.random.Generator


def answer(rng: Rng, copied: float = 0.1) -> np.ndarray:
    """Anchor, two independent experts, and a copy of the first with noise; [4, 32]."""
    anchor = -rng.exponential(3.0, 32) - 4.0
    experts = anchor + rng.normal(0.8, 1.2, (2, 32))
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
    assert likeness.groups(Text(["copy", "other", "victim"])) == ((1,), (2, 0))
    strangers, copies = likeness.correlation("victim", "other"), likeness.correlation("victim", "copy")
    assert strangers is not None
    assert copies is not None
    assert abs(strangers) < 0.2
    assert copies > 0.95


def test_who_says_the_same_of_a_text_is_one_player_there_without_any_other_evidence() -> None:
    likeness = Likeness()
    rng = np.random.default_rng(0)
    for _ in range(3):
        likeness.observe(["victim", "other"], answer(rng)[:3])
    anchor, victim, other, copy = answer(rng)
    said = np.vstack([anchor, victim, other, copy])
    assert likeness.groups(Text(["victim", "other", "copy"], said)) == ((0, 2), (1,))
    assert likeness.groups(Text(["victim", "other", "copy"])) == ((0,), (1,), (2,))
    assert likeness.correlation("victim", "copy") is None


def test_whoever_copies_each_where_it_is_best_is_found_where_it_does() -> None:
    likeness, rng = Likeness(), np.random.default_rng(8)
    for number in range(40):
        context = "ab"[number % 2]
        anchor, one, two, _ = answer(rng)
        here, there = (one, two - 4.0) if context == "a" else (one - 4.0, two)
        copied = (here if context == "a" else there) + 0.3 * rng.normal(size=32)
        names = ["first", "second", "collage"] if number > 8 else ["first", "second"]
        likeness.observe(names, np.minimum([anchor, here, there, copied][: len(names) + 1], 0.0), context)
    hotkeys = ["first", "second", "collage"]
    assert likeness.groups(Text(hotkeys, context="a")) == ((0, 2), (1,))
    assert likeness.groups(Text(hotkeys, context="b")) == ((0,), (1, 2))


def test_strangers_who_have_shown_nothing_are_players_of_their_own() -> None:
    assert Likeness().groups(Text(["b", "a"])) == ((0,), (1,))


def test_experts_that_have_hardly_begun_to_learn_are_not_taken_for_one() -> None:
    likeness, rng = Likeness(), np.random.default_rng(3)
    for _ in range(60):
        anchor = -rng.exponential(1.0, 32)
        common = anchor - 3.0 + 0.5 * rng.normal(size=32)
        likeness.observe(["a", "b", "c"], np.vstack([anchor, *(common + 0.1 * rng.normal(size=32) for _ in range(3))]))
    assert likeness.groups(Text(["a", "b", "c"])) == ((0,), (1,), (2,))


def test_a_sharpened_copy_is_a_copy() -> None:
    likeness, rng = Likeness(), np.random.default_rng(4)
    for _ in range(20):
        anchor, victim, _, _ = answer(rng)
        likeness.observe(
            ["victim", "copy"], np.vstack([anchor, victim, np.minimum(anchor + 1.6 * (victim - anchor), 0)])
        )
    assert likeness.alike("victim", "copy")


def test_a_pair_near_the_border_does_not_flicker() -> None:
    likeness = Likeness(LikenessSettings(least_tokens=64.0, discount=0.8, part=0.6))
    watch(likeness, ["victim", "other", "copy"], 20)
    watch(likeness, ["victim", "other", "copy"], 40, copied=1.2)
    border = likeness.correlation("victim", "copy")
    assert border is not None
    assert likeness.settings.part < border < likeness.settings.join
    assert likeness.alike("victim", "copy")
    watch(likeness, ["victim", "other", "copy"], 41, copied=5.0)
    assert not likeness.alike("victim", "copy")


def test_whoever_changed_when_the_other_came_is_the_copy() -> None:
    likeness, rng = Likeness(), np.random.default_rng(6)
    for number in range(30):
        anchor, _, other, _ = answer(rng)
        idle = anchor - 4.0 + 0.1 * rng.normal(size=32) if number else anchor + 1.0
        likeness.observe(["waiting", "other"], np.vstack([anchor, idle, other]))
    watch(likeness, ["newcomer", "other", "waiting"], 30)
    assert likeness.groups(Text(["newcomer", "other", "waiting"])) == ((0, 2), (1,))


def test_a_copy_that_came_later_never_leads_though_its_original_learns() -> None:
    likeness, rng = Likeness(), np.random.default_rng(7)
    for number in range(120):
        anchor, expert, other, copy = answer(rng)
        worse = 3.0 - number / 20
        said = [("expert", expert - worse), ("other", other), ("copy", copy - worse)]
        present = said if number > 40 else said[:2]
        likeness.observe([name for name, _ in present], np.minimum([anchor, *(row for _, row in present)], 0.0))
    assert likeness.groups(Text(["copy", "expert", "other"])) == ((1, 0), (2,))


def test_a_go_between_cannot_join_two_who_are_not_alike() -> None:
    likeness = Likeness(LikenessSettings(join=0.6, part=0.5))
    rng = np.random.default_rng(5)
    for _ in range(30):
        anchor, one, two, _ = answer(rng)
        likeness.observe(["one", "two"], np.vstack([anchor, one, two]))
        likeness.observe(["one", "two", "between"], np.vstack([anchor, one, two, (one + two) / 2]))
    assert likeness.alike("one", "between")
    assert likeness.alike("two", "between")
    groups = likeness.groups(Text(["one", "two", "between"]))
    assert (1,) in groups or (0,) in groups
    assert not any({0, 1} <= set(group) for group in groups)


def test_a_common_coldkey_is_enough() -> None:
    likeness = Likeness()
    watch(likeness, ["a", "b", "c"], 20, copied=3.0)
    assert likeness.groups(Text(["a", "b", "c"])) == ((0,), (1,), (2,))
    assert likeness.groups(Text(["a", "b", "c"]), ((0, 2), (1,))) == ((0, 2), (1,))


def test_absent_answers_are_no_likeness() -> None:
    likeness, rng = Likeness(), np.random.default_rng(1)
    for _ in range(20):
        answers = answer(rng)
        answers[3] = np.nan
        likeness.observe(["victim", "other", "copy"], answers)
    assert likeness.correlation("victim", "copy") is None


def test_what_was_seen_survives_a_restart() -> None:
    likeness, other = Likeness(), Likeness()
    watch(likeness, ["victim", "other", "copy"], 20)
    other.restore(json.loads(json.dumps(likeness.encode())))
    assert other.encode() == likeness.encode()
    watch(likeness, ["victim", "other", "copy"], 5)
    watch(other, ["victim", "other", "copy"], 5)
    assert other.encode() == likeness.encode()
    assert other.groups(Text(["copy", "victim"])) == likeness.groups(Text(["copy", "victim"]))
    other.forget("copy")
    assert not other.alike("copy", "victim")
    with pytest.raises((KeyError, TypeError, ValueError)):
        other.restore({"texts": 1, "since": {}, "contexts": {"": {"experts": {}, "pairs": [["a", "b", 3]]}}})


def test_whoever_says_what_everyone_says_where_each_is_best_leads_nobody() -> None:
    likeness, rng = Likeness(), np.random.default_rng(9)
    for number in range(60):
        at = number % 4
        anchor = -rng.exponential(3.0, 32) - 4.0
        said = [anchor + rng.normal(0.8 if place == at else -2.0, 1.2, 32) for place in range(4)]
        rows = np.minimum([anchor, *said, said[at] + 0.02 * rng.normal(size=32)], 0.0)
        likeness.observe(["one", "two", "three", "four", "a collage"], rows, str(at))
    for at, hotkey in enumerate(("one", "two", "three", "four")):
        assert likeness.groups(Text([hotkey, "a collage"], context=str(at))) == ((0, 1),)

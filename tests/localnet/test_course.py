"""Miners that join late and leave early."""

from pathlib import Path

from localnet.course import Course, plan_course
from localnet.plan import build_plan
from localnet.settings import Settings


def settings(newcomer: int | None = None, leaver: int | None = None) -> Settings:
    return Settings(
        data_dir=Path("/nowhere"),
        port_base=9944,
        miners=3,
        bad_miners={"noise": 1},
        corpora={},
        duration=None,
        block_time=1.0,
        tempo=20,
        train_seconds=1.0,
        anchor_seconds=1.0,
        windows=1,
        newcomer=newcomer,
        leaver=leaver,
    )


EARNED = {"miner-1": 0.1, "miner-2": 0.6, "miner-4": 0.3}


def course(newcomer: int | None = None, leaver: int | None = None) -> Course:
    wishes = settings(newcomer, leaver)
    return plan_course(wishes, build_plan(wishes, ["a", "b"]).miners)


def names(course: Course, epoch: int, state: str = "serving") -> list[str]:
    course.follow(epoch, {miner.name: state for miner in course.miners}, EARNED)
    return [miner.name for miner in course.present]


def test_without_wishes_everybody_is_there_from_the_first_epoch():
    assert names(course(), 9) == ["miner-1", "miner-2", "miner-3", "miner-4"]


def test_last_honest_miner_joins_and_best_paid_one_leaves_when_the_founders_have_learnt():
    network = course(newcomer=4, leaver=6)
    assert names(network, 7, "training") == ["miner-1", "miner-2", "miner-4"]
    assert names(network, 8) == ["miner-1", "miner-2", "miner-4"]
    assert names(network, 11) == ["miner-1", "miner-2", "miner-4"]
    assert names(network, 12, "training") == ["miner-1", "miner-2", "miner-3", "miner-4"]
    assert names(network, 14) == ["miner-1", "miner-3", "miner-4"]
    assert names(network, 15) == ["miner-1", "miner-3", "miner-4"]


def test_newcomer_and_cheats_are_not_those_that_leave():
    network = course(newcomer=1, leaver=1)
    names(network, 3)
    assert names(network, 4) == ["miner-1", "miner-3", "miner-4"]

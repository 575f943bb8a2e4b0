"""Miners that join late and leave early."""

from pathlib import Path

from localnet.course import plan_changes, present_at
from localnet.observe import MinerRow, Snapshot
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


def names(wishes: Settings, epoch: int) -> list[str]:
    miners = build_plan(wishes, ["a", "b"]).miners
    return [miner.name for miner in present_at(epoch, miners, plan_changes(wishes, miners))]


def test_without_wishes_everybody_is_there_from_the_first_epoch():
    assert names(settings(), 0) == ["miner-1", "miner-2", "miner-3", "miner-4"]


def test_last_honest_miner_joins_and_first_one_leaves_in_their_epochs():
    wishes = settings(newcomer=4, leaver=6)
    assert names(wishes, 3) == ["miner-1", "miner-2", "miner-4"]
    assert names(wishes, 4) == ["miner-1", "miner-2", "miner-3", "miner-4"]
    assert names(wishes, 6) == ["miner-2", "miner-3", "miner-4"]


def test_founders_have_learnt_when_all_of_them_serve():
    rows = [MinerRow(name, "key", "tales", state) for name, state in (("a", "serving"), ("b", "training"))]
    assert Snapshot(miners=tuple(rows)).have_learnt({"a"})
    assert not Snapshot(miners=tuple(rows)).have_learnt({"a", "b"})

"""An epoch's weights follow from the log, and whoever tells otherwise is found."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson
import pytest

from chain.metagraph import Metagraph, Neuron
from gating.router import LinUCBRouter, RouterSettings
from hivegate import run
from validator.errors import CorruptRecords
from validator.journal import Bounds, Journal
from validator.ledger import View
from validator.observation import Observation
from validator.replaying import LogsGone, replay_epoch
from validator.routing import Route
from validator.scoring import Standing, load_standing

STEPS, TEXTS = 16, 4
MINERS = ("first", "second", "third")


def neuron(uid: int, hotkey: str, coldkey: str = "") -> Neuron:
    rates = {"incentive": 0.0, "dividends": 0.0, "consensus": 0.0, "trust": 0.0}
    axon = ("127.0.0.1", 9000 + uid)
    return Neuron(
        uid, hotkey, coldkey or f"cold-{hotkey}", 0, False, True, axon, **rates, emission=0, last_update=0,
        block_at_registration=1,
    )  # fmt: skip


@dataclass
class Diary:
    """A validator's standing and the log that it writes; ``epoch`` has as many rounds as it is told."""

    folder: Path
    bounds: Bounds = field(default_factory=Bounds)
    standing: Standing = field(default_factory=lambda: Standing(LinUCBRouter(RouterSettings(dimension=8))))
    neurons: tuple[Neuron, ...] = tuple(neuron(at, hotkey) for at, hotkey in enumerate(MINERS))
    block: int = 0

    @property
    def log(self) -> Journal:
        return Journal(self.folder / "audits.jsonl", self.bounds)

    def view(self, epoch: int) -> View:
        self.block += 1
        return View(Metagraph(1, self.block, "0x", 20, 3, "owner", self.neurons), {}, epoch)

    def live(self, epoch: int, rounds: int) -> list[tuple[int, int]]:
        """Audit for some rounds, then propose weights."""
        for _ in range(rounds):
            view = self.view(epoch)
            self.standing.keep_only(view.metagraph, [neuron.hotkey for neuron in self.neurons])
            self.standing.learn_round(view, self.hear(), self.log.append)
        return self.standing.propose(self.view(epoch), "me", self.log.append)

    def hear(self) -> list[Observation]:
        random = np.random.default_rng([self.block, self.standing.rounds])
        hotkeys = tuple(neuron.hotkey for neuron in self.neurons)
        count, found = len(hotkeys), []
        for at in range(TEXTS):
            anchor = -3.0 + 0.5 * random.standard_normal(STEPS)
            gains = 0.4 * np.arange(count)[:, None] + random.standard_normal((count, STEPS))
            features = random.standard_normal(8)
            ones, prior = (1.0,) * count, np.full(count + 1, 1 / (count + 1))
            route = Route(features / np.linalg.norm(features), hotkeys, prior, ones, (True,) * count)
            logprobs = np.minimum(np.vstack([anchor, anchor + gains]), 0.0)
            found.append(Observation(self.standing.rounds, f"text-{self.block}-{at}", "tales", route, logprobs))
        return found

    def restart(self) -> None:
        """Go on from the last checkpoint, as after a crash."""
        self.standing = load_standing(self.folder / "state", LinUCBRouter(RouterSettings(dimension=8)))

    def save(self) -> None:
        self.standing.save(self.folder / "state")


@pytest.fixture
def diary(tmp_path: Path) -> Diary:
    return Diary(tmp_path)


def rewrite(diary: Diary, change) -> None:
    """Change the log behind the validator's back."""
    records = [change(record) for record in diary.log.read()]
    diary.log.path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))


def test_weights_follow_from_the_log_to_the_last_bit(diary: Diary) -> None:
    told = [diary.live(epoch, 4) for epoch in range(3)]
    for epoch in range(3):
        found = replay_epoch(diary.log.read, epoch)
        assert found.same
        assert found.weights == told[epoch]
        assert (found.rounds, found.texts) == (4 * epoch + 4, TEXTS * (4 * epoch + 4))
    assert [verdict.score for verdict in found.verdicts] == [diary.standing.scores()[hotkey] for hotkey in MINERS]


def test_owners_that_change_between_rounds_are_followed(diary: Diary) -> None:
    diary.live(0, 4)
    stayed = diary.neurons
    diary.neurons = (neuron(0, "first", "another"), *stayed[1:])
    diary.live(1, 3)
    diary.neurons = (stayed[0], neuron(1, "newcomer"), stayed[2])
    told = diary.live(2, 3)
    view = diary.view(2)
    diary.standing.keep_only(view.metagraph, ["third"])
    diary.standing.keep_only(view.metagraph, [neuron.hotkey for neuron in diary.neurons])
    assert replay_epoch(diary.log.read, 2).weights == told
    told = diary.live(3, 2)
    found = replay_epoch(diary.log.read, 3)
    assert found.same
    assert found.weights == told


def test_rounds_that_a_crash_took_back_do_not_count(diary: Diary) -> None:
    diary.live(0, 3)
    diary.save()
    lost = diary.live(1, 3)
    diary.restart()
    diary.live(2, 4)
    found = replay_epoch(diary.log.read, 2)
    assert found.same
    assert found.rounds == 7
    assert replay_epoch(diary.log.read, 1).weights == lost


def test_old_logs_are_dropped_and_newer_epochs_still_follow(diary: Diary) -> None:
    diary.bounds = Bounds(size_bytes=20_000, kept=2)
    for epoch in range(8):
        told = diary.live(epoch, 3)
    found = replay_epoch(diary.log.read, 7)
    assert found.same
    assert found.weights == told
    assert found.first_round > 0
    with pytest.raises(LogsGone, match="it holds epochs"):
        replay_epoch(diary.log.read, 0)


def test_an_answer_that_was_changed_is_found(diary: Diary) -> None:
    diary.live(0, 4)

    def flatter(record):
        if record.get("round") == 2 and "logprobs" in record:
            record["logprobs"][1][3] += 1e-6
        return record

    rewrite(diary, flatter)
    found = replay_epoch(diary.log.read, 0)
    assert not found.same
    assert next(verdict.hotkey for verdict in found.verdicts if not verdict.same) == "first"


def test_a_score_or_a_weight_that_was_made_up_is_found(diary: Diary) -> None:
    told = diary.live(0, 4)

    def favour(record):
        if "proposal" in record:
            record["weights"] = [[uid, 65535] for uid, _ in told]
        return record

    rewrite(diary, favour)
    found = replay_epoch(diary.log.read, 0)
    assert not found.same
    assert {verdict.told_weight for verdict in found.verdicts if not verdict.same} == {65535}


def test_a_round_that_was_removed_and_a_standing_that_was_made_up_are_found(diary: Diary) -> None:
    diary.live(0, 3)
    diary.live(1, 3)
    kept = [record for record in diary.log.read() if record.get("round") != 1]
    diary.log.path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in kept))
    found = replay_epoch(diary.log.read, 1)
    assert "round 1 is not in the log" in found.problems
    assert "the standing told in round 3 does not follow from the log" in found.problems


def test_an_epoch_without_log_is_told(diary: Diary) -> None:
    with pytest.raises(LogsGone, match="no weights at all"):
        replay_epoch(diary.log.read, 5)
    diary.live(0, 1)
    with pytest.raises(LogsGone, match="epochs 0 to 0"):
        replay_epoch(diary.log.read, 5)
    proposals = [record for record in diary.log.read() if "proposal" in record]
    diary.log.path.write_bytes(orjson.dumps(proposals[0]) + b"\n")
    with pytest.raises(LogsGone, match="nothing from before"):
        replay_epoch(diary.log.read, 0)


def test_damaged_records_are_told(diary: Diary) -> None:
    diary.live(0, 1)
    good = [orjson.dumps(record) + b"\n" for record in diary.log.read()]
    for damage in (b'{"format":1,"round":0}\n', b'{"format":9}\n', b'{"round":1,"tracked":["first"]}\n'):
        diary.log.path.write_bytes(b"".join([*good[:2], damage, *good[2:]]))
        with pytest.raises(CorruptRecords):
            replay_epoch(diary.log.read, 0)


def test_the_command_compares_with_the_receipt_and_fails_on_a_difference(diary: Diary, capsys) -> None:
    told = diary.live(0, 4)
    receipts = Journal(diary.folder / "receipts.jsonl")
    receipt = {"epoch": 0, "seen_block": diary.block, "included": True, "extrinsic_hash": "0xab", "block": 7}
    receipts.append({**receipt, "weights": [list(pair) for pair in told]})
    command = ["validator", "replay", "0", "--data-dir", str(diary.folder)]
    assert run(command) == 0
    assert "everything that was told follows from the log" in capsys.readouterr().out
    receipts.append({**receipt, "weights": [[0, 1]]})
    assert run([*command, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["differences"] == ["the receipt has other weights"]
    assert all(miner["same"] for miner in found["miners"])
    assert run([*command[:2], "9", *command[3:]]) == 1
    assert "it holds epochs 0 to 0" in capsys.readouterr().err


def test_weights_that_the_chain_opened_have_a_commit_in_place_of_an_extrinsic(diary: Diary, capsys) -> None:
    told = diary.live(0, 4)
    receipts = Journal(diary.folder / "receipts.jsonl")
    commit = {"kind": "commit", "epoch": 0, "seen_block": diary.block, "commit": "0xcd", "included": False}
    receipts.append(commit)
    command = ["validator", "replay", "0", "--data-dir", str(diary.folder)]
    assert run(command) == 0
    assert "not revealed yet" in capsys.readouterr().out
    receipts.append({**commit, "kind": "reveal", "included": True, "block": None, "weights": [list(p) for p in told]})
    assert run(command) == 0
    assert "receipt: same, commit 0xcd opened by the chain" in capsys.readouterr().out

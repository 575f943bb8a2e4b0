"""A validator's own logs compare routers, and teach the one that takes over."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from chain.metagraph import Metagraph, Neuron
from gating.router import LinUCBRouter, RouterSettings
from validator.cli import group
from validator.comparing import NothingLogged, compare_logged, read_log
from validator.ledger import View
from validator.observation import Observation
from validator.parts import Records
from validator.routing import Gate
from validator.scoring import Standing
from validator.switching import load_under

MINERS = ("left", "right", "neither")


class Eyes:
    """The gate sees the side that a text's only token names."""

    def encode(self, text: str) -> np.ndarray:
        return np.asarray(np.eye(8)[int(text)])


def metagraph(*hotkeys: str, block: int = 1) -> Metagraph:
    address, shares = ("127.0.0.1", 9), (0.0, 0.0, 0.0, 0.0)
    neurons = (
        Neuron(uid, hotkey, f"cold-{hotkey}", 0, False, True, address, *shares, 0, 0, block)
        for uid, hotkey in enumerate(hotkeys)
    )
    return Metagraph(1, 10, "0x00", 20, 3, "owner", tuple(neurons))


def audit(standing: Standing, records: Records, rounds: int, miners: tuple[str, ...] = MINERS) -> None:
    """Rounds of two texts, one for each side, everybody asked; logged as the loops log them."""
    gate = Gate(standing.router, Eyes(), lambda tokens: str(tokens[0]))
    for number in range(standing.rounds, standing.rounds + rounds):
        random = np.random.default_rng(number)
        found = []
        for side in (0, 1):
            route = gate.route_all([side], miners)
            means = [0.8 if hotkey == MINERS[side] else -1.0 for hotkey in route.experts]
            gains = np.array([0.0, *means])[:, None] + 0.2 * random.standard_normal((1 + len(miners), 8))
            found.append(Observation(number, f"{number}-{side}", "ab"[side], route, -2.0 + gains))
        records.glimpses.append(*(observation.glimpse() for observation in found))
        standing.learn_round(View(metagraph(*MINERS), {}, 1), found, records.audits.append)


@pytest.fixture
def folder(tmp_path):
    """The data folder of a validator that has audited for a while."""
    standing = Standing(LinUCBRouter(RouterSettings(dimension=8)))
    standing.keep_only(metagraph(*MINERS), MINERS)
    audit(standing, Records.in_folder(tmp_path), 60)
    standing.save(tmp_path / "state")
    return tmp_path


def test_the_log_compares_routers(folder):
    found = compare_logged(folder, ("knn", "chance"), k=1)
    assert list(found.estimates) == ["linucb", "knn", "chance"]
    assert found.estimates["linucb"].doubly_robust.mean == pytest.approx(0.77, abs=0.05)
    assert found.estimates["knn"].verdict == "no difference seen"
    assert found.estimates["chance"].verdict == "worse"


def test_the_command_tells_people_and_programs(folder):
    told = CliRunner().invoke(group, ["compare-routers", "--data-dir", str(folder), "--router", "chance"])
    assert told.exit_code == 0, told.output
    assert "worse" in told.output
    told = CliRunner().invoke(group, ["compare-routers", "--data-dir", str(folder), "--json"])
    found = json.loads(told.output)
    assert found["in_use"] == "linucb"
    assert set(found["routers"]) == {"linucb", "dense", "knn", "factors", "chance"}
    assert found["routers"]["linucb"]["effective_texts"] == 60


def test_a_folder_without_logs_is_told(tmp_path):
    with pytest.raises(NothingLogged, match="for some epochs"):
        compare_logged(tmp_path, ("knn",), k=2)


def test_the_log_brings_back_features_and_draws(folder):
    log = read_log(Records.in_folder(folder))
    assert len(log) == 120
    assert log[1].features.tolist() == np.eye(8)[1].tolist()
    assert log[1].lottery.chance_of(MINERS) == 1.0
    assert len({text.session for text in log}) == 120


def test_only_who_was_ours_to_audit_could_be_chosen(folder):
    records = Records.in_folder(folder)
    standing = load_under("linucb", folder / "state", 8, records)
    standing.payroll.charge = frozenset(MINERS[:2])
    audit(standing, records, 1, MINERS[:2])
    log = read_log(records)
    assert (log[0].candidates, log[-1].candidates) == (tuple(sorted(MINERS)), MINERS[:2])


def test_another_router_learns_from_the_log_before_it_takes_over(folder):
    standing = load_under("knn", folder / "state", 8, Records.in_folder(folder))
    assert standing.router.kind == "knn"
    for side in (0, 1):
        assert standing.router.choose(np.eye(8)[side], MINERS, 1).hotkeys == (MINERS[side],)
    assert standing.scores() == load_under("linucb", folder / "state", 8, Records.in_folder(folder)).scores()
    standing.save(folder / "state")
    again = load_under("knn", folder / "state", 8, Records.in_folder(folder))
    assert again.router_hash == standing.router_hash
    assert len(str(again.router_hash)) == 64


def test_whoever_started_anew_is_not_taught_to_the_next_router(folder):
    standing = load_under("linucb", folder / "state", 8, Records.in_folder(folder))
    standing.keep_only(metagraph(*MINERS, block=7), MINERS)
    standing.save(folder / "state")
    sold = load_under("dense", folder / "state", 8, Records.in_folder(folder))
    assert isinstance(sold.router, LinUCBRouter)
    assert [sold.router.audits(hotkey) for hotkey in MINERS] == [0, 0, 0]

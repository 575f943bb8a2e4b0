"""The demand map shows where a specialist is missing, and gives no text and no name away."""

import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from gating.comparison import LoggedText
from gating.lottery import Lottery
from gating.objective import AuditItem, Eyes, Question
from validator.cli import group
from validator.demand import DemandMap, survey, tell
from validator.observation import Observation
from validator.routing import Route

SIDES = ("prose", "tables", "songs")
EXPERTS = ("novelist", "clerk", "other")
STEPS = 8


class Sight:
    dimension = 6

    def encode(self, question: Question) -> np.ndarray:
        return np.asarray(np.eye(6)[int(question[0])])

    def save(self, path: Path) -> str:
        raise NotImplementedError


class Objective:
    """Three kinds of texts in turn; their numbers may be told as words."""

    outcomes = 1
    language = "none"

    def fit_eyes(self, items: Sequence[AuditItem], dimension: int) -> Eyes:
        return Sight()

    def load_eyes(self, path: Path) -> Eyes:
        return Sight()

    def draw(self, seed: bytes, count: int) -> Sequence[AuditItem]:
        return [AuditItem(SIDES[at % 3], (at % 3,), (0,) * STEPS) for at in range(count)]

    def describe(self, groups: Sequence[Sequence[AuditItem]]) -> list[tuple[str, ...]]:
        assert [len({item.domain for item in group}) for group in groups] == [1, 1, 1]
        return [(f"kind-{group[0].question[0]}",) for group in groups]


def observe(number: int, side: int, gains: Sequence[float], experts: Sequence[str] = EXPERTS) -> Observation:
    random = np.random.default_rng(number)
    rows = np.array([0.0, *gains])[:, None] + 0.1 * random.standard_normal((len(gains) + 1, STEPS))
    ones = (1.0,) * len(gains)
    route = Route(np.eye(6)[side], tuple(experts), np.ones(len(gains) + 1), ones, (True,) * len(gains))
    return Observation(number, f"text-{number}", SIDES[side], route, -3.0 + rows)


GAINS = ((0.9, -1.0, -1.0), (-1.0, 0.9, -1.0), (-0.5, -0.5, -0.5))


@pytest.fixture
def surveyed() -> DemandMap:
    return survey(Objective(), Sight())


def play(demand: DemandMap, rounds: int) -> None:
    for number in range(rounds):
        demand.learn([observe(3 * number + side, side, GAINS[side]) for side in range(3)])


def by_label(demand: DemandMap) -> dict[str, dict[str, Any]]:
    told: Any = demand.describe()
    return {one["labels"][0]: one for one in told["contexts"]}


def test_what_nobody_is_good_at_is_on_the_map(surveyed):
    assert {one["state"] for one in by_label(surveyed).values()} == {"unknown"}
    play(surveyed, 20)
    found = by_label(surveyed)
    assert found["songs"]["state"] == "missing"
    assert found["prose"]["state"] == found["tables"]["state"] == "thin"
    assert found["prose"]["gain"] == pytest.approx(0.85, abs=0.15)
    assert found["songs"]["anchor_loss"] == pytest.approx(3.0, abs=0.1)
    assert found["songs"]["words"] == ("kind-2",)
    assert surveyed.describe()["contexts"][0] == found["songs"], "what is missing comes first"
    assert surveyed.describe()["missing_share"] == pytest.approx(1 / 3)


def test_a_specialist_that_arrives_is_seen_and_one_that_leaves_is_missed(surveyed):
    play(surveyed, 20)
    for number in range(100, 130):
        surveyed.learn([observe(number, 2, (-0.5, 1.0), ("other", "singer"))])
    assert by_label(surveyed)["songs"]["state"] == "thin"
    for number in range(200, 210):
        surveyed.learn([observe(number, 2, (-0.5,), ("other",))], renewed=["singer"])
    assert by_label(surveyed)["songs"]["state"] == "missing"


def test_the_map_names_nobody(surveyed):
    play(surveyed, 20)
    told = json.dumps(surveyed.describe())
    assert not any(name in told for name in EXPERTS)


def test_the_map_is_drawn_again_from_the_log(surveyed):
    play(surveyed, 20)
    log = [
        LoggedText(seen.route.features, EXPERTS, EXPERTS, (1.0,) * 3, Lottery(EXPERTS), seen.logprobs, 0)
        for number in range(20)
        for seen in [observe(3 * number + side, side, GAINS[side]) for side in range(3)]
    ]
    again = survey(Objective(), Sight())
    again.resume(log)
    assert by_label(again)["songs"] == by_label(surveyed)["songs"]


def test_the_command_asks_a_validator_and_tells_people(surveyed):
    play(surveyed, 20)
    body = json.dumps({"demand": surveyed.describe()}).encode()

    class Status(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Status)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        told = CliRunner().invoke(group, ["demand", "--api", url])
        as_json = CliRunner().invoke(group, ["demand", "--api", url, "--json"])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert told.exit_code == 0, told.output
    assert told.output.splitlines() == tell(surveyed.describe())
    assert "33% of this validator's texts" in told.output
    assert "songs (kind-2)" in told.output
    assert json.loads(as_json.output)["contexts"][0]["state"] == "missing"
    gone = CliRunner().invoke(group, ["demand", "--api", url])
    assert gone.exit_code == 1
    assert "is the validator running?" in gone.output

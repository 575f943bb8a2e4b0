"""The page that tells what of the dialect is here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chain.coverage import CoverageError, Reason, compare, explain
from chain.runtime.runtime import RUNTIME

ROOT = Path(__file__).parents[2]
ITEMS = ROOT / "tests" / "vectors" / "dialect" / "items.json"


def test_the_page_is_fresh():
    command = [sys.executable, "-m", "workbench.coverage"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == (ROOT / "docs" / "ledger-coverage.md").read_text(), "run scripts/ledger-coverage --write"


def test_every_error_and_event_of_subnets_has_its_place():
    recorded = json.loads(ITEMS.read_text())["pallets"]["SubtensorModule"]
    pallet = next(pallet for pallet in RUNTIME.pallets if pallet.name == "SubtensorModule")
    assert [error.__name__ for error in pallet.errors] == recorded["errors"]
    assert [(event.index, event.name) for event in pallet.events] == list(enumerate(recorded["events"]))


@pytest.mark.parametrize("name", ["SubtensorModule", "AdminUtils"])
def test_every_call_of_the_first_two_tiers_is_there_by_its_index(name):
    recorded = json.loads(ITEMS.read_text())["pallets"][name]
    ours = {call.name: call.index for pallet in RUNTIME.pallets if pallet.name == name for call in pallet.calls}
    wanted = {call for call, tier in recorded["call_tiers"].items() if tier < 3}
    assert {call: ours.get(call) for call in wanted} == {call: recorded["calls"][call] for call in wanted}
    assert all(recorded["calls"][call] == index for call, index in ours.items())


def test_everything_missing_needs_a_reason_and_every_reason_something_missing():
    coverage = compare(RUNTIME, ITEMS)
    with pytest.raises(CoverageError, match="without a reason"):
        explain(coverage, [])
    with pytest.raises(CoverageError, match=r"nothing is missing that System\.call\.remark"):
        explain(coverage, [Reason("all of it", ("*",)), Reason("none", ("System.call.remark",))])

"""The command that holds the epoch against recorded vectors."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "vectors" / "epoch" / "spec425.jsonl.gz"


def run(*paths: Path | str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbench.vectors", *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_all_recorded_epochs_pass():
    done = run(RECORDED.parent)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "104 passed, 0 failed")


@pytest.mark.parametrize("form", ["--fast", "--reference"])
def test_either_form_can_be_held_alone(form, tmp_path):
    with gzip.open(RECORDED, "rt") as lines:
        (tmp_path / "one.json").write_text(next(lines))
    done = run(form, tmp_path)
    assert (done.returncode, done.stdout) == (0, "1 passed, 0 failed\n")


def test_a_wrong_figure_is_shown_and_counted(tmp_path):
    with gzip.open(RECORDED, "rt") as lines:
        document = json.loads(next(lines))
    document["trace_i32f32_bits"]["stake"][2] += 1
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(document))
    done = run(wrong)
    first, last = done.stdout.splitlines()
    assert done.returncode == 1
    assert first.startswith("000-plain-n4: trace stake[2]: expected")
    assert last == "0 passed, 1 failed"


def test_a_missing_path_is_one_line_that_says_so(tmp_path):
    done = run(tmp_path / "nowhere")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1

"""The node as people start it: what it prints, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from substrateinterface import SubstrateInterface

from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "hivegate.py", "--log-level", "warning", "chain", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(*arguments: object) -> tuple[int, str, str]:
    with start(*arguments) as process:
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, out, err


@contextmanager
def node(*arguments: object):
    with start("run", "--port", 0, *arguments) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            assert ready.startswith("listening on ws://127.0.0.1:"), process.communicate()
            yield process, ready.split()[-1]
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_node_says_where_it_listens_and_ends_cleanly(number):
    with node("--tmp", "--block-time", 0.1) as (process, url):
        code, out, err = run("status", "--chain", url, "--json")
        assert (code, json.loads(out)["runtime"].split()[0], err) == (0, "node-subtensor", "")
        code, out, _ = run("export", "--chain", url, "--to", 0)
        assert code == 0
        assert json.loads(out)["header"]["number"] == "0x0"
        process.send_signal(number)
        assert process.wait(PATIENCE_SECONDS) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_directory_in_use_or_damaged_and_a_taken_port_are_one_line_with_the_fix(tmp_path):
    with node("--data-dir", tmp_path / "d") as (_, url):
        code, _, err = run("run", "--data-dir", tmp_path / "d", "--port", 0)
        assert (code, len(err.splitlines())) == (1, 1)
        assert "in use" in err
        code, _, err = run("run", "--tmp", "--port", url.rsplit(":", 1)[1])
        assert (code, len(err.splitlines())) == (1, 1)
        assert "--port" in err
    (tmp_path / "d" / "CURRENT").write_text("garbage")
    code, _, err = run("run", "--data-dir", tmp_path / "d", "--port", 0)
    assert (code, len(err.splitlines())) == (1, 1)
    assert "--data-dir" in err


def test_a_preset_has_the_rules_and_the_pace_of_the_public_chain():
    with node("--tmp", "--preset", "mainnet-like", "--manual") as (_, url), SubstrateInterface(url=url) as substrate:
        assert substrate.get_constant("Aura", "SlotDuration").value == 12_000
        for item, expected in (("Tempo", 360), ("CommitRevealWeightsEnabled", True), ("WeightsSetRateLimit", 100)):
            assert substrate.query("SubtensorModule", item, [1]).value == expected
        assert substrate.query("SubtensorModule", "AdminFreezeWindow").value == 10
    code, out, _ = run("run", "--help")
    assert code == 0
    assert "--preset [dev|mainnet-like]" in out


def test_wrong_flags_are_a_usage_error():
    assert run("run")[0] == 2
    assert run("run", "--tmp", "--port", 99999)[0] == 2
    assert run("run", "--tmp", "--history", 0)[0] == 2
    assert run("run", "--dev", "--spec", "spec.json")[0] == 2
    assert run("run", "--dev", "--preset", "mainnet-like")[0] == 2
    assert run("run", "--tmp", "--preset", "mainnet")[0] == 2
    assert run("run", "--tmp", "--allow-origin", "example.org")[0] == 2


def test_nobody_to_ask_is_one_line():
    code, _, err = run("status", "--chain", "ws://127.0.0.1:9")
    assert (code, len(err.splitlines())) == (1, 1)
    assert "no chain answers" in err

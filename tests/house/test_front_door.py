"""The command line as a person meets it."""

import subprocess
import sys
import time

import pytest

import hivegate


def hive(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hivegate", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_help_names_every_command_and_needs_no_torch():
    code = "import sys, hivegate; assert hivegate.run(['--help']) == 0; assert 'torch' not in sys.modules"
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert time.monotonic() - started < 3
    for name in ("up", "chain", "miner", "validator", "wallet", "query", "doctor", "corpus"):
        assert f"\n  {name}" in done.stdout


def test_version_is_told_on_stdout():
    done = hive("--version")
    assert (done.returncode, done.stdout) == (0, f"hivegate, version {hivegate.VERSION}\n")


@pytest.mark.parametrize("arguments", [("--nonsense",), ("nonsense",), ("up", "--nonsense"), ("up", "--miners", "x")])
def test_wrong_command_line_is_one_line_and_exit_code_two(arguments):
    done = hive(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert "--help" in done.stderr


def test_failures_in_groups_of_tasks_are_told_as_one_line(capsys, monkeypatch):
    def fail(**_options):
        raise ExceptionGroup("tasks", [ExceptionGroup("more", [PermissionError(13, "Permission denied", "key.json")])])

    monkeypatch.setattr(hivegate.cli, "main", fail)
    assert hivegate.run(["up"]) == 1
    assert capsys.readouterr().err == "error: Permission denied: key.json\n"


def test_a_bug_keeps_its_traceback(monkeypatch):
    def fail(**_options):
        raise ZeroDivisionError

    monkeypatch.setattr(hivegate.cli, "main", fail)
    with pytest.raises(ZeroDivisionError):
        hivegate.run(["up"])

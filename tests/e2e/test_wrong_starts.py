"""A start that cannot work says why, in one line, before anything runs."""

import socket
import subprocess
import sys

import pytest

from tests.e2e.network import run

pytestmark = pytest.mark.e2e


def up(*flags: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "hivegate", "up", *flags)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--miners", "none"), "--miners"),
        (("--bad-miners", "evil=1"), "random, noise, two-faced, relay"),
        (("--corpus", "notes"), "NAME=DIR"),
        (("--corpus", "notes=/does/not/exist"), "/does/not/exist"),
        (("--port-base", "80"), "--port-base"),
        (("--for", "-3"), "--for"),
    ],
)
def test_wrong_flag_is_one_line_and_exit_code_two(flags, words, tmp_path):
    done = up(*flags, "--data-dir", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


def test_taken_port_is_one_line_with_the_fix(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        done = up("--data-dir", str(tmp_path), "--port-base", str(holder.getsockname()[1]))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: port ")
    assert "--port-base" in line


def test_corpus_without_enough_text_is_told(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.txt").write_text("too short")
    done = up("--data-dir", str(tmp_path / "data"), "--port-base", "31500", "--corpus", f"notes={folder}")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: corpus: ")
    assert "notes" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr

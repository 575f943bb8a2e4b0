"""A whole network of real processes, for tests to look at, ask and hurt."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.patience import PATIENCE_SECONDS

Result = TypeVar("Result")

SMALL = (
    "--miners=3",
    "--block-time=0.5",
    "--tempo=8",
    "--train-seconds=6",
    "--anchor-seconds=1",
    "--windows=6",
)
"""The same code with smaller constants."""

_PORTS = 40


@dataclass
class Network:
    """One ``hivegate up`` on a folder of its own."""

    data_dir: Path
    port_base: int
    process: subprocess.Popen[str]
    log: Path

    @property
    def chain_url(self) -> str:
        return f"ws://127.0.0.1:{self.port_base}"

    def url(self, validator: int = 1) -> str:
        return f"http://127.0.0.1:{self.port_base + validator}"

    def said(self, words: str) -> bool:
        return words in self.log.read_text()

    def status(self, validator: int = 1) -> dict[str, Any]:
        page = _fetch(f"{self.url(validator)}/status")
        assert isinstance(page, dict)
        return page

    def ask(self, validator: int = 1, prompt: str = "def main(") -> str:
        """Text that a validator continues ``prompt`` with."""
        question = json.dumps({"model": "moe/auto", "prompt": prompt, "max_tokens": 8}).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self.url(validator)}/v1/completions", question, headers)
        return str(_fetch(request)["choices"][0]["text"])

    def pid(self, mark: str) -> int | None:
        """Process id of the child whose command line has ``mark``."""
        for pid in _children(self.process.pid):
            if mark in _command_line(pid):
                return pid
        return None

    def kill(self, mark: str) -> int:
        """``kill -9`` of a child; the process id of the one that takes its place."""
        old = self.pid(mark)
        assert old is not None, f"no process with {mark}"
        os.kill(old, signal.SIGKILL)
        return eventually(lambda: self.pid(mark) if self.pid(mark) not in (None, old) else None) or 0


@contextmanager
def running(data_dir: Path, *flags: str) -> Iterator[Network]:
    """Start a network; whatever the test did, nothing of it is left afterwards."""
    base = find_ports()
    log = data_dir.parent / f"{data_dir.name}-{time.monotonic_ns()}.log"
    command = [sys.executable, "-m", "hivegate", "up", f"--data-dir={data_dir}", f"--port-base={base}", *SMALL, *flags]
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True)
    network = Network(data_dir, base, process, log)
    try:
        yield network
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout:
            process.stdout.close()
        print(log.read_text())


def run(*command: str | Path, check: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with what it printed."""
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=check)


def eventually(condition: Callable[[], Result]) -> Result:
    """First true value of ``condition``; refusals of the network count as false.

    Raises: AssertionError when patience ends before there is one.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    reason: BaseException | None = None
    while time.monotonic() < deadline:
        try:
            if found := condition():
                return found
        except OSError as error:
            reason = error
        time.sleep(0.1)
    raise AssertionError(f"not within {PATIENCE_SECONDS:g} s: {reason or 'the condition never held'}")


def find_ports() -> int:
    """Lowest of enough neighbouring free ports."""
    for base in range(30_000 + os.getpid() % 100 * 100, 60_000, 100):
        if all(_free(port) for port in range(base, base + _PORTS)):
            return base
    raise AssertionError("no free ports")


def _fetch(request: str | urllib.request.Request) -> Any:
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        error.close()
        raise


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _children(pid: int) -> list[int]:
    paths = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in paths for child in path.read_text().split()]


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""

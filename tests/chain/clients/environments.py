"""Environments of other projects' clients: each made once, from the packages that its lock names."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

Outcome = dict[str, Any]  # whatever the program says
PROGRAMS = Path(__file__).parent
LOCKS = PROGRAMS / "locks"
CACHE = Path(__file__).parents[3] / ".venv-clients"
_INSTALL_SECONDS = 1200
_RUN_SECONDS = 900
_TOLD_CHARACTERS = 3_000


needs_node = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None, reason="needs Node (apt-get install nodejs npm)"
)


class NotInstalled(Exception):
    """The packages of a client could not be had; the message names the fix."""


def run_python(program: str, url: str) -> Outcome:
    """What a Python program says last, run where only the packages of the lock of its name are installed."""
    name = Path(program).stem
    folder = _prepare(f"{name}-py", [LOCKS / f"{name}.txt"], sys.version, _install_python)
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    caches = {"BITTENSOR_RUNTIME_CACHE_DIR": str(folder / "cache"), "HOME": str(folder)}
    return _run([str(folder / "bin" / "python"), str(PROGRAMS / program), url], clean | caches)


def run_node(program: str, *arguments: str) -> Outcome:
    """What a JavaScript program says last, run where only the packages of the lock are installed."""
    locks = [LOCKS / "package.json", LOCKS / "package-lock.json"]
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    folder = _prepare("node", locks, version, _install_node)
    shutil.copy(PROGRAMS / program, folder / program)
    return _run(["node", str(folder / program), *arguments], dict(os.environ))


def _install_python(folder: Path, locks: list[Path]) -> None:
    (lock,) = locks
    _make([sys.executable, "-m", "venv", str(folder)], folder.parent)
    pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--retries", "8"]
    _make([*pip, "--timeout", "60", "--requirement", str(lock)], folder)


def _install_node(folder: Path, locks: list[Path]) -> None:
    for lock in locks:
        shutil.copy(lock, folder / lock.name)
    # Not "npm ci", which wants the optional packages of every other platform to be in the lock as well.
    _make(
        ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries", "8"], folder
    )


def _prepare(name: str, locks: list[Path], version: str, install: Callable[[Path, list[Path]], None]) -> Path:
    """Folder with the packages; made anew when they change, and by one process at a time."""
    digest = hashlib.sha256(b"\0".join([version.encode(), *(lock.read_bytes() for lock in locks)])).hexdigest()[:12]
    folder = CACHE / f"{name}-{digest}"
    with _locked(name):
        if not (folder / "ready").exists():
            for outdated in CACHE.glob(f"{name}-*/"):
                shutil.rmtree(outdated, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
            install(folder, locks)
            (folder / "ready").touch()
    return folder


@contextmanager
def _locked(name: str) -> Iterator[None]:
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(command: list[str], folder: Path) -> None:
    """Run a step of an installation.

    Raises:
        NotInstalled: it failed or took too long.
    """
    hint = "check the network and the settings of pip and npm, then run the test again; what is there already is kept"
    try:
        done = subprocess.run(
            command, cwd=folder, timeout=_INSTALL_SECONDS, check=False, capture_output=True, text=True
        )
    except subprocess.TimeoutExpired as error:
        raise NotInstalled(f"{' '.join(command)} took more than {_INSTALL_SECONDS} s; {hint}") from error
    if done.returncode:
        told = (done.stdout + done.stderr)[-_TOLD_CHARACTERS:]
        raise NotInstalled(f"{' '.join(command)} failed; {hint}\n{told}")


def _run(command: list[str], environment: dict[str, str]) -> Outcome:
    done = subprocess.run(command, timeout=_RUN_SECONDS, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert isinstance(told, dict)
    return told

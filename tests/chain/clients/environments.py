"""Environments of other projects' clients: each made once, from the packages that its users install."""

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

Outcome = dict[str, Any]  # whatever the program says
PROGRAMS = Path(__file__).parent
CACHE = Path(__file__).parents[3] / ".venv-clients"
_INSTALL_SECONDS = 900
_RUN_SECONDS = 300


def run_python(program: str, url: str, *requirements: str) -> Outcome:
    """What a Python program says last, run where only the requirements are installed."""
    folder = _prepare(f"{Path(program).stem}-py", requirements, _install_python)
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    caches = {"BITTENSOR_RUNTIME_CACHE_DIR": str(folder / "cache"), "HOME": str(folder)}
    return _run([str(folder / "bin" / "python"), str(PROGRAMS / program), url], clean | caches)


def run_node(program: str, url: str, *packages: str) -> Outcome:
    """What a JavaScript program says last, run where only the packages are installed."""
    folder = _prepare("node", packages, _install_node)
    shutil.copy(PROGRAMS / program, folder / program)
    return _run(["node", str(folder / program), url], dict(os.environ))


def _install_python(folder: Path, requirements: tuple[str, ...]) -> None:
    _check([sys.executable, "-m", "venv", str(folder)], folder.parent)
    _check([str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *requirements], folder)


def _install_node(folder: Path, packages: tuple[str, ...]) -> None:
    (folder / "package.json").write_text('{"private": true}')
    _check(["npm", "install", "--no-audit", "--no-fund", "--save-exact", *packages], folder)


def _prepare(name: str, packages: tuple[str, ...], install: Callable[[Path, tuple[str, ...]], None]) -> Path:
    """Folder with the packages; made anew when they change, and by one process at a time."""
    digest = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:12]
    folder = CACHE / f"{name}-{digest}"
    with _locked(name):
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            install(folder, packages)
            (folder / "ready").touch()
    return folder


@contextmanager
def _locked(name: str) -> Iterator[None]:
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _check(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, timeout=_INSTALL_SECONDS, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _run(command: list[str], environment: dict[str, str]) -> Outcome:
    done = subprocess.run(command, timeout=_RUN_SECONDS, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert isinstance(told, dict)
    return told

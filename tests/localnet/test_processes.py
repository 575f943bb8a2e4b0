"""Children are kept alive, explain themselves, and end with the block."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from localnet.errors import ProgramFailed
from localnet.processes import Program, Supervisor, supervise
from tests.patience import PATIENCE_SECONDS

SLEEPER = "import time; time.sleep(600)"


def python(name: str, code: str, rank: int = 0) -> Program:
    return Program(name, (sys.executable, "-c", code), rank)


@asynccontextmanager
async def supervisor(logs: Path, said: list[str]) -> AsyncIterator[Supervisor]:
    async with asyncio.timeout(PATIENCE_SECONDS), supervise(logs, dict(os.environ), said.append) as children:
        yield children


async def becomes(condition) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - the other side is another process
            await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def log_size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


async def test_children_end_with_the_block(tmp_path):
    async with supervisor(tmp_path, []) as children:
        for name in ("one", "two"):
            children.start(python(name, SLEEPER))
        await becomes(lambda: len(children.pids()) == 2)
        pids = children.pids()
    assert not any(alive(pid) for pid in pids.values())


async def test_released_child_ends_alone_and_is_not_started_again(tmp_path):
    async with supervisor(tmp_path, []) as children:
        for name in ("one", "two"):
            children.start(python(name, SLEEPER))
        await becomes(lambda: len(children.pids()) == 2)
        released = children.pids()["one"]
        await children.release("one")
        assert not alive(released)
        assert list(children.pids()) == ["two"]


async def test_higher_ranks_end_first(tmp_path):
    order = tmp_path / "order"
    code = (
        "import pathlib, signal, sys\n"
        "def end(*_):\n"
        f"    with pathlib.Path({str(order)!r}).open('a') as f: f.write(sys.argv[1])\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('ready', flush=True)\n"
        "signal.pause()"
    )
    async with supervisor(tmp_path, []) as children:
        for rank in (0, 2, 1):
            children.start(Program(f"rank-{rank}", (sys.executable, "-c", code, str(rank)), rank))
        await becomes(lambda: all(log_size(tmp_path / f"rank-{rank}.log") for rank in range(3)))
    assert order.read_text() == "210"


async def test_killed_child_starts_again_and_is_told_of(tmp_path):
    said: list[str] = []
    async with supervisor(tmp_path, said) as children:
        children.start(python("node", SLEEPER))
        await becomes(lambda: "node" in children.pids())
        first = children.pids()["node"]
        os.kill(first, signal.SIGKILL)
        await becomes(lambda: children.pids().get("node", first) != first)
    assert len(said) == 1
    assert "node ended" in said[0]
    assert "SIGKILL" in said[0]


async def test_child_that_explains_itself_at_its_start_ends_the_network(tmp_path):
    explain = "import sys; sys.exit('error: checkpoint x is damaged (delete it)')"

    async def run_both() -> None:
        async with supervisor(tmp_path, []) as children:
            children.start(python("bystander", SLEEPER))
            children.start(python("miner-1", explain))
            await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as raised:
        await run_both()
    (error,) = raised.value.exceptions
    assert isinstance(error, ProgramFailed)
    assert str(error) == "miner-1: checkpoint x is damaged (delete it)"


async def test_child_that_once_worked_may_complain_and_start_again(tmp_path):
    said: list[str] = []
    async with supervisor(tmp_path, said) as children:
        children.prove("miner-1")
        children.start(python("miner-1", "import sys; sys.exit('error: chain is gone')"))
        await becomes(lambda: len(said) >= 2)
    assert "chain is gone" in said[0]


async def test_one_shot_that_fails_without_words_names_its_log(tmp_path):
    with pytest.raises(ExceptionGroup) as raised:
        async with supervisor(tmp_path, []) as children:
            await children.once(python("corpus", "import sys; sys.exit(3)"))
    assert "exit code 3" in str(raised.value.exceptions[0])
    assert "corpus.log" in str(raised.value.exceptions[0])


async def test_child_that_ignores_sigterm_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("localnet.processes._STOP_GRACE", 0.2)
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    async with supervisor(tmp_path, []) as children:
        children.start(python("deaf", code))
        await becomes(lambda: log_size(tmp_path / "deaf.log"))
        pid = children.pids()["deaf"]
    assert not alive(pid)

"""Child processes: started, kept alive, and stopped in reverse order."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from localnet.errors import ProgramFailed

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 20.0
_PROVEN_AFTER = 60.0
_STOP_GRACE = 15.0
_LOG_TAIL_BYTES = 4096

Say = Callable[[str], None]


@dataclass(frozen=True)
class Program:
    """One command line. Programs of a higher ``rank`` are stopped first."""

    name: str
    command: tuple[str, ...]
    rank: int = 0


@dataclass
class Supervisor:
    """Owns the children of a network.

    A child that ends is started again after a growing pause. A child that explains itself with an ``error:``
    line before it ever worked cannot be helped by that, so it ends the network with that line.
    """

    logs: Path
    environment: dict[str, str]
    say: Say
    tasks: asyncio.TaskGroup
    _running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    _keepers: dict[Program, asyncio.Task[None]] = field(default_factory=dict)
    _proven: set[str] = field(default_factory=set)

    def start(self, program: Program) -> None:
        """Run a program for as long as the network runs."""
        self._keepers[program] = self.tasks.create_task(self._keep(program), name=program.name)

    def once(self, program: Program) -> asyncio.Task[None]:
        """Run a program to its end; its failure, as ``ProgramFailed``, ends the network."""
        task = self._keepers[program] = self.tasks.create_task(self._complete(program), name=program.name)
        return task

    def pids(self) -> dict[str, int]:
        """Process ids of the children that run now, by name."""
        return {name: child.pid for name, child in self._running.items()}

    def prove(self, name: str) -> None:
        """Note that a program has worked, so that its end is an accident and not a mistake in its settings."""
        self._proven.add(name)

    async def release(self, name: str) -> None:
        """Stop one program for good."""
        keepers = [task for program, task in self._keepers.items() if program.name == name]
        for task in keepers:
            task.cancel()
        await asyncio.wait(keepers)

    async def stop(self) -> None:
        """Stop all children, the highest rank first."""
        for rank in sorted({program.rank for program in self._keepers}, reverse=True):
            keepers = [task for program, task in self._keepers.items() if program.rank == rank]
            for task in keepers:
                if not task.cancelling():
                    task.cancel()
            await asyncio.wait(keepers)

    async def _complete(self, program: Program) -> None:
        code, complaint = await self._run(program)
        if code != 0:
            raise ProgramFailed(f"{program.name}: {complaint or self._see_log(program, code)}")

    async def _keep(self, program: Program) -> None:
        pause = _FIRST_PAUSE
        while True:
            started = time.monotonic()
            code, complaint = await self._run(program)
            if time.monotonic() - started > _PROVEN_AFTER:
                self.prove(program.name)
                pause = _FIRST_PAUSE
            if complaint and program.name not in self._proven:
                raise ProgramFailed(f"{program.name}: {complaint}")
            reason = complaint or self._see_log(program, code)
            self.say(f"{program.name} ended and starts again in {pause:g} s: {reason}")
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _run(self, program: Program) -> tuple[int, str | None]:
        """Exit code of a program and, where it gave one, its explanation."""
        path = self._log(program)
        with path.open("ab") as log:
            start = log.tell()
            child = await asyncio.create_subprocess_exec(
                *program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,
            )
        self._running[program.name] = child
        try:
            code = await child.wait()
        finally:
            await self._end(program, child)
            del self._running[program.name]
        return code, _complaint(path, start)

    async def _end(self, program: Program, child: asyncio.subprocess.Process) -> None:
        """Ask a child to end; insist after a grace period.

        Waits without ``asyncio.timeout``, which in Python 3.11.2 never tells a task that is being cancelled of the end
        of its time.
        """
        if child.returncode is not None:
            return
        child.terminate()
        ended = asyncio.ensure_future(child.wait())
        await asyncio.wait([ended], timeout=_STOP_GRACE)
        if not ended.done():
            self.say(f"{program.name} did not end within {_STOP_GRACE:g} s and is killed")
            child.kill()
            await ended

    def _log(self, program: Program) -> Path:
        return self.logs / f"{program.name}.log"

    def _see_log(self, program: Program, code: int) -> str:
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return f"{how} (see {self._log(program)})"


def _complaint(log: Path, start: int) -> str | None:
    """The ``error:`` line that ends a program's output after ``start`` bytes of its log, without that word."""
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(start, size - _LOG_TAIL_BYTES))
        lines = file.read().decode(errors="replace").strip().splitlines()
    if lines and lines[-1].startswith("error: "):
        return lines[-1].removeprefix("error: ")
    return None


def child_environment(password: str) -> dict[str, str]:
    """Environment of the children: one thread each for arithmetic, and an end when the launcher ends."""
    return {
        **os.environ,
        "HIVEGATE_PASSWORD": password,
        "HIVEGATE_END_WITH_PARENT": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "RAYON_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "MALLOC_ARENA_MAX": "2",
        "PYTHONUNBUFFERED": "1",
    }


@asynccontextmanager
async def supervise(logs: Path, environment: dict[str, str], say: Say) -> AsyncIterator[Supervisor]:
    """A supervisor whose children all end with the block; ``logs`` is a folder that exists."""
    async with asyncio.TaskGroup() as tasks:
        supervisor = Supervisor(logs, environment, say, tasks)
        try:
            yield supervisor
        finally:
            await supervisor.stop()

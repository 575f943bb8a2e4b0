"""A worker process as its owner sees it: claims in, verdicts out."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import chain
from chain.node.signatures.claim import Claim, encode_claims

_MODULE: Final = "chain.node.signatures.worker"
_CODE_FOLDER: Final = Path(next(iter(chain.__path__))).parent
_ANSWER_SECONDS: Final = 30.0


class WorkerLost(Exception):
    """The process does not answer any more."""


class WorkerProcess:
    """Checks batches in the order in which they come; the next one may be there before the last is done."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers = asyncio.Lock()

    @classmethod
    async def start(cls) -> WorkerProcess:
        """A new process, deaf to the terminal's Ctrl-C: it ends with its input.

        Raises:
            WorkerLost: there is no room for one.
        """
        path = os.pathsep.join(filter(None, (str(_CODE_FOLDER), os.environ.get("PYTHONPATH"))))
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                _MODULE,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerLost(f"none can be started: {error.strerror}") from error
        return cls(process)

    async def check(self, claims: Sequence[Claim]) -> list[bool]:
        """Whether each of ``claims`` holds.

        Raises:
            WorkerLost: the process is gone, or too slow to be alive.
        """
        source, target = self._process.stdout, self._process.stdin
        assert source is not None
        assert target is not None
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                target.write(encode_claims(claims))
                async with self._answers:  # whose waiters go in the order in which they wrote
                    return [verdict == 1 for verdict in await source.readexactly(len(claims))]
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            raise WorkerLost(f"process {self._process.pid}") from error

    async def stop(self) -> None:
        """End it now; whatever it was doing is lost."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

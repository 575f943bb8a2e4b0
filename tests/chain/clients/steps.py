"""Runs the steps of a client program one after the other, and tells what became of each."""

import asyncio
import json
import time
import traceback
from collections.abc import Callable


class Steps:
    """Steps in the order in which they were declared; a failed one does not stop the others."""

    def __init__(self):
        self._steps = []

    def __call__(self, step: Callable[..., object]) -> Callable[..., object]:
        """Declare a step: a coroutine function."""
        self._steps.append(step)
        return step

    async def run(self, *context):
        """What every step gave: ``{"value": …, "seconds": …}`` or ``{"error": …, "seconds": …}``."""
        return {step.__name__: await _outcome(step(*context)) for step in self._steps}


async def _outcome(coroutine):
    began = time.monotonic()
    task = asyncio.ensure_future(coroutine)
    await asyncio.wait([task])
    error = task.exception()
    told = {"error": "".join(traceback.format_exception(error))[-3000:]} if error else {"value": task.result()}
    return {**told, "seconds": round(time.monotonic() - began, 2)}


def report(found):
    """Write the outcomes as the last line of the program."""
    print(json.dumps(found, default=str), flush=True)

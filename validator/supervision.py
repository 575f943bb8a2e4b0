"""Loops that must go on: a fault is told, then the loop starts again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 60.0
CALM_SECONDS = 120.0


async def keep_going(name: str, work: Callable[[], Awaitable[None]], tell: Callable[[str | None], None]) -> None:
    """Run ``work`` for ever; ``tell`` hears of a fault, and None when it has started anew.

    One of the three borders where every exception is caught.
    """
    loop = asyncio.get_running_loop()
    pause = PAUSE_SECONDS
    while True:
        started = loop.time()
        try:
            await work()
        except Exception as error:
            log.exception("%s failed; it starts again in %.0f s", name, pause)
            tell(f"{name}: {type(error).__name__}: {error}")
        pause = PAUSE_SECONDS if loop.time() - started > CALM_SECONDS else min(2 * pause, LONGEST_PAUSE_SECONDS)
        await asyncio.sleep(pause)
        tell(None)

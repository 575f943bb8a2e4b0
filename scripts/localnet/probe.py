"""Questions to the processes of a local network, each with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from localnet.errors import NotReady
from localnet.snippets import MODEL, PROMPT

_POLL_SECONDS = 0.25
_QUESTION_SECONDS = 10.0


async def wait_until(condition: Callable[[], Awaitable[bool]], seconds: float, what: str) -> None:
    """Ask again and again until ``condition`` holds.

    Raises:
        NotReady: it did not within ``seconds``.
    """
    try:
        async with asyncio.timeout(seconds):
            while not await condition():  # noqa: ASYNC110 - the other side is another process
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise NotReady(f"{what} within {seconds:g} s (see the logs in the data folder)") from None


async def listens(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def answers(http: aiohttp.ClientSession, url: str) -> bool:
    """Whether the validator at ``url`` completes a prompt."""
    question = {"model": MODEL, "prompt": PROMPT, "max_tokens": 8, "store": True}
    timeout = aiohttp.ClientTimeout(total=_QUESTION_SECONDS)
    try:
        async with http.post(f"{url}/v1/completions", json=question, timeout=timeout) as reply:
            return reply.status == 200 and bool((await reply.json())["choices"])
    except (aiohttp.ClientError, TimeoutError):
        return False


async def evaluate(
    http: aiohttp.ClientSession, url: str, windows: int, seconds: float, *, mixed: bool = False
) -> dict[str, Any]:
    """Held-out figures of the validator at ``url``, on texts of one domain or on such that change it.

    Raises:
        NotReady: it refused or took longer than ``seconds``.
    """
    timeout = aiohttp.ClientTimeout(total=seconds)
    wishes = {"windows": windows, "mixed": mixed}
    try:
        async with http.post(f"{url}/evaluate", json=wishes, timeout=timeout) as reply:
            answer = await reply.json()
            if reply.status != 200:
                raise NotReady(f"{url}/evaluate answered {reply.status}: {answer} (see the validator's log)")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise NotReady(f"{url}/evaluate gave no figures: {error!r} (see the validator's log)") from error
    assert isinstance(answer, dict)
    return answer

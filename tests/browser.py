"""A real browser for tests of pages: headless, steered over its debugging protocol."""

import asyncio
import base64
import json
import os
import shutil
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.patience import PATIENCE_SECONDS

Json = dict[str, Any]

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-extensions",
    "--no-first-run",
    "--remote-debugging-port=0",
)

marks = [
    pytest.mark.e2e,
    pytest.mark.skipif(BROWSER is None, reason="needs chromium (apt-get install chromium)"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class Tab:
    """One page of the browser, steered over its debugging protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.errors: list[str] = []

    async def call(self, method: str, **params: object) -> Json:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        while True:
            answer = await self._socket.receive_json(timeout=PATIENCE_SECONDS)
            if answer.get("method") == "Runtime.exceptionThrown":
                self.errors.append(json.dumps(answer["params"]))
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: Json = answer["result"]
                return result

    async def evaluate(self, script: str):
        found = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def until(self, condition: str) -> None:
        """Wait until an expression holds, looked at with every frame."""
        script = (
            f"new Promise(done => {{ const look = () => ({condition}) ? done(true) : setTimeout(look, 20); look(); }})"
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.evaluate(script)

    async def shoot(self) -> bytes:
        found = await self.call("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(found["data"])


@asynccontextmanager
async def browsing(folder: Path):
    """A browser with one empty page."""
    process = await asyncio.create_subprocess_exec(
        str(BROWSER),
        *FLAGS,
        f"--user-data-dir={folder}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "HOME": str(folder)},
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = ""
            assert process.stderr is not None
            while "DevTools listening on " not in line:
                line = (await process.stderr.readline()).decode()
        port = line.split("://")[1].split("/")[0]
        async with aiohttp.ClientSession() as http:
            async with http.get(f"http://{port}/json") as reply:
                page = next(one for one in await reply.json() if one["type"] == "page")
            async with http.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                tab = Tab(socket)
                await tab.call("Runtime.enable")
                await tab.call("Page.enable")
                yield tab
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def keep(name: str, image: bytes) -> None:
    """Write a screenshot where somebody wants to look at it."""
    if folder := os.environ.get("HIVEGATE_SCREENSHOTS"):
        (Path(folder) / name).write_bytes(image)

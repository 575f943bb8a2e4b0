"""substrate-interface in a thread of its own: it is synchronous and has one message queue."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, TypeVar

from substrateinterface import SubstrateInterface
from substrateinterface.exceptions import (
    BlockNotFound,
    StorageFunctionNotFound,
    SubstrateRequestException,
)
from websocket import WebSocketException

from chain.remote.errors import ConnectionLost, RequestRefused, UnknownItem
from chain.remote.link import Backoff

Result = TypeVar("Result")
_TYPES: Final = {"types": {"Balance": "u64"}}
_SOCKET_SECONDS: Final = 10.0


class InterfaceThread:
    """Runs functions of a connected :class:`SubstrateInterface`, one after the other."""

    def __init__(self, url: str, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        self._thread = ThreadPoolExecutor(1, "substrate-interface")
        self._interface: SubstrateInterface | None = None
        self._broken = False

    async def run(self, function: Callable[[SubstrateInterface], Result]) -> Result:
        """What ``function`` gives, run again after a lost connection: it must only read.

        Raises:
            RequestRefused: the node answered with an error.
            UnknownItem: the chain has no such pallet, item or call.
            ChainUnreachable: nobody answered in time.
        """
        loop = asyncio.get_running_loop()
        backoff = Backoff(self._url, loop.time() + self._timeout)
        while True:
            try:
                return await loop.run_in_executor(self._thread, self._run, function)
            except ConnectionLost as error:
                await backoff.wait(error)

    async def close(self) -> None:
        """Hang up; what still runs is interrupted."""
        self._hang_up()
        stop = partial(self._thread.shutdown, cancel_futures=True)
        await asyncio.get_running_loop().run_in_executor(None, stop)
        self._hang_up()  # once more: a thread that was just connecting has a socket only now

    def _run(self, function: Callable[[SubstrateInterface], Result]) -> Result:
        try:
            return function(self._connected())
        except SubstrateRequestException as error:
            raise _translate(error) from error
        except (StorageFunctionNotFound, BlockNotFound) as error:
            raise UnknownItem(str(error)) from error
        except (WebSocketException, OSError, json.JSONDecodeError) as error:  # a closed socket reads as no JSON
            self._broken = True
            raise ConnectionLost(str(error)) from error

    def _connected(self) -> SubstrateInterface:
        """The interface, connected again where the connection broke; its decoded metadata stays."""
        if self._interface is None:
            options = {"timeout": min(self._timeout, _SOCKET_SECONDS)}
            self._interface = SubstrateInterface(
                url=self._url, ws_options=options, type_registry=_TYPES, auto_reconnect=False
            )
        elif self._broken or self._interface.websocket is None or not self._interface.websocket.connected:
            self._hang_up()
            self._interface.connect_websocket()
            self._interface.block_hash = None
        self._broken = False
        return self._interface

    def _hang_up(self) -> None:
        if self._interface is not None and self._interface.websocket is not None:
            self._interface.websocket.shutdown()


def _translate(error: SubstrateRequestException) -> RequestRefused:
    details: Any = error.args[0] if error.args else ""
    if isinstance(details, dict):
        return RequestRefused(details.get("code", 0), str(details.get("message", "")), details.get("data"))
    return RequestRefused(0, str(details))

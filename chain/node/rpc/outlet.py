"""The sending half of a WebSocket: text messages out, all that are at hand in one write."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from aiohttp import web

_TEXT: Final = 0x81
_ONE_BYTE_UP_TO: Final = 125
_TWO_BYTES_UP_TO: Final = (1 << 16) - 1
_TWO_BYTES: Final = 126
_EIGHT_BYTES: Final = 127


class Outlet:
    """Writes past the library, which spends a system call on each message; closing and pings stay with it."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._request = request
        self._socket = socket

    @property
    def waiting_bytes(self) -> int:
        """How much was written that not even the kernel has taken yet."""
        transport = self._request.transport
        return 0 if transport is None else transport.get_write_buffer_size()

    def write(self, messages: Iterable[bytes]) -> None:
        """Send ``messages``, which are lost where the socket is closed."""
        transport = self._request.transport
        if transport is not None and not self._socket.closed:
            transport.write(b"".join([part for message in messages for part in (encode_head(len(message)), message)]))

    async def drain(self) -> None:
        """Wait until most of what was written has been taken, or nobody is there any more."""
        with suppress(ConnectionError):
            await self._request.writer.drain()

    def abort(self) -> None:
        """Cut the client off."""
        if self._request.transport is not None:
            self._request.transport.abort()


def encode_head(size_bytes: int) -> bytes:
    """Head of the frame of an unfragmented, unmasked text message. Source: RFC 6455, section 5.2."""
    if size_bytes <= _ONE_BYTE_UP_TO:
        return bytes((_TEXT, size_bytes))
    if size_bytes <= _TWO_BYTES_UP_TO:
        return struct.pack(">BBH", _TEXT, _TWO_BYTES, size_bytes)
    return struct.pack(">BBQ", _TEXT, _EIGHT_BYTES, size_bytes)

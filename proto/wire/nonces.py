"""Nonces that were accepted, remembered across restarts and never more than a bound."""

import struct
from collections import OrderedDict
from pathlib import Path
from typing import BinaryIO

from wire.envelope import CLOCK_WINDOW_SECONDS, NONCE_BYTES, Envelope
from wire.errors import ReplayedRequest

_RECORD = struct.Struct(f"<32s{NONCE_BYTES}sQ")
_COMPACT_RECORDS = 4_096


class NonceStore:
    """Accepts each (sender, nonce) once.

    A sender that has more than ``per_sender`` requests inside the clock window loses its
    oldest; from then on its requests of that age are refused, so nothing is ever accepted
    twice. Records go to ``path`` before the request is answered: they survive the death of
    the process, though not of the machine, whose restart takes longer than the window.
    """

    def __init__(self, path: Path | None = None, per_sender: int = 16_384) -> None:
        self._path = path
        self._per_sender = per_sender
        self._seen: dict[bytes, OrderedDict[bytes, int]] = {}
        self._floor_ms: dict[bytes, int] = {}
        self._file: BinaryIO | None = None
        self._records = 0
        self._kept = 0
        if path is not None:
            self._load(path)

    def __len__(self) -> int:
        return sum(map(len, self._seen.values()))

    def accept(self, envelope: Envelope, now_ms: int) -> None:
        """Remember the nonce of an authentic request.

        Raises: ReplayedRequest.
        """
        nonces = self._seen.setdefault(envelope.sender, OrderedDict())
        if envelope.nonce in nonces or envelope.timestamp_ms <= self._floor_ms.get(envelope.sender, -1):
            raise ReplayedRequest("request was accepted before (sign a new one)")
        self._remember(envelope.sender, envelope.nonce, envelope.timestamp_ms)
        self._records += 1
        if self._file is not None:
            self._file.write(_RECORD.pack(envelope.sender, envelope.nonce, envelope.timestamp_ms))
        if self._records > _COMPACT_RECORDS + 2 * self._kept:
            self._forget_before(now_ms - 2 * int(CLOCK_WINDOW_SECONDS * 1000))
            self._compact()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _remember(self, sender: bytes, nonce: bytes, timestamp_ms: int) -> None:
        nonces = self._seen.setdefault(sender, OrderedDict())
        nonces[nonce] = timestamp_ms
        if len(nonces) > self._per_sender:
            _, oldest = nonces.popitem(last=False)
            self._floor_ms[sender] = max(oldest, self._floor_ms.get(sender, -1))

    def _forget_before(self, limit_ms: int) -> None:
        for sender, nonces in list(self._seen.items()):
            for nonce in [nonce for nonce, timestamp in nonces.items() if timestamp < limit_ms]:
                del nonces[nonce]
            if not nonces:
                del self._seen[sender]
        self._floor_ms = {sender: floor for sender, floor in self._floor_ms.items() if floor >= limit_ms}

    def _load(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        data = path.read_bytes() if path.exists() else b""
        whole = len(data) - len(data) % _RECORD.size
        for sender, nonce, timestamp_ms in _RECORD.iter_unpack(data[:whole]):
            self._remember(sender, nonce, timestamp_ms)
        self._compact()

    def _compact(self) -> None:
        """Write what is remembered to a new file and put it in the place of the old one."""
        self._records = self._kept = len(self)
        if self._path is None:
            return
        self.close()
        fresh = self._path.with_suffix(".tmp")
        with fresh.open("wb") as file:
            for sender, nonces in self._seen.items():
                for nonce, timestamp_ms in nonces.items():
                    file.write(_RECORD.pack(sender, nonce, timestamp_ms))
        fresh.replace(self._path)
        self._file = self._path.open("ab", buffering=0)

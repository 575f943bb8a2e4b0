"""Who we are and how others prove who they are, without knowing where keys come from."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Verify = Callable[[bytes, bytes, bytes], bool]
"""``verify(public_key, data, signature)``; false on malformed input, never raises for it."""

Clock = Callable[[], float]
"""Seconds since the epoch."""


class Signer(Protocol):
    """A key pair that signs."""

    @property
    def public_key(self) -> bytes:
        """32 bytes."""
        ...

    def sign(self, data: bytes) -> bytes:
        """64-byte signature over ``data``."""
        ...


@dataclass(frozen=True)
class Identity:
    """Our key, the check of other keys, and the clock both ends must agree on."""

    signer: Signer
    verify: Verify
    clock: Clock = time.time

    @property
    def public_key(self) -> bytes:
        """Our 32-byte public key."""
        return self.signer.public_key

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return int(self.clock() * 1000)

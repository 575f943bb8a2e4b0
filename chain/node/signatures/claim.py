"""What is to be checked: a key, a message, a signature; and its bytes on the way to a worker."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from chain.crypto import verify_ed25519, verify_sr25519
from chain.record import record

_LAYOUT: Final = struct.Struct("<B32s64sH")
SR25519: Final = 1
ED25519: Final = 0
FRAME_HEAD: Final = struct.Struct("<I")


@record
class Claim:
    """That ``public_key`` signed ``message``, which is at most 256 bytes."""

    kind: int
    public_key: bytes
    signature: bytes
    message: bytes

    def holds(self) -> bool:
        """Whether it is true."""
        verify = verify_sr25519 if self.kind == SR25519 else verify_ed25519
        return verify(self.public_key, self.message, self.signature)


def encode_claims(claims: Sequence[Claim]) -> bytes:
    """One frame: its length, then the claims."""
    parts: list[bytes] = []
    for claim in claims:
        parts += (_LAYOUT.pack(claim.kind, claim.public_key, claim.signature, len(claim.message)), claim.message)
    body = b"".join(parts)
    return FRAME_HEAD.pack(len(body)) + body


def decode_claims(body: bytes) -> Iterator[Claim]:
    """Claims of a frame without its length."""
    position = 0
    while position < len(body):
        kind, public_key, signature, size = _LAYOUT.unpack_from(body, position)
        start = position + _LAYOUT.size
        position = start + size
        yield Claim(kind, public_key, signature, body[start:position])

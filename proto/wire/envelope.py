"""Signed envelope of a request, and the receipt that answers it.

Both travel as one binary metadata value of fixed layout. The request's signature covers the
method, both ends, a nonce, the time and the SHA-256 of the exact wire bytes; the reply's covers
its own digest and the whole request.
"""

import hashlib
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass

from wire.errors import AuthenticationError
from wire.identity import Identity, Verify

VERSION = 1
REQUEST_KEY = "hivegate-envelope-bin"
RECEIPT_KEY = "hivegate-receipt-bin"
CLOCK_WINDOW_SECONDS = 30.0
NONCE_BYTES = 16

_REQUEST_DOMAIN = b"hivegate/request/1\0"
_REPLY_DOMAIN = b"hivegate/reply/1\0"
_SIGNATURE_BYTES = 64
_ENVELOPE = struct.Struct("<B32s32s16sQ32s")
_RECEIPT = struct.Struct("<B32s32s32sQ")

EMPTY_DIGEST = hashlib.sha256(b"").digest()
"""Digest of a stream's opening: nothing has been sent yet."""


def compute_digest(data: bytes | memoryview) -> bytes:
    """SHA-256 of wire bytes."""
    return hashlib.sha256(data).digest()


@dataclass(frozen=True)
class Envelope:
    """Who asks whom for what, and when."""

    sender: bytes
    receiver: bytes
    nonce: bytes
    timestamp_ms: int
    digest: bytes
    signature: bytes = b""

    def _fields(self) -> bytes:
        return _ENVELOPE.pack(VERSION, self.sender, self.receiver, self.nonce, self.timestamp_ms, self.digest)

    def payload(self, method: str) -> bytes:
        """Bytes under the signature."""
        return _REQUEST_DOMAIN + method.encode() + b"\0" + self._fields()

    def request_id(self, method: str) -> bytes:
        """32 bytes that name this very request."""
        return compute_digest(self.payload(method))

    def encode(self) -> bytes:
        """Metadata value."""
        return self._fields() + self.signature

    @classmethod
    def decode(cls, data: bytes) -> "Envelope":
        """Envelope in a metadata value.

        Raises: AuthenticationError.
        """
        if len(data) != _ENVELOPE.size + _SIGNATURE_BYTES or data[0] != VERSION:
            raise AuthenticationError(f"envelope is malformed or not of version {VERSION}")
        _, sender, receiver, nonce, timestamp_ms, digest = _ENVELOPE.unpack_from(data)
        return cls(sender, receiver, nonce, timestamp_ms, digest, data[_ENVELOPE.size :])


@dataclass(frozen=True)
class Receipt:
    """A miner's signed statement: to this request I gave this reply."""

    signer: bytes
    request_id: bytes
    digest: bytes
    timestamp_ms: int
    signature: bytes = b""

    def _fields(self) -> bytes:
        return _RECEIPT.pack(VERSION, self.signer, self.request_id, self.digest, self.timestamp_ms)

    def payload(self) -> bytes:
        """Bytes under the signature."""
        return _REPLY_DOMAIN + self._fields()

    def encode(self) -> bytes:
        """Metadata value."""
        return self._fields() + self.signature

    @classmethod
    def decode(cls, data: bytes) -> "Receipt":
        """Receipt in a metadata value.

        Raises: AuthenticationError.
        """
        if len(data) != _RECEIPT.size + _SIGNATURE_BYTES or data[0] != VERSION:
            raise AuthenticationError(f"receipt is malformed or not of version {VERSION}")
        _, signer, request_id, digest, timestamp_ms = _RECEIPT.unpack_from(data)
        return cls(signer, request_id, digest, timestamp_ms, data[_RECEIPT.size :])

    def is_valid(self, verify: Verify) -> bool:
        """Whether ``signer`` signed this receipt."""
        return verify(self.signer, self.payload(), self.signature)


def sign_request(identity: Identity, receiver: bytes, method: str, digest: bytes) -> Envelope:
    """Envelope around wire bytes of ``digest``, with a fresh nonce."""
    bare = Envelope(identity.public_key, receiver, os.urandom(NONCE_BYTES), identity.now_ms(), digest)
    signature = identity.signer.sign(bare.payload(method))
    return Envelope(bare.sender, bare.receiver, bare.nonce, bare.timestamp_ms, digest, signature)


def verify_request(
    envelope: Envelope, method: str, digest: bytes, identity: Identity, authorize: Callable[[bytes], None]
) -> bytes:
    """Request id of an envelope that is for us, recent, and covers ``digest``.

    ``authorize`` gets the claimed sender before the costly check of its signature.

    Raises: AuthenticationError, and what ``authorize`` raises.
    """
    if envelope.receiver != identity.public_key:
        raise AuthenticationError("request is addressed to another hotkey (refresh the metagraph)")
    skew = (envelope.timestamp_ms - identity.now_ms()) / 1000
    if abs(skew) > CLOCK_WINDOW_SECONDS:
        raise AuthenticationError(
            f"request is dated {skew:+.1f} s from now, allowed are {CLOCK_WINDOW_SECONDS:.0f} s (set the clock)"
        )
    if envelope.digest != digest:
        raise AuthenticationError("body is not the one that was signed")
    authorize(envelope.sender)
    if not identity.verify(envelope.sender, envelope.payload(method), envelope.signature):
        raise AuthenticationError("signature does not match sender, method and body")
    return envelope.request_id(method)


def sign_reply(identity: Identity, request_id: bytes, digest: bytes) -> Receipt:
    """Receipt for a reply of ``digest`` to a request."""
    bare = Receipt(identity.public_key, request_id, digest, identity.now_ms())
    signature = identity.signer.sign(bare.payload())
    return Receipt(bare.signer, request_id, digest, bare.timestamp_ms, signature)


def verify_reply(receipt: Receipt, sender: bytes, request_id: bytes, digest: bytes, verify: Verify) -> None:
    """Check that ``sender`` answered this very request with these very bytes.

    Raises: AuthenticationError.
    """
    if receipt.signer != sender:
        raise AuthenticationError("reply is signed by another hotkey")
    if receipt.request_id != request_id:
        raise AuthenticationError("reply belongs to another request")
    if receipt.digest != digest:
        raise AuthenticationError("reply is not the one that was signed")
    if not receipt.is_valid(verify):
        raise AuthenticationError("signature of the reply is wrong")

"""Running hashes of a stream: what went up, what came down."""

import hashlib

_STREAM_DOMAIN = b"hivegate/stream/1\0"
_CLOSE_DOMAIN = b"hivegate/close/1\0"


class Transcript:
    """Everything said on one stream so far; both ends keep one and must agree."""

    def __init__(self, request_id: bytes) -> None:
        self.request_id = request_id
        self._up = hashlib.sha256()
        self._down = hashlib.sha256()

    def add_request(self, data: bytes) -> None:
        """Note a message from the caller."""
        self._up.update(len(data).to_bytes(8, "little") + data)

    def add_reply(self, data: bytes) -> None:
        """Note a message to the caller."""
        self._down.update(len(data).to_bytes(8, "little") + data)

    def digest(self) -> bytes:
        """32 bytes over both directions so far."""
        return hashlib.sha256(_STREAM_DOMAIN + self._up.digest() + self._down.digest()).digest()

    def closing(self) -> bytes:
        """What the caller signs in its last message."""
        return _CLOSE_DOMAIN + self.request_id + self.digest()

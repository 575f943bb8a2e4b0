"""Bounds that hold before anything is decoded."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one message may contain; a decoder holds at most a few times the wire size."""

    message_bytes: int = 16 << 20
    header_bytes: int = 64 << 10
    """Everything of a message but its raw contents."""
    fields: int = 256
    tensors: int = 16
    dimensions: int = 8
    strings: int = 65_536
    """Elements of one BYTES tensor."""
    rows: int = 256
    """Sequences in one request."""
    tokens: int = 8_192
    """Tokens in one sequence."""
    block: int = 32
    """Tokens of a sequence that one message of a session reveals, or asks to draft."""


DEFAULT_LIMITS = Limits()

"""Protobuf messages taken apart at their top level, so that raw contents are never copied.

``split`` separates the few hundred bytes that describe tensors from the megabytes that are
tensors; only the former goes through protobuf. It also bounds what protobuf will see.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wire.errors import FrameError
from wire.limits import DEFAULT_LIMITS, Limits

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
Buffer = bytes | memoryview


@dataclass(frozen=True)
class Field:
    """One top-level field; ``start`` is where its tag begins, ``value`` where its payload does."""

    number: int
    kind: int
    start: int
    value: int
    end: int


def _read_varint(data: Buffer, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise FrameError("message is cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise FrameError("number in message is too long")


def _write_varint(value: int) -> bytes:
    parts = bytearray()
    while value >= 0x80:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def read_fields(data: Buffer) -> Iterator[Field]:
    """Top-level fields of a message in order.

    Raises: FrameError.
    """
    at, size = 0, len(data)
    while at < size:
        start = at
        tag, at = _read_varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == _LENGTH:
            length, at = _read_varint(data, at)
        elif kind == _VARINT:
            length = _read_varint(data, at)[1] - at
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        else:
            raise FrameError(f"field {number} has unknown wire type {kind}")
        if at + length > size:
            raise FrameError(f"field {number} is cut off")
        yield Field(number, kind, start, at, at + length)
        at += length


def split(data: Buffer, raw_field: int, limits: Limits = DEFAULT_LIMITS) -> tuple[bytes, list[memoryview]]:
    """A message without its raw contents, and views of these.

    Raises: FrameError.
    """
    if len(data) > limits.message_bytes:
        raise FrameError(f"message of {len(data)} bytes is larger than {limits.message_bytes}")
    view = memoryview(data)
    header: list[memoryview] = []
    raws: list[memoryview] = []
    for count, field in enumerate(read_fields(view)):
        if count >= limits.fields:
            raise FrameError(f"message has more than {limits.fields} fields")
        if field.number == raw_field and field.kind == _LENGTH:
            raws.append(view[field.value : field.end])
        else:
            header.append(view[field.start : field.end])
    if len(raws) > limits.tensors:
        raise FrameError(f"message has {len(raws)} raw contents, more than {limits.tensors}")
    if sum(map(len, header)) > limits.header_bytes:
        raise FrameError(f"message describes itself in more than {limits.header_bytes} bytes")
    return b"".join(header), raws


def join(header: bytes, raw_field: int, raws: Sequence[Buffer]) -> bytes:
    """The message that ``split`` takes apart."""
    tag = _write_varint(raw_field << 3 | _LENGTH)
    parts: list[Buffer] = [header]
    for raw in raws:
        parts += (tag, _write_varint(len(raw)), raw)
    return b"".join(parts)

"""SCALE compact integers: one to sixty-seven bytes, shortest form only."""

from chain.scale.errors import ScaleError

_SMALL = [bytes([value << 2]) for value in range(64)]
_LIMIT = 1 << 536


def encode_compact(value: int) -> bytes:
    """Shortest compact form of ``value`` below 2**536.

    Raises:
        ScaleError: negative or too large.
    """
    if 0 <= value < 64:
        return _SMALL[value]
    if value < 0 or value >= _LIMIT:
        raise ScaleError(f"{value} does not fit a compact integer")
    if value < 1 << 14:
        return (value << 2 | 1).to_bytes(2, "little")
    if value < 1 << 30:
        return (value << 2 | 2).to_bytes(4, "little")
    size = (value.bit_length() + 7) // 8
    return bytes([(size - 4) << 2 | 3]) + value.to_bytes(size, "little")


def decode_compact(data: bytes, offset: int = 0) -> tuple[int, int]:
    """Value at ``offset`` and the offset behind it.

    Raises:
        ScaleError: truncated, or longer than the value needs.
    """
    if offset >= len(data):
        raise ScaleError(f"compact integer expected at offset {offset}, the data ends there")
    head = data[offset]
    mode = head & 3
    if mode == 0:
        return head >> 2, offset + 1
    size = (head >> 2) + 4 if mode == 3 else 2 * mode
    start = offset + 1 if mode == 3 else offset
    end = start + size
    if end > len(data):
        raise ScaleError(f"compact integer of {size} bytes at offset {offset} is truncated")
    raw = int.from_bytes(data[start:end], "little")
    value = raw if mode == 3 else raw >> 2
    if value < _smallest(mode, size):
        raise ScaleError(f"compact integer at offset {offset} is longer than {value} needs")
    return value, end


def _smallest(mode: int, size: int) -> int:
    """Smallest value that has to be written in ``mode`` with ``size`` bytes."""
    if mode == 1:
        return 1 << 6
    if mode == 2:
        return 1 << 14
    return 1 << 30 if size == 4 else 1 << 8 * (size - 1)


def encode_bytes(value: bytes) -> bytes:
    """``value`` behind its length."""
    return encode_compact(len(value)) + value


def decode_bytes(data: bytes, offset: int = 0) -> tuple[bytes, int]:
    """Bytes behind their length at ``offset``, and the offset behind them.

    Raises:
        ScaleError: truncated.
    """
    size, start = decode_compact(data, offset)
    end = start + size
    if end > len(data):
        raise ScaleError(f"{size} bytes at offset {start} exceed the data")
    return data[start:end], end

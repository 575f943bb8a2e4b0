"""Keys of a base-16 trie: one nibble per byte, so that slicing and comparing stay at C speed."""

from binascii import unhexlify
from typing import Final

_FROM_HEX: Final = bytes.maketrans(b"0123456789abcdef", bytes(range(16)))
_TO_HEX: Final = bytes.maketrans(bytes(range(16)), b"0123456789abcdef")


def unpack(key: bytes) -> bytes:
    """Nibbles of ``key``, high half first."""
    return key.hex().encode().translate(_FROM_HEX)


def pack(nibbles: bytes) -> bytes:
    """Bytes of ``nibbles``; an odd count is padded with a zero in front."""
    padded = nibbles if len(nibbles) % 2 == 0 else b"\0" + nibbles
    return unhexlify(padded.translate(_TO_HEX))


def count_shared(left: bytes, right: bytes) -> int:
    """Length of the longest common prefix."""
    limit = min(len(left), len(right))
    if left[:limit] == right[:limit]:
        return limit
    return next(i for i in range(limit) if left[i] != right[i])

"""How keys of maps become part of storage keys."""

from collections.abc import Callable
from dataclasses import dataclass

from chain.crypto import blake2_128, blake2_256, twox_64, twox_128, twox_256


@dataclass(frozen=True)
class Hasher:
    """How a map's key becomes part of a storage key.

    ``hash`` is applied to the encoded key; ``digest_bytes`` is how much of the result stands before the
    encoded key itself, or the whole of it where the key cannot be told from it (``opaque``).
    """

    name: str
    number: int
    hash: Callable[[bytes], bytes]
    digest_bytes: int
    opaque: bool = False


BLAKE2_128 = Hasher("Blake2_128", 0, blake2_128, 16, opaque=True)
BLAKE2_256 = Hasher("Blake2_256", 1, blake2_256, 32, opaque=True)
BLAKE2_128_CONCAT = Hasher("Blake2_128Concat", 2, lambda key: blake2_128(key) + key, 16)
TWOX_128 = Hasher("Twox128", 3, twox_128, 16, opaque=True)
TWOX_256 = Hasher("Twox256", 4, twox_256, 32, opaque=True)
TWOX_64_CONCAT = Hasher("Twox64Concat", 5, lambda key: twox_64(key) + key, 8)
IDENTITY = Hasher("Identity", 6, lambda key: key, 0)

"""What the gate sees of a text: hashed character n-grams, projected to a short fixed vector.

No download, no vocabulary, no training. Every step is integer arithmetic until the final division, so
the result is the same to the bit on every machine and in every process.
"""

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Hashes = NDArray[np.uint64]

BUCKETS = 1 << 14
GRAM_LENGTHS = (1, 2, 4)
_LONGEST_TEXT = 4_096


def _mixed(values: Hashes) -> Hashes:
    """SplitMix64's finaliser: every input bit moves every output bit."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _signs(seed: int, dimension: int) -> NDArray[np.float32]:
    """Fixed projection of +1 and -1, [buckets, dimension]."""
    words = -(-dimension // 64)
    counter = np.arange(BUCKETS * words, dtype=np.uint64) + np.uint64(seed) * np.uint64(1 << 32)
    octets = _mixed(counter * np.uint64(0x9E3779B97F4A7C15)).astype("<u8").view(np.uint8)
    bits = np.unpackbits(octets.reshape(BUCKETS, words * 8), axis=1)[:, :dimension]
    return bits.astype(np.float32) * 2 - 1


class Features:
    """Encodes texts as unit vectors; texts that look alike point the same way."""

    def __init__(self, dimension: int = 256, seed: int = 0) -> None:
        self.dimension = dimension
        self.seed = seed
        self._projection = _signs(seed, dimension)
        self._weight_of_count = np.rint(2 * np.sqrt(np.arange(_LONGEST_TEXT + 1))).astype(np.float32)

    def encode(self, text: str) -> Vector:
        """Unit vector of the newest part of a text, float64 [dimension]; an empty text gives the first axis."""
        seen, weights = self.grams(text)
        projected = (weights @ self._projection[seen]).astype(np.float64)
        squared = float(np.sum(projected * projected))
        if squared == 0:
            projected[0] = squared = 1.0
        result: Vector = projected / np.sqrt(squared)
        return result

    def grams(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Buckets of the n-grams in the newest part of a text, each once, and how much each counts."""
        found = self._buckets(np.frombuffer(text.encode()[-_LONGEST_TEXT:], dtype=np.uint8))
        seen, counts = np.unique(found, return_counts=True)
        return seen, self._weight_of_count[counts]

    @staticmethod
    def _buckets(octets: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Bucket of every n-gram of every length."""
        values = octets.astype(np.uint64)
        grams = np.zeros(len(values), dtype=np.uint64)
        hashed = []
        for length in GRAM_LENGTHS:
            if len(values) < length:
                break
            grams = (grams[: len(values) - length + 1] << np.uint64(8)) | values[length - 1 :]
            hashed.append(_mixed(grams + np.uint64(length << 40)) & np.uint64(BUCKETS - 1))
        return np.concatenate(hashed).astype(np.int64) if hashed else np.zeros(0, dtype=np.int64)

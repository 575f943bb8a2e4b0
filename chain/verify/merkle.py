"""Merkle trees over chunks of bytes: what a miner commits to and anyone can open."""

import hashlib
from collections.abc import Iterable, Sequence

CHUNK_BYTES = 1 << 20

_LEAF = b"\0"
_NODE = b"\1"


def compute_leaf(data: bytes) -> bytes:
    """BLAKE2b-256 of one chunk, in the domain of leaves."""
    return hashlib.blake2b(_LEAF + data, digest_size=32).digest()


def compute_root(leaves: Sequence[bytes]) -> bytes:
    """Root over ``leaves`` in order; a node without a sibling moves up as it is.

    The root of no leaves is that of one empty chunk.
    """
    level = list(leaves) or [compute_leaf(b"")]
    while len(level) > 1:
        pairs = [level[index : index + 2] for index in range(0, len(level), 2)]
        level = [_join(pair) for pair in pairs]
    return level[0]


def compute_leaves(chunks: Iterable[bytes]) -> list[bytes]:
    """Leaf of every chunk."""
    return [compute_leaf(chunk) for chunk in chunks]


def _join(pair: Sequence[bytes]) -> bytes:
    if len(pair) == 1:
        return pair[0]
    return hashlib.blake2b(_NODE + pair[0] + pair[1], digest_size=32).digest()

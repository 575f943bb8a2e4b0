"""The chain that a node begins in an empty directory."""

from __future__ import annotations

from functools import partial

from chain.node.genesis import Genesis
from chain.runtime.genesis import build_genesis, dev_spec


def build_dev_genesis(tempo: int = 20, at_block: int = 0, block_ms: int = 1_000) -> Genesis:
    """The development chain with epochs of ``tempo`` blocks, as if ``at_block`` blocks had passed without events.

    It is known again at any pace of blocks.
    """
    place = f" at={at_block}" if at_block else ""
    identity = f"dev tempo={tempo}{place}".encode()
    return Genesis(identity, partial(build_genesis, dev_spec(tempo=tempo, block_time_ms=block_ms)), at_block=at_block)

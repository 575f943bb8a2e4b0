"""The chain that a node begins in an empty directory."""

from __future__ import annotations

from functools import partial

from chain.node.genesis import Genesis
from chain.runtime.genesis import build_genesis, dev_spec


def build_dev_genesis(tempo: int = 20, at_block: int = 0) -> Genesis:
    """The development chain with epochs of ``tempo`` blocks, as if ``at_block`` blocks had passed without events."""
    place = f" at={at_block}" if at_block else ""
    identity = f"dev tempo={tempo}{place}".encode()
    return Genesis(identity, partial(build_genesis, dev_spec(tempo=tempo)), at_block=at_block)

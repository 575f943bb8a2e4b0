"""The chain that a node begins in an empty directory."""

from __future__ import annotations

from functools import partial

from chain.node.genesis import Genesis
from chain.runtime.genesis import build_genesis, dev_spec


def build_dev_genesis(tempo: int = 20) -> Genesis:
    """The development chain with epochs of ``tempo`` blocks."""
    return Genesis(f"dev tempo={tempo}".encode(), partial(build_genesis, dev_spec(tempo=tempo)))

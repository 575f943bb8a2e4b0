"""The chain that a node begins in an empty directory."""

from __future__ import annotations

from functools import partial

from chain.node.genesis import Genesis
from chain.runtime.genesis import PRESETS, build_genesis


def build_dev_genesis(tempo: int = 20, at_block: int = 0, block_ms: int = 1_000) -> Genesis:
    """The development chain with epochs of ``tempo`` blocks, as if ``at_block`` blocks had passed without events."""
    return build_preset_genesis("dev", tempo, at_block, block_ms)


def build_preset_genesis(preset: str, tempo: int, at_block: int, block_ms: int) -> Genesis:
    """A chain of a preset, by its name, with epochs of ``tempo`` blocks, as if ``at_block`` blocks had passed.

    It is known again at any pace of blocks.
    """
    place = f" at={at_block}" if at_block else ""
    identity = f"{preset} tempo={tempo}{place}".encode()
    spec = PRESETS[preset].build(tempo=tempo, block_time_ms=block_ms)
    return Genesis(identity, partial(build_genesis, spec), at_block=at_block)

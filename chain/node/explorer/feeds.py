"""Extrinsics and events of many blocks, newest first; never more than a bounded part at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chain.block import Block
from chain.node.explorer.decode import describe_event, describe_extrinsics, name_event
from chain.node.explorer.reader import Reader
from chain.node.explorer.views import EventView, ExtrinsicRow, Feed
from chain.runtime.extrinsic import decode_extrinsic
from chain.runtime.runtime import RUNTIME

_BLOCKS_AT_ONCE: Final = 500
_ITEMS_AT_ONCE: Final = 20_000
"""How much one question looks through; the next goes on from there."""

_END: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class Place:
    """Right before an item of a block; index 0 is before all of them."""

    number: int
    index: int

    def __str__(self) -> str:
        return f"{self.number}-{self.index}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items: at most ``count`` before a place, of blocks after one, with ``text`` in their names.

    Of an ``account``: those that it signed or that name it.
    """

    before: Place | None
    count: int
    after: int = 0
    text: str = ""
    account: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """What one block gave, of how many items; ``missing`` says why the search ends with it."""

    items: tuple[ExtrinsicRow, ...] | tuple[EventView, ...]
    looked_at: int
    missing: str | None = None


_Pick = Callable[[Block, int, int], _Part]
"""A block, the index below which to look, and how many items to give."""


def find_extrinsics(reader: Reader, wanted: Wanted) -> Feed:
    """The newest signed extrinsics."""
    words = wanted.text.lower()

    def pick(block: Block, below: int, room: int) -> _Part:
        raws = block.extrinsics[:below]
        found = [index for index, raw in enumerate(raws) if wanted.account is None or wanted.account in raw]
        matching = [index for index in reversed(found) if _is_signed(raws[index], words)][:room]
        happened = reader.happened(block.number)[0]
        return _Part(describe_extrinsics(block, happened, matching) if matching else (), len(raws))

    return _search(reader, wanted, pick)


def find_events(reader: Reader, wanted: Wanted) -> Feed:
    """The newest events."""
    words = wanted.text.lower()

    def pick(block: Block, below: int, room: int) -> _Part:
        happened, missing = reader.happened(block.number)
        records = list(enumerate((happened.events or ())[:below]))
        matching = [pair for pair in reversed(records) if words in name_event(pair[1]).lower()][:room]
        return _Part(tuple(describe_event(block.number, *pair) for pair in matching), len(records), missing)

    return _search(reader, wanted, pick)


def _search(reader: Reader, wanted: Wanted, pick: _Pick) -> Feed:
    items: list[ExtrinsicRow | EventView] = []
    start = wanted.before or Place(reader.head, _END)
    lowest = wanted.after + 1
    floor = max(lowest, start.number - _BLOCKS_AT_ONCE + 1)
    looked_at = 0
    for block in reader.blocks(start.number, floor):
        part = pick(block, start.index if block.number == start.number else _END, wanted.count - len(items))
        items += part.items
        looked_at += part.looked_at
        if part.missing is not None:
            return Feed(tuple(items), None, part.missing)
        if len(items) >= wanted.count:
            return Feed(tuple(items), str(Place(block.number, items[-1].index)), None)
        if looked_at > _ITEMS_AT_ONCE:
            return Feed(tuple(items), str(Place(block.number, 0)), None)
    return Feed(tuple(items), str(Place(floor, 0)) if floor > lowest else None, None)


def _is_signed(raw: bytes, words: str) -> bool:
    extrinsic = decode_extrinsic(raw)
    return extrinsic.authorization is not None and words in RUNTIME.call_type.names[extrinsic.call.declaration].lower()

"""States of the past: for every key and block that changed it, the value from before.

The newest state is stored by itself, so that reading the past costs more the rarer it is needed, and forgetting the
oldest block is deleting what its journal names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import groupby
from typing import Final

from chain.node.database import Database, Write
from chain.node.errors import StateDiscarded
from chain.scale.compact import decode_compact, encode_compact

STATE: Final = "state"
HISTORY: Final = "history"
JOURNAL: Final = "journal"

NUMBER_SIZE: Final = 4
_OLDEST: Final = b"oldest"
_PRESENT: Final = b"\1"
_ABSENT: Final = b"\0"
_END_OF_KEY: Final = b"\0\0"
_AFTER_VERSIONS: Final = b"\0\1"
_PRUNED_AT_ONCE: Final = 16
"""How many blocks each new one makes forgotten at most, after the length of the history was cut."""

ReadOld = Callable[[bytes], bytes | None]


class StateHistory:
    """Reads the state after any block from :attr:`oldest` on; ``length`` is how many to keep, None for all."""

    def __init__(self, database: Database, length: int | None) -> None:
        self._database = database
        self._length = length
        found = database.get(JOURNAL, _OLDEST)
        self.oldest = 0 if found is None else decode_number(found)

    def iter_state(self) -> Iterator[tuple[bytes, bytes]]:
        """All items of the newest state, in order of keys."""
        return self._database.iterate(STATE)

    def get_at(self, key: bytes, number: int) -> bytes | None:
        """Value of ``key`` after block ``number``.

        Raises:
            StateDiscarded: that state is no longer kept.
        """
        newest = self._database.get(STATE, key)  # first: a block that comes meanwhile shows in the history
        stem = _escape(key)
        found = next(self._database.iterate(HISTORY, stem + encode_number(number + 1)), None)
        self.ensure_kept(number)
        if found is None or found[0][:-NUMBER_SIZE] != stem:
            return newest
        return None if found[1][:1] == _ABSENT else found[1][1:]

    def iter_keys_ever(self, start: bytes) -> Iterator[bytes]:
        """Keys from ``start`` on of the newest state or any older one, in order."""
        newest = (key for key, _ in self._database.iterate(STATE, start))
        return (key for key, _ in groupby(merge(newest, self._iter_old_keys(start))))

    def find_changes(self, first: int, last: int) -> dict[bytes, bytes | None]:
        """What the keys that changed in blocks ``first`` to ``last`` held before.

        Raises:
            StateDiscarded: the state before ``first`` is no longer kept.
        """
        keys = {key for number in range(first, last + 1) for key in self._read_journal(number)}
        self.ensure_kept(first - 1)
        return {key: self.get_at(key, first - 1) for key in keys}

    def ensure_kept(self, number: int) -> None:
        """Let only blocks pass whose state is kept.

        Raises:
            StateDiscarded: it is not.
        """
        if number < self.oldest:
            raise StateDiscarded(f"the state of block {number}; the oldest kept is {self.oldest}")

    def list_writes(self, number: int, changes: Iterable[tuple[bytes, bytes | None]], read: ReadOld) -> Iterator[Write]:
        """What makes ``changes`` by block ``number`` durable, given how to ``read`` the state before it."""
        journal = []
        suffix = encode_number(number)
        for key, value in changes:
            yield STATE, key, value
            if number > self.oldest:
                old = read(key)
                yield HISTORY, _escape(key) + suffix, _ABSENT if old is None else _PRESENT + old
                journal.append(encode_compact(len(key)) + key)
        if number > self.oldest:
            yield JOURNAL, suffix, b"".join(journal)

    def begin_at(self, number: int) -> Iterator[Write]:
        """What makes the state of block ``number`` the oldest."""
        self.oldest = number
        yield JOURNAL, _OLDEST, encode_number(number)

    def list_discards(self, number: int) -> Iterator[Write]:
        """What forgets the states that are too old once block ``number`` is there; see :meth:`note_discarded`."""
        target = self._target(number)
        for forgotten in range(self.oldest + 1, target + 1):
            suffix = encode_number(forgotten)
            for key in self._read_journal(forgotten):
                yield HISTORY, _escape(key) + suffix, None
            yield JOURNAL, suffix, None
        if target > self.oldest:
            yield JOURNAL, _OLDEST, encode_number(target)

    def note_discarded(self, number: int) -> None:
        """What :meth:`list_discards` gave is about to be written."""
        self.oldest = self._target(number)

    def _target(self, number: int) -> int:
        if self._length is None:
            return self.oldest
        return max(self.oldest, min(number - self._length, self.oldest + _PRUNED_AT_ONCE))

    def _iter_old_keys(self, start: bytes) -> Iterator[bytes]:
        position = start.replace(b"\0", b"\0\xff")
        while (item := next(self._database.iterate(HISTORY, position), None)) is not None:
            stem = item[0][:-NUMBER_SIZE]
            yield _unescape(stem)
            position = stem[: -len(_END_OF_KEY)] + _AFTER_VERSIONS

    def _read_journal(self, number: int) -> Iterator[bytes]:
        data = self._database.get(JOURNAL, encode_number(number)) or b""
        position = 0
        while position < len(data):
            size, start = decode_compact(data, position)
            position = start + size
            yield data[start:position]


def encode_number(number: int) -> bytes:
    """A block number such that order stays."""
    return number.to_bytes(NUMBER_SIZE, "big")


def decode_number(data: bytes) -> int:
    """The block number of these bytes."""
    return int.from_bytes(data, "big")


def _escape(key: bytes) -> bytes:
    """``key`` with an end that no key contains, such that order stays: version numbers may follow."""
    return key.replace(b"\0", b"\0\xff") + _END_OF_KEY


def _unescape(stem: bytes) -> bytes:
    return stem[: -len(_END_OF_KEY)].replace(b"\0\xff", b"\0")

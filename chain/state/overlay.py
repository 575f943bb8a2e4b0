"""The state during one block: changes over an untouched parent, with savepoints."""

from collections.abc import Iterator
from heapq import merge
from typing import Protocol

_ITEM_PREFIX_BYTES = 32
"""Length of the storage prefix of a pallet's item: two 16-byte hashes."""


class Reader(Protocol):
    """Committed state: what a block is executed upon, never changed by it."""

    def get(self, key: bytes, /) -> bytes | None:
        """Value at ``key``, or ``None``."""
        ...

    def iter_prefix(self, prefix: bytes, /) -> Iterator[tuple[bytes, bytes]]:
        """Keys that start with ``prefix`` and their values, in ascending order of keys."""
        ...


class MemoryState(dict[bytes, bytes]):
    """A committed state in a dictionary: genesis states, and tests."""

    def iter_prefix(self, prefix: bytes, /) -> Iterator[tuple[bytes, bytes]]:
        """Keys that start with ``prefix`` and their values, in ascending order of keys."""
        return iter(sorted((key, value) for key, value in self.items() if key.startswith(prefix)))

    def apply(self, changes: dict[bytes, bytes | None]) -> None:
        """Write a block's changes; ``None`` removes a key."""
        for key, value in changes.items():
            if value is None:
                self.pop(key, None)
            else:
                self[key] = value


class _Unwritten:
    """Marks, in the undo log, a key that the block had not written before."""


_UNWRITTEN = _Unwritten()


class State:
    """Key-value state of a block in the making.

    Reads fall through to ``parent``; writes stay in ``changes``, where ``None`` marks a removed key.
    ``events`` are what calls and hooks announced so far; a rollback takes them back too.
    """

    def __init__(self, parent: Reader) -> None:
        self.parent = parent
        self._read = parent.get
        self.changes: dict[bytes, bytes | None] = {}
        self.events: list[object] = []
        self._written: dict[bytes, set[bytes]] = {}  # written keys by item prefix: for iteration
        self._undo: list[tuple[bytes, bytes | _Unwritten | None]] = []
        self._open_transactions = 0

    def get(self, key: bytes) -> bytes | None:
        """Value at ``key``, or ``None``."""
        changes = self.changes
        return changes[key] if key in changes else self._read(key)

    def put(self, key: bytes, value: bytes | None) -> None:
        """Set ``key``; ``None`` removes it."""
        changes = self.changes
        if key not in changes:
            self._written.setdefault(key[:_ITEM_PREFIX_BYTES], set()).add(key)
            if self._open_transactions:
                self._undo.append((key, _UNWRITTEN))
        elif self._open_transactions:
            self._undo.append((key, changes[key]))
        changes[key] = value

    def delete(self, key: bytes) -> None:
        """Remove ``key``."""
        self.put(key, None)

    def iter_prefix(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Keys that start with ``prefix`` and their values, ascending; later writes do not disturb it."""
        written = self._written_under(prefix)
        if not written:
            yield from self.parent.iter_prefix(prefix)
            return
        parent = (pair for pair in self.parent.iter_prefix(prefix) if pair[0] not in written)
        changed = sorted((key, value) for key, value in written.items() if value is not None)
        yield from merge(parent, changed)

    def transaction(self) -> "Transaction":
        """A block of code whose changes and events vanish when it raises; may be nested."""
        return Transaction(self)

    def _written_under(self, prefix: bytes) -> dict[bytes, bytes | None]:
        """Changes under ``prefix``."""
        if len(prefix) >= _ITEM_PREFIX_BYTES:
            candidates = self._written.get(prefix[:_ITEM_PREFIX_BYTES], set())
            return {key: self.changes[key] for key in candidates if key in self.changes and key.startswith(prefix)}
        return {key: value for key, value in self.changes.items() if key.startswith(prefix)}

    def _begin(self) -> tuple[int, int]:
        self._open_transactions += 1
        return len(self._undo), len(self.events)

    def _end(self, savepoint: tuple[int, int], *, keep: bool) -> None:
        if not keep:
            undone, events = savepoint
            while len(self._undo) > undone:
                self._restore(*self._undo.pop())
            del self.events[events:]
        self._open_transactions -= 1
        if not self._open_transactions:
            self._undo.clear()

    def _restore(self, key: bytes, value: bytes | _Unwritten | None) -> None:
        if isinstance(value, _Unwritten):
            del self.changes[key]
        else:
            self.changes[key] = value


class Transaction:
    """A savepoint of ``State``; use it in a ``with`` statement."""

    __slots__ = ("_savepoint", "_state")

    def __init__(self, state: State) -> None:
        self._state = state
        self._savepoint = (0, 0)

    def __enter__(self) -> None:
        self._savepoint = self._state._begin()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._state._end(self._savepoint, keep=error is None)

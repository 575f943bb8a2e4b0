"""The state after a block: the newest in memory, older ones from the trie or the store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from chain.node.history import StateHistory
from chain.node.store import Changes
from chain.state.trie import Trie


class StateView(Protocol):
    """Items of the state after one block."""

    def get(self, key: bytes) -> bytes | None:
        """Value at ``key``, None where there is none."""
        ...

    def iter_prefix(self, prefix: bytes, after: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        """Items below ``prefix`` in order of keys; only those strictly above ``after`` if given."""
        ...


class HeadState:
    """State after the newest block: a dictionary for speed beside the trie for order and proofs."""

    def __init__(self, items: dict[bytes, bytes]) -> None:
        self._values = items
        self.get = items.get
        """Read several times for each transaction, so nothing stands between."""
        self.trie = Trie().update(items)

    def iter_prefix(self, prefix: bytes, after: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        return self.trie.iter_prefix(prefix, after)

    def advance(self, changes: Changes, trie: Trie) -> None:
        """Take over ``changes``, of which ``trie`` is the result."""
        for key, value in changes.items():
            if value is None:
                self._values.pop(key, None)
            else:
                self._values[key] = value
        self.trie = trie


class HistoricState:
    """State after a block that is no longer in memory."""

    def __init__(self, history: StateHistory, number: int) -> None:
        self._history = history
        self._number = number

    def get(self, key: bytes) -> bytes | None:
        return self._history.get_at(key, self._number)

    def iter_prefix(self, prefix: bytes, after: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        start = prefix if after is None or after < prefix else after
        for key in self._history.iter_keys_ever(start):
            if not key.startswith(prefix):
                return
            value = self.get(key)
            if value is not None and key != after:
                yield key, value

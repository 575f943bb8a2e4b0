"""One publisher, many listeners in the same loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Broadcast(Generic[Item]):
    """Calls every listener with what is published, in the order in which they came."""

    def __init__(self) -> None:
        self._listeners: dict[object, Callable[[Item], None]] = {}

    def add(self, listener: Callable[[Item], None]) -> Callable[[], None]:
        """Listen from now on; calling the result ends it."""
        token = object()
        self._listeners[token] = listener
        return lambda: self._listeners.pop(token, None) and None

    def publish(self, item: Item) -> None:
        """Hand ``item`` to all listeners."""
        for listener in list(self._listeners.values()):
            listener(item)

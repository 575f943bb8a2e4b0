"""The method table: functions marked with the names and parameters under which clients call them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeVar

from chain.node.rpc.params import Param

Handler = Callable[..., object]
_Function = TypeVar("_Function", bound=Callable[..., object])
_MARK = "rpc_marks"


class Caller(Protocol):
    """The connection that a subscription belongs to."""

    def open(self, method: str) -> Subscription:
        """A new subscription whose notifications carry ``method``."""
        ...

    def cancel(self, identifier: str) -> bool:
        """End a subscription; whether there was one."""
        ...


class Subscription(Protocol):
    """A stream of notifications to one client."""

    identifier: str

    def notify(self, result: object) -> None:
        """Send ``result``; a client that does not keep up is dropped."""
        ...

    def on_close(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` once the subscription ends, for whatever reason."""
        ...

    def close(self) -> None:
        """End the subscription."""
        ...

    def activate(self) -> None:
        """Let notifications pass: the reply that names the subscription is on its way."""
        ...


class Kind(Enum):
    """What a handler needs and gives."""

    PLAIN = "arguments in, result or its awaitable out"
    CALLER = "takes the caller first; needs a connection"
    STREAM = "takes the caller first; gives a subscription"


@dataclass(frozen=True, slots=True)
class Method:
    """What a name stands for."""

    handler: Handler
    params: tuple[Param, ...] = ()
    kind: Kind = Kind.PLAIN
    unsafe: bool = False


@dataclass(frozen=True, slots=True)
class _Mark:
    names: tuple[str, ...]
    params: tuple[Param, ...]
    kind: Kind
    unsafe: bool = False


def method(*names: str, params: tuple[Param, ...] = (), unsafe: bool = False) -> Callable[[_Function], _Function]:
    """Serve the decorated method under ``names``; an ``unsafe`` one only to callers on this machine."""
    return _mark(_Mark(names, params, Kind.PLAIN, unsafe))


def connected_method(*names: str, params: tuple[Param, ...] = ()) -> Callable[[_Function], _Function]:
    """Serve the decorated method to callers with a connection; it takes the caller first."""
    return _mark(_Mark(names, params, Kind.CALLER))


def subscription(*names: str, params: tuple[Param, ...] = ()) -> Callable[[_Function], _Function]:
    """Serve the decorated method, which takes the caller first and opens a subscription."""
    return _mark(_Mark(names, params, Kind.STREAM))


def build_table(services: Iterable[object]) -> Mapping[str, Method]:
    """All marked methods of ``services`` by name."""
    table: dict[str, Method] = {}
    for service in services:
        for attribute in vars(type(service)).values():
            mark = getattr(attribute, _MARK, None)
            if isinstance(mark, _Mark):
                bound = attribute.__get__(service)
                table.update(dict.fromkeys(mark.names, Method(bound, mark.params, mark.kind, mark.unsafe)))
    return table


def _mark(mark: _Mark) -> Callable[[_Function], _Function]:
    def decorate(function: _Function) -> _Function:
        setattr(function, _MARK, mark)
        return function

    return decorate

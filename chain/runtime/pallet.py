"""A pallet: what one or more modules declare under one name."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol, TypeVar, cast

from chain.runtime.dispatch import CallDeclaration, Context
from chain.runtime.errors import ModuleError
from chain.runtime.storage import StateReader, StorageItem
from chain.scale.composite import Variant, variant_of
from chain.scale.types import Type

Hook = Callable[[Context], None]
AnyCall = CallDeclaration[...]
T = TypeVar("T")


class _Indexed(Protocol):
    @property
    def index(self) -> int: ...


Item = TypeVar("Item", bound=_Indexed)


@dataclass(frozen=True)
class Constant:
    """A constant in the metadata; where genesis decides it, ``item`` holds it in the state."""

    name: str
    type: Type[object]
    value: object
    docs: str = ""
    item: StorageItem[int] | None = None

    def value_in(self, state: StateReader) -> object:
        """What it is on a chain of that state."""
        return self.value if self.item is None else self.item.read(state, ())


@dataclass(frozen=True)
class Pallet:
    """A named part of the runtime; ``crate`` is the Rust crate in which clients expect its types."""

    name: str
    index: int
    crate: str
    storage: tuple[StorageItem[object], ...]
    errors: tuple[type[ModuleError], ...]
    events: tuple[Variant, ...]
    calls: tuple[AnyCall, ...]
    constants: tuple[Constant, ...]
    on_initialize: tuple[Hook, ...]
    on_finalize: tuple[Hook, ...]


def build_pallet(name: str, index: int, crate: str, modules: Sequence[ModuleType]) -> Pallet:
    """The pallet of all that ``modules`` declare themselves (not what they import).

    Storage keeps the order of declaration; errors, events and calls go by their indices. Functions named
    ``on_initialize`` and ``on_finalize`` become hooks, in the order of the modules; a module's ``CONSTANTS``
    are added to the metadata.
    """
    storage = _unique(item for module in modules for item in _storage_of(module, name))
    classes = _unique(item for module in modules for item in _classes_of(module))
    calls = _unique(item for module in modules for item in _calls_of(module))
    errors = [cls for cls in classes if issubclass(cls, ModuleError) and cls.index >= 0]
    for error in errors:
        assert error.pallet_index in (-1, index), f"{error.__name__} belongs to another pallet"
        error.pallet_index = index
    events = [variant_of(cls) for cls in classes if getattr(cls, "__event__", False)]
    return Pallet(
        name,
        index,
        crate,
        tuple(storage),
        _sort_by_index(errors, name),
        _sort_by_index(events, name),
        _sort_by_index(calls, name),
        tuple(constant for module in modules for constant in getattr(module, "CONSTANTS", ())),
        _hooks(modules, "on_initialize"),
        _hooks(modules, "on_finalize"),
    )


def _unique(items: Iterable[T]) -> list[T]:
    """``items`` without repetitions, for names that are bound twice."""
    return list({id(item): item for item in items}.values())


def _storage_of(module: ModuleType, pallet: str) -> list[StorageItem[object]]:
    items = [item for item in vars(module).values() if isinstance(item, StorageItem)]
    return [item for item in items if item.pallet == pallet]


def _classes_of(module: ModuleType) -> list[type]:
    return [item for item in vars(module).values() if inspect.isclass(item) and item.__module__ == module.__name__]


def _calls_of(module: ModuleType) -> list[AnyCall]:
    items = [item for item in vars(module).values() if isinstance(item, CallDeclaration)]
    return [item for item in items if item.function.__module__ == module.__name__]


def _hooks(modules: Sequence[ModuleType], name: str) -> tuple[Hook, ...]:
    found = [getattr(module, name) for module in modules if hasattr(module, name)]
    return tuple(cast(Hook, hook) for hook in found if inspect.isfunction(hook))


def _sort_by_index(items: Sequence[Item], pallet: str) -> tuple[Item, ...]:
    """``items`` in the order of their indices, of which none may appear twice."""
    ordered = tuple(sorted(items, key=lambda item: item.index))
    indices = [item.index for item in ordered]
    assert len(set(indices)) == len(indices), f"{pallet} declares an index twice: {indices}"
    return ordered

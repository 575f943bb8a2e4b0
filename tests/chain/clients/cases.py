"""Random calls, events and storage keys of the whole runtime, for codecs to agree on."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.runtime.dispatch import Call
from chain.runtime.pallet import Pallet
from chain.runtime.runtime import RUNTIME
from chain.runtime.storage import StorageItem
from chain.runtime.types import Address20, Address32, Index, Raw
from chain.scale.composite import Variant
from tests.chain.test_runtime_fuzz import calls, values

EVENTS = [(pallet, variant) for pallet in RUNTIME.pallets for variant in pallet.events]
MAPS = [item for pallet in RUNTIME.pallets for item in pallet.storage if item.keys]


@dataclass(frozen=True)
class SomeEvent:
    """An event and what declares it."""

    pallet: Pallet
    variant: Variant
    value: object


@dataclass(frozen=True)
class SomeKey:
    """Keys of a map."""

    item: StorageItem[object]
    keys: tuple[object, ...]


def events() -> st.SearchStrategy[SomeEvent]:
    """Any event with any fields."""

    def with_fields(found: tuple[Pallet, Variant]) -> st.SearchStrategy[SomeEvent]:
        shape = found[1].shape
        made = st.builds(shape.cls, *map(values, shape.types))
        return made.map(lambda value: SomeEvent(*found, value))

    return st.sampled_from(EVENTS).flatmap(with_fields)


def keys() -> st.SearchStrategy[SomeKey]:
    """Any map with any keys."""

    def with_keys(item: StorageItem[object]) -> st.SearchStrategy[SomeKey]:
        return st.tuples(*[values(kind) for _, kind in item.keys]).map(lambda made: SomeKey(item, made))

    return st.sampled_from(MAPS).flatmap(with_keys)


@dataclass(frozen=True)
class Cases:
    """Some of each."""

    calls: list[Call]
    events: list[SomeEvent]
    keys: list[SomeKey]


def mentions(value: object, classes: tuple[type, ...]) -> bool:
    """Whether an instance of the classes is anywhere inside."""
    if isinstance(value, classes):
        return True
    if isinstance(value, list | tuple):
        return any(mentions(item, classes) for item in value)
    inner = (
        value.args if isinstance(value, Call) else [getattr(value, name) for name in getattr(value, "__slots__", ())]
    )
    return any(mentions(item, classes) for item in inner)


def draw_cases(count: int) -> Cases:
    """The same ``count`` of each at every run; all addresses are accounts, since codecs differ in the other forms."""
    drawn = Cases([], [], [])
    made = calls().filter(lambda call: not mentions(call, (Index, Raw, Address20, Address32)))
    checks = list(HealthCheck)

    @settings(max_examples=count, derandomize=True, database=None, suppress_health_check=checks)
    @given(call=made, event=events(), key=keys())
    def draw(call: Call, event: SomeEvent, key: SomeKey) -> None:
        drawn.calls.append(call)
        drawn.events.append(event)
        drawn.keys.append(key)

    draw()
    return drawn

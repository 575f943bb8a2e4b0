"""Columns: one storage item under many keys, decoded again only where one of the values has changed."""

from functools import lru_cache
from typing import TypeVar, cast

from chain.runtime.storage import StateReader, StorageItem

V = TypeVar("V")
Keys = tuple[object, ...]

_REMEMBERED = 128


def read_column(
    item: StorageItem[V], state: StateReader, keys: Keys | range, *, before: Keys = (), behind: Keys = ()
) -> tuple[V, ...]:
    """Values, of a kind that cannot change, under each of ``keys`` with the same map keys around them."""
    return cast(tuple[V, ...], _decode(item, *map(state.get, _hash(item, before, keys, behind))))


@lru_cache(_REMEMBERED)
def _hash(item: StorageItem[object], before: Keys, keys: Keys | range, behind: Keys) -> list[bytes]:
    return [item.raw_key(*before, key, *behind) for key in keys]


@lru_cache(_REMEMBERED)
def _decode(item: StorageItem[object], *data: bytes | None) -> tuple[object, ...]:
    return tuple(map(item.decode, data))

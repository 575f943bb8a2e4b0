"""Sorted collections of Rust: to Python lists and dictionaries, to clients ``BTreeSet`` and ``BTreeMap``.

Values are written in ascending order without repetitions, whatever order they come in, so that equal values
always have equal bytes. Decoding accepts any order, as Rust does.
"""

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from chain.scale.containers import Vec
from chain.scale.products import Newtype, Tuple
from chain.scale.source import Decoder, Encoder
from chain.scale.types import Type, erase

if TYPE_CHECKING:
    from chain.scale.registry import Registry

K = TypeVar("K")
V = TypeVar("V")


class BTreeSet(Newtype[list[K]]):
    """A sorted list without repetitions."""

    def __init__(self, item: Type[K]) -> None:
        super().__init__("BTreeSet", Vec(item))
        self.item = item

    @property
    def params(self) -> tuple[tuple[str, Type[object] | None], ...]:
        """The type of the items."""
        return (("T", erase(self.item)),)

    @cached_property
    def encoder(self) -> Encoder:
        """The items in order."""
        encode = self.inner.encoder
        return lambda value: encode(sorted(set(cast(list[int], value))))

    @cached_property
    def decoder(self) -> Decoder:
        """The items in order."""
        decode_items = self.inner.decoder

        def decode(data: bytes, offset: int, depth: int) -> tuple[object, int]:
            items, end = decode_items(data, offset, depth)
            return sorted(set(cast(list[int], items))), end

        return decode


class BTreeMap(Type[dict[K, V]]):
    """A dictionary in ascending order of its keys."""

    def __init__(self, key: Type[K], value: Type[V]) -> None:
        super().__init__(f"BTreeMap<{key.name}, {value.name}>", 1, key=("btree map", key, value))
        self.of_key = key
        self.of_value = value
        self._pairs: Newtype[list[tuple[object, ...]]] = Newtype("BTreeMap", Vec(Tuple([erase(key), erase(value)])))

    @property
    def path(self) -> tuple[str, ...]:
        """Name in Rust."""
        return ("BTreeMap",)

    @property
    def params(self) -> tuple[tuple[str, Type[object] | None], ...]:
        """The types of keys and values."""
        return (("K", erase(self.of_key)), ("V", erase(self.of_value)))

    @cached_property
    def encoder(self) -> Encoder:
        """Pairs in ascending order of their keys."""
        encode = self._pairs.encoder
        return lambda value: encode(sorted(cast(dict[int, object], value).items()))

    @cached_property
    def decoder(self) -> Decoder:
        """Pairs; the last of equal keys counts."""
        decode_pairs = self._pairs.decoder

        def decode(data: bytes, offset: int, depth: int) -> tuple[object, int]:
            pairs, end = decode_pairs(data, offset, depth)
            return dict(sorted(cast(list[tuple[int, object]], pairs))), end

        return decode

    def definition(self, registry: "Registry") -> bytes:
        """A composite of its pairs."""
        return self._pairs.definition(registry)

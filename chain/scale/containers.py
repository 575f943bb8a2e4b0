"""Descriptors made of another one: compact integers, lists, arrays, options."""

import struct
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeVar, cast

from chain.scale.compact import decode_bytes, decode_compact, encode_bytes, encode_compact
from chain.scale.errors import ScaleError
from chain.scale.products import Newtype
from chain.scale.source import Decoder, Encoder, Scope, exact
from chain.scale.types import BOOL, U8, Primitive, Type, erase

if TYPE_CHECKING:
    from chain.scale.registry import Registry

V = TypeVar("V")
ItemsDecoder = Callable[[bytes, int, int, int], tuple[object, int]]
"""``(data, offset, depth, count) -> (list, next offset)``"""
_REMEMBERED_LISTS = 16
"""How many tuples of one type are remembered with their bytes."""


class Compact(Type[int]):
    """An unsigned integer, or a newtype of one, in compact form."""

    def __init__(self, inner: Type[int]) -> None:
        super().__init__(inner.name, 1, key=("compact", inner))  # FRAME writes the inner name for compact fields
        self.inner = inner
        self._limit = 1 << 8 * inner.min_size

    @cached_property
    def encoder(self) -> Encoder:
        """Compact form of what fits the inner type."""

        def encode(value: object) -> bytes:
            if cast(int, value) >= self._limit:
                raise ScaleError(f"{value} does not fit Compact<{self.name}>")
            return encode_compact(cast(int, value))

        return encode

    @cached_property
    def decoder(self) -> Decoder:
        """Compact form of what fits the inner type."""
        limit = self._limit

        def decode(data: bytes, offset: int, depth: int) -> tuple[object, int]:
            value, end = decode_compact(data, offset)
            if value >= limit:
                raise ScaleError(f"{value} at offset {offset} does not fit Compact<{self.name}>")
            return value, end

        return decode

    @cached_property
    def items_encoder(self) -> Encoder:
        """Compact forms of all items of a list, one behind the other."""

        def encode(value: object) -> bytes:
            items = cast(list[int], value)
            if items and max(items) >= self._limit:
                raise ScaleError(f"{max(items)} does not fit Compact<{self.name}>")
            return b"".join(map(encode_compact, items))

        return encode

    def definition(self, registry: "Registry") -> bytes:
        """Refer to the inner type."""
        return b"\x06" + registry.reference(erase(self.inner))


class Vec(Type[list[V]]):
    """A list of values; ``path`` names collections that are more than a list to Rust, e.g. ``BTreeSet``."""

    def __init__(self, inner: Type[V]) -> None:
        super().__init__(f"Vec<{inner.name}>", 1, key=("vec", inner))
        self.inner = inner

    @cached_property
    def encoder(self) -> Encoder:
        """Count, then the items; those of a tuple, which cannot change, are encoded once."""
        items = _items_encoder(erase(self.inner))
        recall = lru_cache(_REMEMBERED_LISTS)(items)

        def encode(value: object) -> bytes:
            encode_items = recall if type(value) is tuple else items
            return encode_compact(len(cast(list[object], value))) + encode_items(value)

        return encode

    @cached_property
    def decoder(self) -> Decoder:
        """Count, which the rest of the data must be able to hold, then the items."""
        items = _items_decoder(erase(self.inner))
        smallest = max(1, self.inner.min_size)

        def decode(data: bytes, offset: int, depth: int) -> tuple[object, int]:
            count, start = decode_compact(data, offset)
            if count * smallest > len(data) - start:
                raise ScaleError(f"{count} items at offset {offset} exceed the data")
            return items(data, start, depth, count)

        return decode

    def definition(self, registry: "Registry") -> bytes:
        """Refer to the item type."""
        return b"\x02" + registry.reference(erase(self.inner))


class _Bytes(Type[bytes]):
    """``Vec<u8>`` as bytes."""

    def __init__(self) -> None:
        super().__init__("Vec<u8>", 1, key=("vec", U8))

    @cached_property
    def encoder(self) -> Encoder:
        return lambda value: encode_bytes(cast(bytes, value))

    @cached_property
    def decoder(self) -> Decoder:
        return lambda data, offset, depth: decode_bytes(data, offset)

    def definition(self, registry: "Registry") -> bytes:
        return Vec(U8).definition(registry)


BYTES: Type[bytes] = _Bytes()


class FixedBytes(Type[bytes]):
    """``[u8; size]`` as bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(f"[u8; {size}]", size, key=("array", U8, size), format=f"{size}s")

    def dump(self, scope: Scope, value: str) -> list[str]:
        """Check the length, since ``struct`` would pad or cut."""
        return [f"{scope.use(exact)}({value}, {self.min_size})"]

    def definition(self, registry: "Registry") -> bytes:
        """Length and item type."""
        return Array(U8, self.min_size).definition(registry)


class Array(Type[list[V]]):
    """A fixed number of values as a list."""

    def __init__(self, inner: Type[V], size: int) -> None:
        super().__init__(f"[{inner.name}; {size}]", inner.min_size * size, key=("array", inner, size))
        self.inner = inner
        self.size = size

    @cached_property
    def encoder(self) -> Encoder:
        """The items, whose number is checked."""
        items = _items_encoder(erase(self.inner))

        def encode(value: object) -> bytes:
            count = len(cast(list[object], value))
            if count != self.size:
                raise ScaleError(f"expected {self.size} items, not {count}")
            return items(value)

        return encode

    @cached_property
    def decoder(self) -> Decoder:
        """The items."""
        items = _items_decoder(erase(self.inner))
        return lambda data, offset, depth: items(data, offset, depth, self.size)

    def definition(self, registry: "Registry") -> bytes:
        """Length and item type."""
        return b"\x03" + self.size.to_bytes(4, "little") + registry.reference(erase(self.inner))


class Option(Type[V | None]):
    """A value or ``None``."""

    def __init__(self, inner: Type[V]) -> None:
        super().__init__(f"Option<{inner.name}>", 1, key=("option", inner))
        self.inner = inner

    @property
    def path(self) -> tuple[str, ...]:
        """The prelude's name."""
        return ("Option",)

    @property
    def params(self) -> tuple[tuple[str, Type[object] | None], ...]:
        """The type of the value."""
        return (("T", erase(self.inner)),)

    @cached_property
    def encoder(self) -> Encoder:
        """Zero, or one and the value."""
        inner = self.inner.encoder
        return lambda value: b"\0" if value is None else b"\1" + inner(value)

    @cached_property
    def decoder(self) -> Decoder:
        """Zero, or one and the value."""
        inner = self.inner.decoder

        def decode(data: bytes, offset: int, depth: int) -> tuple[object, int]:
            tag = data[offset]
            if tag == 0:
                return None, offset + 1
            if tag != 1:
                raise ScaleError(f"byte {tag} at offset {offset} is not an option")
            return inner(data, offset + 1, depth)

        return decode

    def definition(self, registry: "Registry") -> bytes:
        """An enum of two variants."""
        some = b"\x04\0" + registry.reference(erase(self.inner)) + b"\0\0"
        return b"\x01\x08" + encode_bytes(b"None") + b"\0\0\0" + encode_bytes(b"Some") + some + b"\x01\0"


def _plain_format(inner: Type[object]) -> str | None:
    """Letter of ``struct`` for integers, newtypes of them included, which can be packed many at a time."""
    while isinstance(inner, Newtype):
        inner = inner.inner
    return inner.format if type(inner) is Primitive else None


def _items_encoder(inner: Type[object]) -> Encoder:
    if isinstance(inner, Compact):
        return inner.items_encoder
    if inner == BOOL:
        return lambda value: bytes(map(bool, cast(list[object], value)))
    letter = _plain_format(inner)
    if letter is None:
        encode_item = inner.encoder
        return lambda value: b"".join(map(encode_item, cast(list[object], value)))
    pack = struct.pack

    def encode(value: object) -> bytes:
        items = cast(list[object], value)
        return pack(f"<{len(items)}{letter}", *items)

    return encode


def _items_decoder(inner: Type[object]) -> ItemsDecoder:
    letter = _plain_format(inner)
    if letter is not None:
        return _plain_items_decoder(letter, inner.min_size)
    if inner == BOOL:
        return _decode_booleans
    decode_item = inner.decoder

    def decode(data: bytes, offset: int, depth: int, count: int) -> tuple[object, int]:
        items = []
        for _ in range(count):
            item, offset = decode_item(data, offset, depth)
            items.append(item)
        return items, offset

    return decode


def _decode_booleans(data: bytes, offset: int, depth: int, count: int) -> tuple[object, int]:
    end = offset + count
    items = data[offset:end]
    if len(items) < count or items.strip(b"\0\1"):
        raise ScaleError(f"{count} booleans expected at offset {offset}")
    return list(map(bool, items)), end


def _plain_items_decoder(letter: str, size: int) -> ItemsDecoder:
    unpack_from = struct.unpack_from

    def decode(data: bytes, offset: int, depth: int, count: int) -> tuple[object, int]:
        return list(unpack_from(f"<{count}{letter}", data, offset)), offset + count * size

    return decode

"""Type descriptors: each is at once a codec and an entry of the metadata's type registry.

``U16.encode(7)``, ``Vec(U16).decode(data)``. Values are plain: ints, bytes, lists, tuples, None and
dataclasses. Decoding hostile bytes raises ``ScaleError`` and never allocates more than in proportion to them.
"""

import struct
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from chain.scale.compact import decode_bytes, encode_bytes
from chain.scale.errors import ScaleError
from chain.scale.source import Decoder, Encoder, Scope, build_decoder, build_encoder, truth

if TYPE_CHECKING:
    from chain.scale.registry import Registry

V = TypeVar("V")


class Type(Generic[V]):
    """One SCALE type whose Python values are ``V``.

    ``name`` is how Rust writes it; ``min_size`` the fewest bytes any value takes; ``format``, where the size
    is fixed, the letters of ``struct`` for its ``leaves``. Types of equal ``key`` are one type.
    """

    def __init__(
        self, name: str, min_size: int, *, key: tuple[object, ...], format: str | None = None, leaves: int = 1
    ) -> None:
        self.name = name
        self.min_size = min_size
        self.key = key
        self.format = format
        self.leaves = leaves

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Type) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"<scale {self.name}>"

    def encode(self, value: V) -> bytes:
        """Canonical encoding of ``value``.

        Raises:
            ScaleError: the value does not fit the type.
        """
        try:
            return self.encoder(value)
        except (struct.error, OverflowError, TypeError, AttributeError, KeyError, IndexError) as error:
            raise ScaleError(f"{value!r} is not a value of {self.name}: {error}") from error

    def decode(self, data: bytes) -> V:
        """Value of which ``data`` is the whole encoding.

        Raises:
            ScaleError: malformed, truncated, or bytes are left over.
        """
        value, end = self.decode_from(data, 0)
        if end != len(data):
            raise ScaleError(f"{len(data) - end} bytes left behind a value of {self.name}")
        return value

    def decode_from(self, data: bytes, offset: int) -> tuple[V, int]:
        """Value at ``offset`` and the offset behind it.

        Raises:
            ScaleError: malformed or truncated.
        """
        try:
            value, end = self.decoder(data, offset, 0)
        except (struct.error, IndexError) as error:
            raise ScaleError(f"truncated value of {self.name}") from error
        return cast(V, value), end

    @cached_property
    def encoder(self) -> Encoder:
        """Raw encoder, without translation of errors: for other codecs."""
        return build_encoder([erase(self)], ["v"])

    @cached_property
    def decoder(self) -> Decoder:
        """Raw decoder, without translation of errors: for other codecs."""
        return build_decoder([erase(self)], lambda _, values: values[0])

    def load(self, scope: Scope, leaves: Sequence[str]) -> str:
        """Expression of the value, given those of its unpacked leaves."""
        return leaves[0]

    def dump(self, scope: Scope, value: str) -> list[str]:
        """Expressions of the leaves, given that of the value."""
        return [value]

    @property
    def path(self) -> tuple[str, ...]:
        """Rust path, empty for types without a name of their own."""
        return ()

    @property
    def params(self) -> tuple[tuple[str, "Type[object] | None"], ...]:
        """Type parameters by name."""
        return ()

    @property
    def docs(self) -> tuple[str, ...]:
        """Lines of documentation."""
        return ()

    def resolve(self) -> "Type[object]":
        """The type itself; the target of a type that is bound late."""
        return erase(self)

    def definition(self, registry: "Registry") -> bytes:
        """The ``TypeDef`` of the registry entry, encoded."""
        raise NotImplementedError(type(self).__name__)


def erase(kind: Type[V]) -> Type[object]:
    """``kind``, for collections of types whose values differ."""
    return cast(Type[object], kind)


class Primitive(Type[V]):
    """A primitive with its number in the registry's list of primitives."""

    def __init__(self, name: str, number: int, size: int, format: str | None) -> None:
        super().__init__(name, size, key=("primitive", number), format=format)
        self.number = number

    def definition(self, registry: "Registry") -> bytes:
        """The number of the primitive."""
        return bytes([5, self.number])


class _Bool(Primitive[bool]):
    def load(self, scope: Scope, leaves: Sequence[str]) -> str:
        return f"{scope.use(truth)}({leaves[0]})"

    def dump(self, scope: Scope, value: str) -> list[str]:
        return [f"(1 if {value} else 0)"]


class _Wide(Primitive[int]):
    """An integer wider than ``struct`` knows."""

    def load(self, scope: Scope, leaves: Sequence[str]) -> str:
        return f"{scope.use(int.from_bytes)}({leaves[0]}, 'little', signed={self.name[0] == 'i'})"

    def dump(self, scope: Scope, value: str) -> list[str]:
        return [f"({value}).to_bytes({self.min_size}, 'little', signed={self.name[0] == 'i'})"]


class _Str(Primitive[str]):
    @cached_property
    def encoder(self) -> Encoder:
        def encode(value: object) -> bytes:
            return encode_bytes(cast(str, value).encode())

        return encode

    @cached_property
    def decoder(self) -> Decoder:
        def decode(data: bytes, offset: int, depth: int) -> tuple[object, int]:
            raw, end = decode_bytes(data, offset)
            try:
                return raw.decode(), end
            except UnicodeDecodeError as error:
                raise ScaleError(f"string at offset {offset} is not UTF-8") from error

        return decode


BOOL: Type[bool] = _Bool("bool", 0, 1, "B")
U8: Type[int] = Primitive("u8", 3, 1, "B")
U16: Type[int] = Primitive("u16", 4, 2, "H")
U32: Type[int] = Primitive("u32", 5, 4, "I")
U64: Type[int] = Primitive("u64", 6, 8, "Q")
U128: Type[int] = _Wide("u128", 7, 16, "16s")
U256: Type[int] = _Wide("u256", 8, 32, "32s")
I8: Type[int] = Primitive("i8", 9, 1, "b")
I16: Type[int] = Primitive("i16", 10, 2, "h")
I32: Type[int] = Primitive("i32", 11, 4, "i")
I64: Type[int] = Primitive("i64", 12, 8, "q")
I128: Type[int] = _Wide("i128", 13, 16, "16s")
STR: Type[str] = _Str("str", 2, 1, None)

"""Values side by side: tuples, the unit, and newtypes."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, overload

from chain.scale.compact import encode_compact
from chain.scale.source import Decoder, Encoder, Scope, build_decoder, build_encoder, make_tuple
from chain.scale.types import Type, erase

if TYPE_CHECKING:
    from chain.scale.registry import Registry

V = TypeVar("V")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


class Tuple(Type[tuple[object, ...]]):
    """Values in a row; ``tuple_of`` keeps their types."""

    def __init__(self, types: Sequence[Type[object]]) -> None:
        fixed = all(kind.format is not None for kind in types)
        super().__init__(
            "(" + ", ".join(kind.name for kind in types) + ")",
            sum(kind.min_size for kind in types),
            key=("tuple", *types),
            format="".join(kind.format or "" for kind in types) if fixed else None,
            leaves=sum(kind.leaves for kind in types),
        )
        self.types = tuple(types)

    @cached_property
    def encoder(self) -> Encoder:
        """Field after field."""
        return build_encoder(self.types, [f"v[{index}]" for index in range(len(self.types))])

    @cached_property
    def decoder(self) -> Decoder:
        """Field after field."""
        return build_decoder(self.types, make_tuple)

    def load(self, scope: Scope, leaves: Sequence[str]) -> str:
        """A tuple of the fields."""
        return make_tuple(scope, load_fields(self.types, scope, leaves))

    def dump(self, scope: Scope, value: str) -> list[str]:
        """The leaves of each field."""
        return [leaf for index, kind in enumerate(self.types) for leaf in kind.dump(scope, f"{value}[{index}]")]

    def definition(self, registry: "Registry") -> bytes:
        """References to the field types."""
        return b"\x04" + encode_compact(len(self.types)) + b"".join(map(registry.reference, self.types))


def load_fields(types: Sequence[Type[object]], scope: Scope, leaves: Sequence[str]) -> list[str]:
    """Expressions of consecutive fields, given those of all their leaves."""
    values, start = [], 0
    for kind in types:
        values.append(kind.load(scope, leaves[start : start + kind.leaves]))
        start += kind.leaves
    return values


@overload
def tuple_of(a: Type[A], /) -> Type[tuple[A]]: ...
@overload
def tuple_of(a: Type[A], b: Type[B], /) -> Type[tuple[A, B]]: ...
@overload
def tuple_of(a: Type[A], b: Type[B], c: Type[C], /) -> Type[tuple[A, B, C]]: ...
@overload
def tuple_of(a: Type[A], b: Type[B], c: Type[C], d: Type[D], /) -> Type[tuple[A, B, C, D]]: ...
def tuple_of(*types: Type[object]) -> object:  # type: ignore[misc]  # the overloads keep the field types
    """The tuple of ``types``, typed for up to four fields."""
    return Tuple(types)


class _Unit(Type[None]):
    """``()``, which takes no bytes."""

    def __init__(self) -> None:
        super().__init__("()", 0, key=("tuple",), format="", leaves=0)

    def load(self, scope: Scope, leaves: Sequence[str]) -> str:
        return "None"

    def dump(self, scope: Scope, value: str) -> list[str]:
        return []

    def definition(self, registry: "Registry") -> bytes:
        return b"\x04\0"


UNIT: Type[None] = _Unit()


class Newtype(Type[V]):
    """A Rust struct of one field that is, to Python, the field itself.

    ``field`` is the field's name, where it has one; ``field_type`` how Rust writes its type.
    """

    def __init__(self, path: str, inner: Type[V], *, field: str | None = None, field_type: str | None = None) -> None:
        name = path.rsplit("::", 1)[-1]
        super().__init__(name, inner.min_size, key=("newtype", path, inner), format=inner.format, leaves=inner.leaves)
        self.inner = inner
        self.field = field
        self.field_type = field_type or inner.name
        self._path = tuple(path.split("::"))

    @property
    def path(self) -> tuple[str, ...]:
        """Rust path."""
        return self._path

    @cached_property
    def encoder(self) -> Encoder:
        """That of the field."""
        return self.inner.encoder

    @cached_property
    def decoder(self) -> Decoder:
        """That of the field."""
        return self.inner.decoder

    def load(self, scope: Scope, leaves: Sequence[str]) -> str:
        """The field."""
        return self.inner.load(scope, leaves)

    def dump(self, scope: Scope, value: str) -> list[str]:
        """The field."""
        return self.inner.dump(scope, value)

    def definition(self, registry: "Registry") -> bytes:
        """A composite of one field."""
        return b"\0\x04" + registry.field(self.field, erase(self.inner), self.field_type)

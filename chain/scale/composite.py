"""Structs and enums: dataclasses whose annotations say how they are encoded and described.

    @struct("pallet_balances::types::AccountData")
    class AccountData:
        free: Balance                       # Balance = Annotated[int, U64]
        flags: Annotated[int, EXTRA_FLAGS]

    @variant(0)
    class Id:
        account: AccountId

    MULTI_ADDRESS: Type[MultiAddress] = enum_of("sp_runtime::multiaddress::MultiAddress", Id, Index, …)

An enum's value is an instance of one of its variant classes. A trailing underscore in a field name is left
out of the metadata (``from_``).
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast, dataclass_transform

from chain.record import record
from chain.scale.errors import ScaleError
from chain.scale.hints import Field, fields_of
from chain.scale.products import load_fields
from chain.scale.registry import encode_list, encode_text, encode_text_list
from chain.scale.source import Decoder, Encoder, Scope, build_decoder, build_encoder
from chain.scale.types import Type, erase

if TYPE_CHECKING:
    from chain.scale.registry import Registry

T = TypeVar("T")
E = TypeVar("E", bound=Enum)
Params = tuple[tuple[str, Type[object] | None], ...]


def docs_of(subject: object) -> tuple[str, ...]:
    """Lines of the docstring of ``subject``; a dataclass without one makes one up, so ask before."""
    text = getattr(subject, "__doc__", None)
    return tuple(inspect.cleandoc(text).splitlines()) if isinstance(text, str) else ()


@dataclass(frozen=True)
class Shape:
    """The fields of a struct or variant, and the class of its values.

    ``named`` says whether the metadata shows the field names.
    """

    cls: type
    docs: tuple[str, ...]
    named: bool = True

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Fields in order, from the annotations; resolved on first use."""
        return fields_of(self.cls)

    @cached_property
    def types(self) -> tuple[Type[object], ...]:
        """Types of the fields."""
        return tuple(field.type for field in self.fields)

    @cached_property
    def encoder(self) -> Encoder:
        """Encoder of an instance."""
        return build_encoder(self.types, [f"v.{field.name}" for field in self.fields])

    @cached_property
    def decoder(self) -> Decoder:
        """Decoder of an instance."""
        return build_decoder(self.types, self.make)

    def make(self, scope: Scope, values: Sequence[str]) -> str:
        """Expression of an instance, given those of its fields."""
        return f"{scope.use(self.cls)}({', '.join(values)})"

    def describe_fields(self, registry: "Registry") -> bytes:
        """The fields as the registry shows them."""
        return describe_fields(registry, self.fields, named=self.named)


def describe_fields(registry: "Registry", fields: Sequence[Field], *, named: bool = True) -> bytes:
    """``fields`` as the registry shows them."""
    return encode_list(
        [registry.field(field.name.rstrip("_") if named else None, field.type, field.type_name) for field in fields]
    )


class Struct(Type[T]):
    """A struct whose values are instances of a dataclass."""

    def __init__(self, path: str, shape: Shape, params: Params = ()) -> None:
        types = shape.types
        fixed = bool(types) and all(kind.format is not None for kind in types)
        super().__init__(
            path.rsplit("::", 1)[-1],
            sum(kind.min_size for kind in types),
            key=("struct", shape.cls),
            format="".join(kind.format or "" for kind in types) if fixed else None,
            leaves=sum(kind.leaves for kind in types),
        )
        self.shape = shape
        self._path = tuple(path.split("::"))
        self._params = params

    @property
    def path(self) -> tuple[str, ...]:
        """Rust path."""
        return self._path

    @property
    def params(self) -> Params:
        """Type parameters by name."""
        return self._params

    @cached_property
    def encoder(self) -> Encoder:
        """Field after field."""
        return self.shape.encoder

    @cached_property
    def decoder(self) -> Decoder:
        """Field after field."""
        return self.shape.decoder

    def load(self, scope: Scope, leaves: Sequence[str]) -> str:
        """An instance."""
        return self.shape.make(scope, load_fields(self.shape.types, scope, leaves))

    def dump(self, scope: Scope, value: str) -> list[str]:
        """The leaves of each field."""
        return [leaf for field in self.shape.fields for leaf in field.type.dump(scope, f"{value}.{field.name}")]

    def definition(self, registry: "Registry") -> bytes:
        """A composite."""
        return b"\0" + self.shape.describe_fields(registry)


@dataclass(frozen=True)
class Variant:
    """One variant of an enum: its number, its name and its shape."""

    index: int
    name: str
    shape: Shape

    def describe(self, registry: "Registry") -> bytes:
        """The variant as the registry shows it."""
        fields = self.shape.describe_fields(registry)
        return encode_text(self.name) + fields + bytes([self.index]) + encode_text_list(self.shape.docs)


class EnumType(Type[T]):
    """An enum whose values are instances of its variants' classes."""

    def __init__(self, path: str, variants: Sequence[Variant], params: Params = ()) -> None:
        super().__init__(path.rsplit("::", 1)[-1], 1, key=("enum", path, *variants))
        self.variants = tuple(sorted(variants, key=lambda variant: variant.index))
        self._path = tuple(path.split("::"))
        self._params = params

    @property
    def path(self) -> tuple[str, ...]:
        """Rust path."""
        return self._path

    @property
    def params(self) -> Params:
        """Type parameters by name."""
        return self._params

    @cached_property
    def encoder(self) -> Encoder:
        """Number of the variant, then its fields."""
        table = {variant.shape.cls: (bytes([variant.index]), variant.shape.encoder) for variant in self.variants}

        def encode(value: object) -> bytes:
            tag, encode_fields = table[type(value)]
            return tag + encode_fields(value)

        return encode

    @cached_property
    def decoder(self) -> Decoder:
        """Number of the variant, then its fields."""
        table = {variant.index: variant.shape.decoder for variant in self.variants}

        def decode(data: bytes, offset: int, depth: int) -> tuple[object, int]:
            decode_fields = table.get(data[offset])
            if decode_fields is None:
                raise ScaleError(f"{self.name} has no variant {data[offset]}")
            return decode_fields(data, offset + 1, depth)

        return decode

    def definition(self, registry: "Registry") -> bytes:
        """Its variants."""
        return b"\1" + encode_list([variant.describe(registry) for variant in self.variants])


class UnitEnum(Type[E]):
    """An enum without fields, whose values are members of a Python enum numbered as in Rust."""

    def __init__(self, path: str, members: type[E]) -> None:
        super().__init__(path.rsplit("::", 1)[-1], 1, key=("members", members), format="B")
        self.members = members
        self._by_number: Mapping[int, E] = {member.value: member for member in members}
        self._path = tuple(path.split("::"))

    @property
    def path(self) -> tuple[str, ...]:
        """Rust path."""
        return self._path

    def load(self, scope: Scope, leaves: Sequence[str]) -> str:
        """The member of that number."""
        return f"{scope.use(self._member)}({leaves[0]})"

    def dump(self, scope: Scope, value: str) -> list[str]:
        """The member's number."""
        return [f"{value}._value_"]

    def definition(self, registry: "Registry") -> bytes:
        """Its members as variants."""
        members = [encode_text(member.name) + b"\0" + bytes([member.value, 0]) for member in self.members]
        return b"\1" + encode_list(members)

    def _member(self, number: int) -> E:
        member = self._by_number.get(number)
        if member is None:
            raise ScaleError(f"{self.name} has no variant {number}")
        return member


@dataclass_transform(frozen_default=True)
def struct(path: str, params: Params = (), *, named: bool = True) -> Callable[[type[T]], type[T]]:
    """Make the class a record that is the Rust struct at ``path``."""

    def decorate(cls: type[T]) -> type[T]:
        docs = docs_of(cls)
        made = record(cls)
        made.__scale__ = Struct(path, Shape(made, docs, named), params)  # type: ignore[attr-defined]
        return made

    return decorate


@dataclass_transform(frozen_default=True)
def variant(index: int, *, named: bool = False, name: str | None = None) -> Callable[[type[T]], type[T]]:
    """Make the class a record that is variant ``index`` of an enum, called like the class."""

    def decorate(cls: type[T]) -> type[T]:
        docs = docs_of(cls)
        made = record(cls)
        made.__variant__ = Variant(index, name or cls.__name__, Shape(made, docs, named))  # type: ignore[attr-defined]
        return made

    return decorate


def variant_of(cls: type) -> Variant:
    """What ``variant`` noted about ``cls``."""
    return cast(Variant, cls.__variant__)  # type: ignore[attr-defined]


def enum_of(path: str, *classes: type[T], params: Params = ()) -> Type[T]:
    """The enum at ``path`` of classes made by ``variant``."""
    return EnumType(path, [variant_of(cls) for cls in classes], params)


def unit_enum(path: str) -> Callable[[type[E]], type[E]]:
    """Make the Python enum the Rust enum at ``path``; member names and values are those of Rust."""

    def decorate(members: type[E]) -> type[E]:
        members.__scale__ = UnitEnum(path, members)  # type: ignore[attr-defined]
        return members

    return decorate


class Late(Type[T]):
    """A type that is known only once the runtime is assembled, such as the call of any pallet.

    It bounds how deeply calls may hold calls.
    """

    def __init__(self, name: str, min_size: int, max_depth: int) -> None:
        super().__init__(name, min_size, key=("late", name))
        self._max_depth = max_depth
        self._target: Type[T] | None = None

    def bind(self, target: Type[T]) -> None:
        """Say, once, which type it stands for."""
        assert self._target is None or self._target is target, f"{self.name} is bound already"
        self._target = target

    def resolve(self) -> Type[object]:
        """The target."""
        assert self._target is not None, f"{self.name} is not bound: assemble a runtime first"
        return erase(self._target)

    @cached_property
    def encoder(self) -> Encoder:
        """That of the target, looked up when used."""
        return lambda value: self.resolve().encoder(value)

    @cached_property
    def decoder(self) -> Decoder:
        """That of the target, one level deeper."""

        def decode(data: bytes, offset: int, depth: int) -> tuple[object, int]:
            if depth >= self._max_depth:
                raise ScaleError(f"{self.name} is nested more than {self._max_depth} deep")
            return self.resolve().decoder(data, offset, depth + 1)

        return decode

"""From Python annotations to descriptors: the one description of structs, events and calls.

``Annotated[int, U16]`` is a u16, ``list[…]``, ``tuple[…]``, ``… | None``, ``bytes``, ``str`` and ``bool`` are what
they look like, and a class made by ``struct`` or ``unit_enum`` is itself. ``TypeName`` in the annotation
says how Rust writes the type where that differs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from chain.scale.containers import BYTES, Compact, Option, Vec
from chain.scale.products import Tuple
from chain.scale.types import BOOL, STR, U8, U16, U32, U64, U128, Type

T = TypeVar("T")

u8 = Annotated[int, U8]
u16 = Annotated[int, U16]
u32 = Annotated[int, U32]
u64 = Annotated[int, U64]
u128 = Annotated[int, U128]
CompactU16 = Annotated[int, Compact(U16)]
CompactU32 = Annotated[int, Compact(U32)]
CompactU64 = Annotated[int, Compact(U64)]

_PLAIN: dict[object, Type[object]] = {bool: BOOL, str: STR, bytes: BYTES}  # type: ignore[dict-item]


@dataclass(frozen=True)
class TypeName:
    """How Rust writes a type at one place, e.g. ``T::Balance``."""

    text: str


@dataclass(frozen=True)
class Field:
    """A named value: of a struct, a variant or a call."""

    name: str
    type: Type[object]
    type_name: str


def of(hint: type[T]) -> Type[T]:
    """Descriptor of an annotation, e.g. ``of(AccountInfo)`` or ``of(list[u16])``.

    Raises:
        TypeError: the annotation does not say how to encode it.
    """
    return cast(Type[T], describe(hint))


def describe(hint: object) -> Type[object]:
    """Descriptor of any annotation.

    Raises:
        TypeError: the annotation does not say how to encode it.
    """
    noted = getattr(hint, "__scale__", None)
    if isinstance(noted, Type):
        return noted
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return next((note for note in args[1:] if isinstance(note, Type)), None) or describe(args[0])
    if origin is list:
        return cast(Type[object], Vec(describe(args[0])))
    if origin is tuple:
        return cast(Type[object], Tuple([describe(arg) for arg in args]))
    if origin in (Union, UnionType) and len(args) == 2 and args[1] is NoneType:
        return Option(describe(args[0]))
    raise TypeError(f"{hint!r} does not say how it is encoded")


def fields_of(subject: type | Callable[..., object], skip: int = 0) -> tuple[Field, ...]:
    """Annotated fields of a class or parameters of a function, without the first ``skip``."""
    hints = get_type_hints(subject, include_extras=True)
    hints.pop("return", None)
    return tuple(_field(name, hint) for name, hint in list(hints.items())[skip:])


def _field(name: str, hint: object) -> Field:
    kind = describe(hint)
    notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    written = next((note.text for note in notes if isinstance(note, TypeName)), kind.name)
    return Field(name, kind, written)

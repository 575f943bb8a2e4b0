"""From what the codecs decode to what a page shows, by the type of each value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, Final  # Any: a value is whatever its type decodes

from chain.node.explorer.shown import NONE, Group, Leaf, Member, Shown, show_account, show_amount, show_bytes
from chain.runtime.dispatch import RUNTIME_CALL, Call
from chain.runtime.outcome import DISPATCH_RESULT, FAILURE, Arithmetic, Failure, Module, Token, Transactional
from chain.runtime.runtime import RUNTIME
from chain.runtime.types import ACCOUNT_ID, ALPHA, FIXED_I128, FIXED_U128, MULTI_ADDRESS, TAO, Address32, Id
from chain.scale.collections import BTreeMap
from chain.scale.composite import EnumType, Late, Struct, UnitEnum, variant_of
from chain.scale.containers import Array, Compact, FixedBytes, Option, Vec
from chain.scale.hints import Field
from chain.scale.products import Newtype, Tuple
from chain.scale.types import BOOL, STR, Type

_MOST_ITEMS: Final = 64
_FRACTION_BITS: Final = {FIXED_U128: 64, FIXED_I128: 32}
_HASH_SIZE: Final = 32


def show(kind: Type[object], value: Any) -> Shown:
    """The value of a type."""
    special = _SPECIAL.get(kind)
    if special is not None:
        return special(value)
    for cls, build in _BUILDERS:
        if isinstance(kind, cls):
            return build(kind, value)
    return _show_plain(value)


def show_call(call: Call) -> Group:
    """A call by its name, with its arguments by theirs."""
    declaration = call.declaration
    items = zip(declaration.fields, call.args, strict=True)
    return Group("call", RUNTIME.call_type.names[declaration], tuple(_show_field(*item) for item in items))


def show_fields(fields: Sequence[Field], value: object) -> tuple[Member, ...]:
    """The fields of a struct, a variant or an event."""
    return tuple(_show_field(field, getattr(value, field.name)) for field in fields)


def show_failure(failure: Failure) -> Leaf:
    """Why a call failed, by name; the note says it in words."""
    match failure:
        case Module(info):
            error = RUNTIME.find_error(info.index, info.error[0])
            if error is None:
                return Leaf("error", f"Module {info.index}, error {info.error[0]}")
            pallet = next(pallet.name for pallet in RUNTIME.pallets if pallet.index == info.index)
            return Leaf("error", f"{pallet}.{error.__name__}", " ".join((error.__doc__ or "").split()))
        case Token(error=reason) | Arithmetic(error=reason) | Transactional(error=reason):
            return Leaf("error", f"{type(failure).__name__}.{reason.name}")
    return Leaf("error", type(failure).__name__)


def _show_field(field: Field, value: object) -> Member:
    name = field.name.rstrip("_")
    if isinstance(value, int) and field.type_name.endswith(("Balance", "BalanceOf<T>")):
        return Member(name, show_amount(value))
    return Member(name, show(field.type, value))


def _show_address(address: object) -> Shown:
    match address:
        case Id(account) | Address32(account):
            return show_account(account)
    return _show_variant(MULTI_ADDRESS, address)


def _show_result(failure: Failure | None) -> Leaf:
    return Leaf("word", "Ok") if failure is None else show_failure(failure)


def _show_fixed(bits: int) -> Callable[[int], Leaf]:
    return lambda value: Leaf("number", f"{value / 2**bits:.9g}")


def _show_list(values: Iterable[Shown], count: int) -> Group:
    items = tuple(Member("", item) for item, _ in zip(values, range(_MOST_ITEMS), strict=False))
    return Group("list", "", items, max(0, count - len(items)))


def _show_items(kind: Any, value: list[object]) -> Group:
    return _show_list((show(kind.inner, item) for item in value), len(value))


def _show_tuple(kind: Any, value: tuple[object, ...]) -> Group:
    return _show_list((show(inner, item) for inner, item in zip(kind.types, value, strict=True)), len(value))


def _show_map(kind: Any, value: dict[object, object]) -> Group:
    pairs = (_show_list((show(kind.of_key, key), show(kind.of_value, item)), 2) for key, item in value.items())
    return _show_list(pairs, len(value))


def _show_option(kind: Any, value: object) -> Shown:
    return NONE if value is None else show(kind.inner, value)


def _show_inner(kind: Any, value: object) -> Shown:
    return show(kind.inner, value)


def _show_late(kind: Any, value: object) -> Shown:
    return show_call(value) if isinstance(value, Call) else show(kind.resolve(), value)


def _show_struct(kind: Any, value: object) -> Group:
    return Group("record", "", show_fields(kind.shape.fields, value))


def _show_variant(_: object, value: object) -> Shown:
    variant = variant_of(type(value))
    fields = show_fields(variant.shape.fields, value)
    return Group("record", variant.name, fields) if fields else Leaf("word", variant.name)


def _show_fixed_bytes(kind: Any, value: bytes) -> Leaf:
    return Leaf("hash", "0x" + value.hex()) if kind.min_size == _HASH_SIZE else Leaf("bytes", "0x" + value.hex())


def _show_plain(value: object) -> Leaf:
    match value:
        case None:
            return NONE
        case Enum():
            return Leaf("word", value.name)
        case bytes():
            return show_bytes(value)
        case int():
            return Leaf("number", str(value))
    return show_bytes(str(value).encode())


_SPECIAL: Final[dict[object, Callable[[Any], Shown]]] = {
    ACCOUNT_ID: show_account,
    MULTI_ADDRESS: _show_address,
    TAO: show_amount,
    ALPHA: lambda value: show_amount(value, "alpha"),
    BOOL: lambda value: Leaf("word", "yes" if value else "no"),
    STR: lambda value: show_bytes(value.encode()),
    RUNTIME_CALL: show_call,
    FAILURE: show_failure,
    DISPATCH_RESULT: _show_result,
    **{kind: _show_fixed(bits) for kind, bits in _FRACTION_BITS.items()},
}
_BUILDERS: Final[tuple[tuple[type, Callable[[Any, Any], Shown]], ...]] = (
    (Late, _show_late),
    (Newtype, _show_inner),
    (Compact, _show_inner),
    (Vec, _show_items),
    (Array, _show_items),
    (Option, _show_option),
    (Tuple, _show_tuple),
    (BTreeMap, _show_map),
    (Struct, _show_struct),
    (EnumType, _show_variant),
    (UnitEnum, lambda _, value: Leaf("word", value.name)),
    (FixedBytes, _show_fixed_bytes),
)

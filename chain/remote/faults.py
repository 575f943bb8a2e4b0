"""What the chain says went wrong, as the exceptions that the runtime itself raises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from chain.remote.errors import RequestRefused
from chain.runtime.errors import (
    CustomInvalid,
    DispatchError,
    InvalidTransaction,
    ModuleError,
)
from chain.runtime.runtime import RUNTIME

INVALID_TRANSACTION: Final = 1010
BANNED: Final = 1012
ALREADY_IMPORTED: Final = 1013
TOO_LOW_PRIORITY: Final = 1014
_REFUSALS: Final = frozenset({1010, 1011, 1012, 1014, 1015, 1016})
_CUSTOM: Final = re.compile(r"Custom error: (\d+)")


class UnknownModuleError(ModuleError):
    """An error of a pallet that this program has no class for."""


class UnknownDispatchError(DispatchError):
    """A failure that this program has no class for."""


def is_refusal(error: RequestRefused) -> bool:
    """Whether the pool turned an extrinsic away, rather than the request being wrong."""
    return error.code in _REFUSALS


def build_invalid_transaction(error: RequestRefused) -> InvalidTransaction:
    """The exception behind a refusal of the pool."""
    text = error.data or str(error)
    custom = _CUSTOM.search(text)
    if custom:
        return CustomInvalid(int(custom[1]))
    kinds: Iterator[type[InvalidTransaction]] = _subclasses(InvalidTransaction)
    for kind in kinds:
        if kind.text == text and kind is not CustomInvalid:
            return kind()
    invalid = InvalidTransaction()
    invalid.args = (text,)
    return invalid


def build_dispatch_error(pallet: str | None, name: str, docs: str = "") -> DispatchError:
    """The exception of a failed call: error ``name`` of ``pallet``, or of the kind ``name`` where there is none."""
    if pallet is not None:
        known = RUNTIME.find_error_by_name(pallet, name)
        return known(docs or name) if known else UnknownModuleError(f"{pallet}.{name}: {docs}".rstrip(": "))
    kinds: Iterator[type[DispatchError]] = _subclasses(DispatchError)
    found = next((kind for kind in kinds if kind.__name__ == name), None)
    return found(name) if found else UnknownDispatchError(name)


def read_dispatch_error(details: Any, metadata: Any) -> DispatchError:
    """The exception of a decoded ``sp_runtime::DispatchError``."""
    if isinstance(details, str):
        return build_dispatch_error(None, details)
    kind, inner = next(iter(details.items()))
    if kind != "Module":
        return build_dispatch_error(None, inner if isinstance(inner, str) else kind)
    code = (
        bytes.fromhex(str(inner["error"]).removeprefix("0x"))[0] if isinstance(inner["error"], str) else inner["error"]
    )
    return _read_module_error(inner["index"], code, metadata)


def _read_module_error(pallet_index: int, error_index: int, metadata: Any) -> DispatchError:
    pallet = next(item for item in metadata.pallets if item.value["index"] == pallet_index)
    error = next(item for item in pallet.errors if item.value["index"] == error_index)
    return build_dispatch_error(pallet.value["name"], error.value["name"], " ".join(error.value["docs"]))


def _subclasses(base: type[Any]) -> Iterator[type[Any]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _subclasses(kind)

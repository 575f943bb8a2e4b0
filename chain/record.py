"""Values that nobody changes, and that cost little to make."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make the class a dataclass with slots whose instances stay as they were made.

    The type checker holds everybody to that. The guard at run time that ``frozen=True`` adds would make them four
    times as expensive, and a transfer is some forty of them on its way into a block.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)

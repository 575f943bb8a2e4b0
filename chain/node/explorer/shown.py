"""Values as a page shows them: a small tree of what any value of the runtime is to a person.

Everything is text; how a page draws it follows from ``kind`` alone. Trees are bounded, whatever the chain holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from chain.keys import ss58_encode

RAO_PER_TAO: Final = 10**9
_SHOWN_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value: ``kind`` is account, tao, alpha, number, text, bytes, hash, word, error or none."""

    kind: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A value with its name; items of lists have none."""

    name: str
    value: Shown


@dataclass(frozen=True, slots=True)
class Group:
    """Values together: ``kind`` is list, record or call; ``more`` is how many items are not shown."""

    kind: str
    name: str
    items: tuple[Member, ...]
    more: int = 0


Shown = Leaf | Group

NONE: Final = Leaf("none", "none")


def show_account(account: bytes) -> Leaf:
    """An account by its address."""
    return Leaf("account", ss58_encode(account))


def show_amount(rao: int, unit: str = "tao") -> Leaf:
    """An amount, exact to the rao."""
    return Leaf(unit, format_amount(rao))


def show_bytes(data: bytes) -> Leaf:
    """Bytes: as text where they are, else in hexadecimal; cut where they are many."""
    head = data[:_SHOWN_BYTES]
    note = f"{len(data):,} bytes in all" if len(data) > len(head) else ""
    text = _read_text(head)
    return Leaf("bytes", "0x" + head.hex(), note) if text is None else Leaf("text", text, note)


def format_amount(rao: int) -> str:
    """Rao as a decimal number of whole units, without needless zeros."""
    sign, (whole, part) = "-" if rao < 0 else "", divmod(abs(rao), RAO_PER_TAO)
    return f"{sign}{whole:,}" + (f".{part:09d}".rstrip("0") if part else "")


def _read_text(data: bytes) -> str | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return text if text and text.isprintable() else None

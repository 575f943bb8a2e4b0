"""Era: for how long a transaction is valid, and which block it is anchored to."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from chain.scale.errors import ScaleError
from chain.scale.registry import encode_list, encode_text
from chain.scale.source import Decoder, Encoder
from chain.scale.types import U8, Type, erase

if TYPE_CHECKING:
    from chain.scale.registry import Registry

_MIN_PERIOD = 4
_QUANTIZE_BITS = 12
"""The phase of long periods is kept in steps of ``period >> 12``."""


@dataclass(frozen=True, slots=True)
class Mortal:
    """Valid for ``period`` blocks (a power of two) from every ``phase``-th block of it."""

    period: int
    phase: int

    def birth(self, current: int) -> int:
        """Number of the block the era started with, seen from block ``current``."""
        return (max(current, self.phase) - self.phase) // self.period * self.period + self.phase

    def death(self, current: int) -> int:
        """Number of the first block in which it is no longer valid."""
        return self.birth(current) + self.period


class EraType(Type[Mortal | None]):
    """``None`` is the immortal era."""

    def __init__(self) -> None:
        super().__init__("Era", 1, key=("era",))

    @property
    def path(self) -> tuple[str, ...]:
        """Rust path."""
        return ("sp_runtime", "generic", "era", "Era")

    @cached_property
    def encoder(self) -> Encoder:
        """One zero byte, or two bytes of period and phase."""

        def encode(value: object) -> bytes:
            if value is None:
                return b"\0"
            era = cast(Mortal, value)
            step = max(era.period >> _QUANTIZE_BITS, 1)
            exponent = era.period.bit_length() - 2
            if not 1 <= exponent <= 15 or era.period != 2 << exponent or not 0 <= era.phase < era.period:
                raise ScaleError(f"{era} is not an era: periods are powers of two from 4 to 65536")
            return (exponent | era.phase // step << 4).to_bytes(2, "little")

        return encode

    @cached_property
    def decoder(self) -> Decoder:
        """One zero byte, or two bytes of period and phase."""

        def decode(data: bytes, offset: int, depth: int) -> tuple[object, int]:
            low = data[offset]
            if low == 0:
                return None, offset + 1
            encoded = low | data[offset + 1] << 8
            period = 2 << (encoded & 15)
            phase = (encoded >> 4) * max(period >> _QUANTIZE_BITS, 1)
            if period < _MIN_PERIOD or phase >= period:
                raise ScaleError(f"bytes {encoded:#06x} are not an era")
            return Mortal(period, phase), offset + 2

        return decode

    def definition(self, registry: "Registry") -> bytes:
        """A variant for every first byte."""
        variants = [encode_text("Immortal") + b"\0\0\0"]
        for first in range(1, 256):
            field = b"\x04" + registry.field(None, erase(U8), None)
            variants.append(encode_text(f"Mortal{first}") + field + bytes([first, 0]))
        return b"\1" + encode_list(variants)


ERA: Type[Mortal | None] = EraType()


def build_era(period: int, current: int) -> Mortal:
    """Era of about ``period`` blocks for a transaction made on top of block ``current``."""
    rounded = min(max(1 << max(period - 1, 1).bit_length(), _MIN_PERIOD), 1 << 16)
    step = max(rounded >> _QUANTIZE_BITS, 1)
    return Mortal(rounded, current % rounded // step * step)

"""One field of a commitment: nothing, raw bytes, a hash, bytes encrypted for a later time, or a wish.

On the wire the number of bytes of raw data is part of the variant's number, as in FRAME's identity pallet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, cast

from chain.scale.compact import decode_bytes, encode_bytes
from chain.scale.composite import struct
from chain.scale.containers import BYTES, FixedBytes, Vec
from chain.scale.errors import ScaleError
from chain.scale.hints import TypeName
from chain.scale.registry import encode_list, encode_text
from chain.scale.source import Decoder, Encoder
from chain.scale.types import U64, Type, erase

if TYPE_CHECKING:
    from chain.scale.registry import Registry

LARGEST_RAW = 128
LARGEST_BIG_RAW = 512
LARGEST_TIMELOCKED = 1_024
_FIRST_HASH, _TIMELOCKED, _RESET_BONDS, _BIG_RAW = 130, 134, 135, 136
HASHES = ("BlakeTwo256", "Sha256", "Keccak256", "ShaThree256")


@dataclass(frozen=True, slots=True)
class Nothing:
    """No data."""


@dataclass(frozen=True, slots=True)
class Raw:
    """At most 128 bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Hashed:
    """A 32-byte hash, by its position in ``HASHES``."""

    kind: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class BigRaw:
    """At most 512 bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Timelocked:
    """At most 1024 bytes of ciphertext that a round of the beacon opens."""

    encrypted: bytes
    reveal_round: int


@dataclass(frozen=True, slots=True)
class ResetBonds:
    """The wish that others' bonds to the neuron be forgotten."""


Data = Nothing | Raw | Hashed | Timelocked | ResetBonds | BigRaw


def size_of(data: Data) -> int:
    """Bytes that count towards the quota."""
    if isinstance(data, Hashed):
        return len(data.digest)
    if isinstance(data, Timelocked):
        return len(data.encrypted)
    return len(data.data) if isinstance(data, Raw | BigRaw) else 0


class _DataType(Type[Data]):
    """``pallet_commitments::types::Data``."""

    def __init__(self) -> None:
        super().__init__("Data", 1, key=("commitment data",))

    @property
    def path(self) -> tuple[str, ...]:
        """Rust path."""
        return ("pallet_commitments", "types", "Data")

    @property
    def encoder(self) -> Encoder:
        """Number of the variant, then the bytes."""
        return lambda value: _encode(cast(Data, value))

    @property
    def decoder(self) -> Decoder:
        """Number of the variant, then the bytes."""
        return lambda data, offset, depth: _decode(data, offset)

    def definition(self, registry: "Registry") -> bytes:
        """All variants, one for each length of raw data."""
        variants = [_describe("None", 0, b"\0")]
        for size in range(LARGEST_RAW + 1):
            variants.append(_describe(f"Raw{size}", size + 1, _field(registry, FixedBytes(size))))
        for position, name in enumerate(HASHES):
            variants.append(_describe(name, _FIRST_HASH + position, _field(registry, FixedBytes(32))))
        sealed = [
            registry.field("encrypted", erase(BYTES), "Vec<u8>"),
            registry.field("reveal_round", erase(U64), "u64"),
        ]
        variants.append(_describe("TimelockEncrypted", _TIMELOCKED, encode_list(sealed)))
        variants.append(_describe("ResetBondsFlag", _RESET_BONDS, b"\0"))
        variants.append(_describe("BigRaw", _BIG_RAW, _field(registry, BYTES)))
        return b"\1" + encode_list(variants)


def _encode(value: Data) -> bytes:
    if isinstance(value, Nothing):
        return b"\0"
    if isinstance(value, Hashed):
        return bytes([_FIRST_HASH + value.kind]) + value.digest
    if isinstance(value, Timelocked):
        return bytes([_TIMELOCKED]) + encode_bytes(value.encrypted) + U64.encode(value.reveal_round)
    if isinstance(value, ResetBonds):
        return bytes([_RESET_BONDS])
    if isinstance(value, BigRaw):
        return bytes([_BIG_RAW]) + encode_bytes(value.data)
    if len(value.data) > LARGEST_RAW:
        raise ScaleError(f"{len(value.data)} bytes exceed raw data of {LARGEST_RAW}")
    return bytes([1 + len(value.data)]) + value.data


def _decode(data: bytes, offset: int) -> tuple[Data, int]:
    tag = data[offset]
    if tag == 0:
        return Nothing(), offset + 1
    if tag <= LARGEST_RAW + 1:
        return _take(data, offset + 1, tag - 1, Raw)
    if tag < _TIMELOCKED:
        return _take(data, offset + 1, 32, lambda digest: Hashed(tag - _FIRST_HASH, digest))
    return _decode_large(data, offset + 1, tag)


def _decode_large(data: bytes, offset: int, tag: int) -> tuple[Data, int]:
    if tag == _RESET_BONDS:
        return ResetBonds(), offset
    if tag == _TIMELOCKED:
        encrypted, end = _decode_bounded(data, offset, LARGEST_TIMELOCKED)
        reveal_round, end = U64.decode_from(data, end)
        return Timelocked(encrypted, reveal_round), end
    if tag == _BIG_RAW:
        raw, end = _decode_bounded(data, offset, LARGEST_BIG_RAW)
        return BigRaw(raw), end
    raise ScaleError(f"commitment data has no variant {tag}")


def _decode_bounded(data: bytes, offset: int, most: int) -> tuple[bytes, int]:
    raw, end = decode_bytes(data, offset)
    if len(raw) > most:
        raise ScaleError(f"{len(raw)} bytes exceed {most}")
    return raw, end


def _take(data: bytes, start: int, size: int, make: Callable[[bytes], Data]) -> tuple[Data, int]:
    if start + size > len(data):
        raise ScaleError(f"{size} bytes at offset {start} exceed the data")
    return make(data[start : start + size]), start + size


def _describe(name: str, number: int, fields: bytes) -> bytes:
    return encode_text(name) + fields + bytes([number, 0])


def _field(registry: "Registry", kind: Type[bytes]) -> bytes:
    return b"\4" + registry.field(None, erase(kind), kind.name)


DATA: Type[Data] = _DataType()


class _BoundedData(Vec[Data]):
    """``BoundedVec<Data, MaxFields>``: a list on the wire, a composite around one in the registry."""

    def __init__(self) -> None:
        super().__init__(DATA)
        self.key = ("bounded", DATA)

    @property
    def path(self) -> tuple[str, ...]:
        """Rust path."""
        return ("bounded_collections", "bounded_vec", "BoundedVec")

    @property
    def params(self) -> tuple[tuple[str, Type[object] | None], ...]:
        """Item and bound; the bound is a number and has no type here."""
        return (("T", erase(DATA)), ("S", None))

    def definition(self, registry: "Registry") -> bytes:
        """The list as the only, unnamed field."""
        return b"\0" + encode_list([registry.field(None, erase(Vec(DATA)), "Vec<T>")])


@struct("pallet_commitments::types::CommitmentInfo")
class CommitmentInfo:
    """The fields of a commitment."""

    fields: Annotated[list[Data], _BoundedData(), TypeName("BoundedVec<Data, MaxFields>")]

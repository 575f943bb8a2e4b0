"""``Result<T, E>``: a value that is either, told apart by its class."""

from functools import cached_property
from types import UnionType
from typing import TYPE_CHECKING, TypeVar

from chain.scale.errors import ScaleError
from chain.scale.registry import encode_list, encode_text
from chain.scale.source import Decoder, Encoder
from chain.scale.types import Type, erase

if TYPE_CHECKING:
    from chain.scale.registry import Registry

A = TypeVar("A")
B = TypeVar("B")


class Result(Type[A | B]):
    """``Ok`` of one type or ``Err`` of another; ``errors`` are the classes of the latter's values."""

    def __init__(self, ok: Type[A], err: Type[B], errors: type | UnionType) -> None:
        super().__init__(f"Result<{ok.name}, {err.name}>", 1, key=("result", ok, err))
        self._ok = erase(ok)
        self._err = erase(err)
        self._errors = errors

    @property
    def path(self) -> tuple[str, ...]:
        """The prelude's name."""
        return ("Result",)

    @property
    def params(self) -> tuple[tuple[str, Type[object] | None], ...]:
        """Both types."""
        return (("T", self._ok), ("E", self._err))

    @cached_property
    def encoder(self) -> Encoder:
        """Zero and the value, or one and the error."""
        ok, err, errors = self._ok.encoder, self._err.encoder, self._errors
        return lambda value: b"\1" + err(value) if isinstance(value, errors) else b"\0" + ok(value)

    @cached_property
    def decoder(self) -> Decoder:
        """Zero and the value, or one and the error."""
        ok, err = self._ok.decoder, self._err.decoder

        def decode(data: bytes, offset: int, depth: int) -> tuple[object, int]:
            if data[offset] > 1:
                raise ScaleError(f"byte {data[offset]} at offset {offset} is not a result")
            return (err if data[offset] else ok)(data, offset + 1, depth)

        return decode

    def definition(self, registry: "Registry") -> bytes:
        """An enum of two variants."""
        ok = encode_text("Ok") + b"\x04" + registry.field(None, self._ok, None) + b"\0\0"
        err = encode_text("Err") + b"\x04" + registry.field(None, self._err, None) + b"\1\0"
        return b"\1" + encode_list([ok, err])

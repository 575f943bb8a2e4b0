"""Types that range over all pallets: any call, any event, any error."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from chain.runtime.dispatch import Call
from chain.runtime.errors import ModuleError
from chain.runtime.pallet import AnyCall, Pallet
from chain.scale.composite import EnumType, Variant, describe_fields
from chain.scale.errors import ScaleError
from chain.scale.registry import Registry, encode_list, encode_text, encode_text_list
from chain.scale.source import Decoder, Encoder
from chain.scale.types import Type, erase

CRATE = "node_subtensor_runtime"


class PalletCalls(Type[Call]):
    """The calls of one pallet, as the metadata shows them."""

    def __init__(self, pallet: Pallet) -> None:
        super().__init__(f"CallableCallFor<{pallet.name}, Runtime>", 1, key=("calls", pallet.name, pallet.calls))
        self.pallet = pallet

    @property
    def path(self) -> tuple[str, ...]:
        """Rust path."""
        return (self.pallet.crate, "pallet", "Call")

    @property
    def params(self) -> tuple[tuple[str, Type[object] | None], ...]:
        """The runtime, unnamed."""
        return (("T", None),)

    def definition(self, registry: Registry) -> bytes:
        """A variant for each call."""
        return b"\1" + encode_list([_describe_call(registry, call) for call in self.pallet.calls])


class RuntimeCalls(Type[Call]):
    """Any call: the pallet's index, the call's index, the arguments."""

    def __init__(self, pallets: Sequence[Pallet]) -> None:
        super().__init__("RuntimeCall", 2, key=("runtime calls", *(pallet.name for pallet in pallets)))
        self.pallets = [pallet for pallet in pallets if pallet.calls]

    @property
    def path(self) -> tuple[str, ...]:
        """Rust path."""
        return (CRATE, "RuntimeCall")

    @cached_property
    def names(self) -> Mapping[AnyCall, str]:
        """Each call as ``Pallet.call``."""
        return {call: f"{pallet.name}.{call.name}" for pallet in self.pallets for call in pallet.calls}

    @cached_property
    def encoder(self) -> Encoder:
        """Two indices, then the arguments."""
        heads = {call: bytes([pallet.index, call.index]) for pallet in self.pallets for call in pallet.calls}

        def encode(value: object) -> bytes:
            assert isinstance(value, Call)
            return heads[value.declaration] + value.declaration.encoder(value.args)

        return encode

    @cached_property
    def decoder(self) -> Decoder:
        """Two indices, then the arguments."""
        calls = {pallet.index << 8 | call.index: call for pallet in self.pallets for call in pallet.calls}

        def decode(data: bytes, offset: int, depth: int) -> tuple[object, int]:
            declaration = calls.get(data[offset] << 8 | data[offset + 1])
            if declaration is None:
                raise ScaleError(f"there is no call {data[offset]}.{data[offset + 1]}")
            args, end = declaration.decoder(data, offset + 2, depth)
            assert isinstance(args, tuple)
            return Call(declaration, args), end

        return decode

    def definition(self, registry: Registry) -> bytes:
        """A variant for each pallet that has calls."""
        return b"\1" + _describe_pallets(registry, [(pallet, erase(PalletCalls(pallet))) for pallet in self.pallets])


class RuntimeEvents(Type[object]):
    """Any event: the pallet's index, then the pallet's event."""

    def __init__(self, pallets: Sequence[Pallet]) -> None:
        super().__init__("RuntimeEvent", 2, key=("runtime events", *(pallet.name for pallet in pallets)))
        self.pallets = [pallet for pallet in pallets if pallet.events]

    @property
    def path(self) -> tuple[str, ...]:
        """Rust path."""
        return (CRATE, "RuntimeEvent")

    @cached_property
    def encoder(self) -> Encoder:
        """Two indices, then the fields."""
        table: dict[type, tuple[bytes, Encoder]] = {
            item.shape.cls: (bytes([pallet.index, item.index]), item.shape.encoder)
            for pallet in self.pallets
            for item in pallet.events
        }

        def encode(value: object) -> bytes:
            head, encode_fields = table[type(value)]
            return head + encode_fields(value)

        return encode

    @cached_property
    def decoder(self) -> Decoder:
        """Two indices, then the fields."""
        table = {pallet.index: events_type(pallet).decoder for pallet in self.pallets}

        def decode(data: bytes, offset: int, depth: int) -> tuple[object, int]:
            decode_event = table.get(data[offset])
            if decode_event is None:
                raise ScaleError(f"pallet {data[offset]} has no events")
            return decode_event(data, offset + 1, depth)

        return decode

    def definition(self, registry: Registry) -> bytes:
        """A variant for each pallet that has events."""
        return b"\1" + _describe_pallets(registry, [(pallet, events_type(pallet)) for pallet in self.pallets])


class PalletErrors(Type[ModuleError]):
    """The errors of one pallet, as the metadata shows them."""

    def __init__(self, pallet: Pallet) -> None:
        super().__init__(f"Error<{pallet.name}>", 1, key=("errors", pallet.name, pallet.errors))
        self.pallet = pallet

    @property
    def path(self) -> tuple[str, ...]:
        """Rust path."""
        return (self.pallet.crate, "pallet", "Error")

    @property
    def params(self) -> tuple[tuple[str, Type[object] | None], ...]:
        """The runtime, unnamed."""
        return (("T", None),)

    def definition(self, registry: Registry) -> bytes:
        """A variant for each index up to the last error: some clients look errors up by position."""
        errors = {error.index: error for error in self.pallet.errors}
        described = [_describe_error(errors.get(index), index) for index in range(max(errors) + 1)]
        return b"\1" + encode_list(described)


class RuntimeErrors(Type[object]):
    """Any error of a pallet, as metadata V15 shows them."""

    def __init__(self, pallets: Sequence[Pallet]) -> None:
        super().__init__("RuntimeError", 2, key=("runtime errors", *(pallet.name for pallet in pallets)))
        self.pallets = [pallet for pallet in pallets if pallet.errors]

    @property
    def path(self) -> tuple[str, ...]:
        """Rust path."""
        return (CRATE, "RuntimeError")

    def definition(self, registry: Registry) -> bytes:
        """A variant for each pallet that has errors."""
        return b"\1" + _describe_pallets(registry, [(pallet, erase(PalletErrors(pallet))) for pallet in self.pallets])


def events_type(pallet: Pallet) -> Type[object]:
    """The events of one pallet."""
    variants: Sequence[Variant] = pallet.events
    return EnumType(f"{pallet.crate}::pallet::Event", variants, params=(("T", None),))


def _describe_call(registry: Registry, call: AnyCall) -> bytes:
    fields = describe_fields(registry, call.fields)
    return encode_text(call.name) + fields + bytes([call.index]) + encode_text_list(call.docs)


def _describe_error(error: type[ModuleError] | None, index: int) -> bytes:
    if error is None:
        return encode_text(f"Reserved{index}") + b"\0" + bytes([index]) + encode_text_list(())
    docs = [line.strip() for line in (error.__doc__ or "").strip().splitlines()]
    return encode_text(error.__name__) + b"\0" + bytes([error.index]) + encode_text_list(docs)


def _describe_pallets(registry: Registry, pallets: Sequence[tuple[Pallet, Type[object]]]) -> bytes:
    """A variant for each pallet, which holds the pallet's own type."""
    variants = []
    for pallet, kind in pallets:
        field = registry.field(None, kind, f"{pallet.crate}::{kind.path[-1]}<Runtime>")
        variants.append(encode_text(pallet.name) + b"\x04" + field + bytes([pallet.index]) + b"\0")
    return encode_list(variants)

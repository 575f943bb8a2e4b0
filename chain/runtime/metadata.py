"""Metadata V14 and V15: what clients read to speak with the runtime, made from the declarations alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chain.runtime.api import Api, Method
from chain.runtime.extrinsic import EXTENSIONS, EXTRA, EXTRINSIC_VERSION, UNCHECKED_EXTRINSIC, Marker
from chain.runtime.pallet import Constant, Pallet
from chain.runtime.ranges import CRATE, PalletCalls, PalletErrors, events_type
from chain.runtime.storage import StateReader
from chain.runtime.types import MULTI_ADDRESS, MULTI_SIGNATURE
from chain.scale.compact import encode_bytes
from chain.scale.registry import Registry, encode_list, encode_text, encode_text_list
from chain.scale.types import Type, erase

if TYPE_CHECKING:
    from chain.runtime.assembly import Runtime

_MAGIC = b"meta"
_RUNTIME = Marker(f"{CRATE}::Runtime")


def build_metadata_v14(runtime: "Runtime", state: StateReader) -> bytes:
    """Pallets, extrinsic and signed extensions, behind the registry of their types."""
    registry = Registry()
    parts = [
        encode_list([_describe_pallet(registry, pallet, state) for pallet in runtime.pallets]),
        registry.reference(erase(UNCHECKED_EXTRINSIC)),
        bytes([EXTRINSIC_VERSION]),
        _describe_extensions(registry),
        registry.reference(erase(_RUNTIME)),
    ]
    return _MAGIC + bytes([14]) + registry.encode() + b"".join(parts)


def build_metadata_v15(runtime: "Runtime", state: StateReader) -> bytes:
    """As version 14, with the parts of an extrinsic, the interfaces, and the types over all pallets."""
    registry = Registry()
    extrinsic = (erase(MULTI_ADDRESS), erase(runtime.call_type), erase(MULTI_SIGNATURE), EXTRA)
    outer = (erase(runtime.call_type), erase(runtime.event_type), erase(runtime.error_type))
    parts = [
        encode_list([_describe_pallet(registry, pallet, state) + b"\0" for pallet in runtime.pallets]),  # without docs
        bytes([EXTRINSIC_VERSION]),
        b"".join(map(registry.reference, extrinsic)),
        _describe_extensions(registry),
        registry.reference(erase(_RUNTIME)),
        encode_list([_describe_api(registry, api) for api in runtime.apis]),
        b"".join(map(registry.reference, outer)),
        b"\0",  # no custom values
    ]
    return _MAGIC + bytes([15]) + registry.encode() + b"".join(parts)


def _describe_pallet(registry: Registry, pallet: Pallet, state: StateReader) -> bytes:
    storage = encode_list([item.describe(registry) for item in pallet.storage])
    return b"".join(
        (
            encode_text(pallet.name),
            b"\1" + encode_text(pallet.name) + storage if pallet.storage else b"\0",
            _describe_optional(registry, erase(PalletCalls(pallet)), pallet.calls),
            _describe_optional(registry, events_type(pallet), pallet.events),
            encode_list([_describe_constant(registry, constant, state) for constant in pallet.constants]),
            _describe_optional(registry, erase(PalletErrors(pallet)), pallet.errors),
            bytes([pallet.index]),
        )
    )


def _describe_optional(registry: Registry, kind: Type[object], members: Sequence[object]) -> bytes:
    """The type, unless it would have no members."""
    return b"\1" + registry.reference(kind) if members else b"\0"


def _describe_constant(registry: Registry, constant: Constant, state: StateReader) -> bytes:
    value = encode_bytes(constant.type.encode(constant.value_in(state)))
    docs = encode_text_list(constant.docs.splitlines())
    return encode_text(constant.name) + registry.reference(constant.type) + value + docs


def _describe_extensions(registry: Registry) -> bytes:
    return encode_list(
        [
            encode_text(extension.identifier)
            + registry.reference(extension.extra)
            + registry.reference(extension.additional)
            for extension in EXTENSIONS
        ]
    )


def _describe_api(registry: Registry, api: Api) -> bytes:
    methods = encode_list([_describe_method(registry, method) for method in api.methods])
    return encode_text(api.name) + methods + b"\0"


def _describe_method(registry: Registry, method: Method) -> bytes:
    inputs = encode_list(
        [encode_text(argument.name.rstrip("_")) + registry.reference(argument.type) for argument in method.inputs]
    )
    output = registry.reference(method.output)
    return encode_text(method.name) + inputs + output + encode_text_list(method.docs)

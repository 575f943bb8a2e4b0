"""The runtime as a whole: pallets, interfaces, metadata."""

from collections.abc import Callable, Sequence

from chain.runtime.api import Api, ApiContext, UnknownRuntimeApi
from chain.runtime.dispatch import RUNTIME_CALL, RUNTIME_EVENT
from chain.runtime.errors import ModuleError
from chain.runtime.metadata import build_metadata_v14, build_metadata_v15
from chain.runtime.pallet import Pallet
from chain.runtime.ranges import RuntimeCalls, RuntimeErrors, RuntimeEvents
from chain.runtime.storage import StateReader

MetadataBuilder = Callable[["Runtime", StateReader], bytes]


class Runtime:
    """All pallets, in the order of their indices, and the interfaces for clients."""

    def __init__(self, pallets: Sequence[Pallet], apis: Sequence[Api] = ()) -> None:
        self.apis = tuple(apis)
        self.pallets = tuple(sorted(pallets, key=lambda pallet: pallet.index))
        self.call_type = RuntimeCalls(self.pallets)
        self.event_type = RuntimeEvents(self.pallets)
        self.error_type = RuntimeErrors(self.pallets)
        self.on_initialize = tuple(hook for pallet in self.pallets for hook in pallet.on_initialize)
        self.on_finalize = tuple(hook for pallet in self.pallets for hook in pallet.on_finalize)
        self._api_methods = {f"{api.name}_{method.name}": method for api in self.apis for method in api.methods}
        self._varying = [constant for pallet in pallets for constant in pallet.constants if constant.item is not None]
        self._metadata: dict[tuple[object, ...], bytes] = {}
        self._errors = {(pallet.index, error.index): error for pallet in self.pallets for error in pallet.errors}

    def bind(self) -> None:
        """Let calls that hold calls, and the record of events, range over these pallets."""
        RUNTIME_CALL.bind(self.call_type)
        RUNTIME_EVENT.bind(self.event_type)

    def metadata_v14(self, state: StateReader) -> bytes:
        """Metadata for clients of version 14, on a chain of that state."""
        return self._describe(build_metadata_v14, state)

    def metadata_v15(self, state: StateReader) -> bytes:
        """Metadata for clients of version 15, interfaces included, on a chain of that state."""
        return self._describe(build_metadata_v15, state)

    def call_api(self, state: StateReader, method: str, data: bytes) -> bytes:
        """Result of the interface method ``Trait_function`` on encoded arguments.

        Raises:
            UnknownRuntimeApi: there is none of that name.
            ScaleError: the arguments do not decode.
        """
        found = self._api_methods.get(method)
        if found is None:
            raise UnknownRuntimeApi(method)
        return found.call(ApiContext(state, self), data)

    def _describe(self, build: MetadataBuilder, state: StateReader) -> bytes:
        """Metadata by that builder, made once for each set of constants that genesis decides."""
        key = (build, *(constant.value_in(state) for constant in self._varying))
        if key not in self._metadata:
            self._metadata[key] = build(self, state)
        return self._metadata[key]

    def find_error(self, pallet_index: int, error_index: int) -> type[ModuleError] | None:
        """Class of a pallet's error, by its numbers on the wire."""
        return self._errors.get((pallet_index, error_index))

    def find_error_by_name(self, pallet: str, name: str) -> type[ModuleError] | None:
        """Class of a pallet's error, by its names in the metadata."""
        found = next((item for item in self.pallets if item.name == pallet), None)
        return next((error for error in found.errors if error.__name__ == name), None) if found else None

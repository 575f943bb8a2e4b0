"""The runtime as a whole: pallets, interfaces, metadata."""

from collections.abc import Sequence
from functools import cached_property

from chain.runtime.api import Api, ApiContext, UnknownRuntimeApi
from chain.runtime.dispatch import RUNTIME_CALL, RUNTIME_EVENT
from chain.runtime.errors import ModuleError
from chain.runtime.metadata import build_metadata_v14, build_metadata_v15
from chain.runtime.pallet import Pallet
from chain.runtime.ranges import RuntimeCalls, RuntimeErrors, RuntimeEvents
from chain.runtime.storage import StateReader


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
        self._errors = {(pallet.index, error.index): error for pallet in self.pallets for error in pallet.errors}

    def bind(self) -> None:
        """Let calls that hold calls, and the record of events, range over these pallets."""
        RUNTIME_CALL.bind(self.call_type)
        RUNTIME_EVENT.bind(self.event_type)

    @cached_property
    def metadata_v14(self) -> bytes:
        """Metadata for clients of version 14."""
        return build_metadata_v14(self)

    @cached_property
    def metadata_v15(self) -> bytes:
        """Metadata for clients of version 15, interfaces included."""
        return build_metadata_v15(self)

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

    def find_error(self, pallet_index: int, error_index: int) -> type[ModuleError] | None:
        """Class of a pallet's error, by its numbers on the wire."""
        return self._errors.get((pallet_index, error_index))

    def find_error_by_name(self, pallet: str, name: str) -> type[ModuleError] | None:
        """Class of a pallet's error, by its names in the metadata."""
        found = next((item for item in self.pallets if item.name == pallet), None)
        return next((error for error in found.errors if error.__name__ == name), None) if found else None

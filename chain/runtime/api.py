"""Runtime interfaces: functions that clients call on the state of any block.

    def account_nonce(ctx: ApiContext, account: AccountId) -> u32:
        "The next nonce of ``account``."

    ACCOUNT_NONCE_API = Api("AccountNonceApi", (account_nonce,))

Arguments and result are encoded by their annotations; the docstring goes into the metadata.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, get_type_hints

from chain.runtime.storage import StateReader
from chain.scale.composite import docs_of
from chain.scale.hints import Field, describe, fields_of
from chain.scale.products import UNIT, Tuple
from chain.scale.types import Type, erase

if TYPE_CHECKING:
    from chain.runtime.assembly import Runtime


class UnknownRuntimeApi(Exception):
    """No interface of the runtime has a method of that name."""

    def __init__(self, method: str) -> None:
        super().__init__(f"Exported method {method} is not found")


@dataclass(frozen=True)
class ApiContext:
    """What an interface sees: the state after a block, and the runtime."""

    state: StateReader
    runtime: "Runtime"


@dataclass(frozen=True)
class Method:
    """One function of an interface."""

    function: Callable[..., object]

    @property
    def name(self) -> str:
        """Name in the metadata."""
        return self.function.__name__.rstrip("_")

    @property
    def docs(self) -> tuple[str, ...]:
        """Lines of the docstring."""
        return docs_of(self.function)

    @cached_property
    def inputs(self) -> tuple[Field, ...]:
        """Arguments without the context."""
        return fields_of(self.function, skip=1)

    @cached_property
    def output(self) -> Type[object]:
        """Type of the result."""
        hint = get_type_hints(self.function, include_extras=True)["return"]
        return erase(UNIT) if hint is type(None) else describe(hint)

    def call(self, ctx: ApiContext, data: bytes) -> bytes:
        """Encoded result on encoded arguments.

        Raises:
            ScaleError: the arguments do not decode.
        """
        args = Tuple([argument.type for argument in self.inputs]).decode(data)
        return self.output.encode(self.function(ctx, *args))


@dataclass(frozen=True)
class Api:
    """An interface by its trait's name."""

    name: str
    functions: tuple[Callable[..., object], ...]

    @cached_property
    def methods(self) -> tuple[Method, ...]:
        """Its functions, described."""
        return tuple(Method(function) for function in self.functions)

"""How a failed call looks on the wire: ``sp_runtime::DispatchError`` and its parts."""

from enum import Enum
from typing import Annotated

from chain.runtime import errors
from chain.scale.composite import enum_of, struct, unit_enum, variant
from chain.scale.containers import FixedBytes
from chain.scale.hints import TypeName, u8
from chain.scale.products import UNIT
from chain.scale.result import Result
from chain.scale.types import Type


@struct("sp_runtime::ModuleError")
class ModuleErrorInfo:
    """A pallet's index, and the position in its table of errors."""

    index: u8
    error: Annotated[bytes, FixedBytes(4), TypeName("[u8; MAX_MODULE_ERROR_ENCODED_SIZE]")]


@unit_enum("sp_runtime::TokenError")
class TokenKind(Enum):
    """Why an amount cannot be moved."""

    FundsUnavailable = 0
    OnlyProvider = 1
    BelowMinimum = 2
    CannotCreate = 3
    UnknownAsset = 4
    Frozen = 5
    Unsupported = 6
    CannotCreateHold = 7
    NotExpendable = 8
    Blocked = 9


@unit_enum("sp_arithmetic::ArithmeticError")
class ArithmeticKind(Enum):
    """How a calculation failed."""

    Underflow = 0
    Overflow = 1
    DivisionByZero = 2


@unit_enum("sp_runtime::TransactionalError")
class TransactionalKind(Enum):
    """How a storage layer failed."""

    LimitReached = 0
    NoLayer = 1


@variant(0)
class Other:
    pass


@variant(1)
class CannotLookup:
    pass


@variant(2)
class BadOrigin:
    pass


@variant(3)
class Module:
    error: ModuleErrorInfo


@variant(4)
class ConsumerRemaining:
    pass


@variant(5)
class NoProviders:
    pass


@variant(6)
class TooManyConsumers:
    pass


@variant(7)
class Token:
    error: TokenKind


@variant(8)
class Arithmetic:
    error: ArithmeticKind


@variant(9)
class Transactional:
    error: TransactionalKind


@variant(10)
class Exhausted:
    pass


@variant(11)
class Corruption:
    pass


@variant(12)
class Unavailable:
    pass


@variant(13)
class RootNotAllowed:
    pass


Plain = (
    Other
    | CannotLookup
    | BadOrigin
    | ConsumerRemaining
    | NoProviders
    | TooManyConsumers
    | Exhausted
    | Corruption
    | Unavailable
    | RootNotAllowed
)
Failure = Plain | Module | Token | Arithmetic | Transactional
FAILURE: Type[Failure] = enum_of(
    "sp_runtime::DispatchError",
    Other,
    CannotLookup,
    BadOrigin,
    Module,
    ConsumerRemaining,
    NoProviders,
    TooManyConsumers,
    Token,
    Arithmetic,
    Transactional,
    Exhausted,
    Corruption,
    Unavailable,
    RootNotAllowed,
)

DispatchFailure = Annotated[Failure, FAILURE]

_PLAIN: dict[int, type[Plain]] = {
    0: Other,
    1: CannotLookup,
    2: BadOrigin,
    4: ConsumerRemaining,
    5: NoProviders,
    6: TooManyConsumers,
    10: Exhausted,
}


def describe_failure(error: errors.DispatchError) -> Failure:
    """Wire form of ``error``."""
    if isinstance(error, errors.ModuleError):
        assert error.pallet_index >= 0, f"{type(error).__name__} belongs to no pallet of the runtime"
        return Module(ModuleErrorInfo(error.pallet_index, bytes([error.index, 0, 0, 0])))
    if isinstance(error, errors.TokenError):
        return Token(TokenKind(error.code))
    if isinstance(error, errors.ArithmeticFailure):
        return Arithmetic(ArithmeticKind(error.code))
    return _PLAIN[error.variant]()


DISPATCH_RESULT = Result(UNIT, FAILURE, Failure)
DispatchResult = Annotated[Failure | None, DISPATCH_RESULT]

"""How the validity of a transaction looks on the wire: ``sp_runtime::transaction_validity``."""

from enum import Enum
from typing import Annotated

from chain.runtime import errors
from chain.scale.composite import enum_of, struct, unit_enum, variant
from chain.scale.hints import of, u8, u64
from chain.scale.result import Result
from chain.scale.types import Type

_PATH = "sp_runtime::transaction_validity"


@unit_enum(f"{_PATH}::TransactionSource")
class TransactionSource(Enum):
    """Where a transaction came from."""

    InBlock = 0
    Local = 1
    External = 2


@struct(f"{_PATH}::ValidTransaction")
class Valid:
    """What a pool needs to know; tags name what must come before, and what this brings."""

    priority: u64
    requires: list[bytes]
    provides: list[bytes]
    longevity: u64
    propagate: bool


@variant(0)
class Call:
    pass


@variant(1)
class Payment:
    pass


@variant(2)
class Future:
    pass


@variant(3)
class Stale:
    pass


@variant(4)
class BadProof:
    pass


@variant(5)
class AncientBirthBlock:
    pass


@variant(6)
class ExhaustsResources:
    pass


@variant(7)
class Custom:
    code: u8


@variant(8)
class BadMandatory:
    pass


@variant(9)
class MandatoryValidation:
    pass


@variant(10)
class BadSigner:
    pass


Defect = (
    Call
    | Payment
    | Future
    | Stale
    | BadProof
    | AncientBirthBlock
    | ExhaustsResources
    | Custom
    | BadMandatory
    | MandatoryValidation
    | BadSigner
)
DEFECT: Type[Defect] = enum_of(
    f"{_PATH}::InvalidTransaction",
    Call,
    Payment,
    Future,
    Stale,
    BadProof,
    AncientBirthBlock,
    ExhaustsResources,
    Custom,
    BadMandatory,
    MandatoryValidation,
    BadSigner,
)


@unit_enum(f"{_PATH}::UnknownTransaction")
class UnknownTransaction(Enum):
    """Why nothing can be said about a transaction."""

    CannotLookup = 0
    NoUnsignedValidator = 1


@variant(0)
class Invalid:
    defect: Annotated[Defect, DEFECT]


@variant(1)
class Unknown:
    reason: UnknownTransaction


ValidityError = Invalid | Unknown
VALIDITY_ERROR: Type[ValidityError] = enum_of(f"{_PATH}::TransactionValidityError", Invalid, Unknown)
VALIDITY = Result(of(Valid), VALIDITY_ERROR, ValidityError)
Validity = Annotated[Valid | ValidityError, VALIDITY]

Plain = Call | Payment | Future | Stale | BadProof | AncientBirthBlock | ExhaustsResources | BadMandatory
_PLAIN: dict[int, type[Plain]] = {
    0: Call,
    1: Payment,
    2: Future,
    3: Stale,
    4: BadProof,
    5: AncientBirthBlock,
    6: ExhaustsResources,
    8: BadMandatory,
}


def describe_invalid(error: errors.InvalidTransaction) -> Invalid:
    """Wire form of ``error``."""
    if error.custom is not None:
        return Invalid(Custom(error.custom))
    return Invalid(_PLAIN[error.variant]())

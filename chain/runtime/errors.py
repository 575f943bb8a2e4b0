"""What can go wrong with an extrinsic, in two kinds.

* ``InvalidTransaction``: must not enter a block; the sender pays nothing.
* ``DispatchError``: is in a block and failed; its changes are undone, nonce and fee are kept, and
  ``System.ExtrinsicFailed`` names the error.

Any other exception is a bug and stops the node.
"""

from typing import ClassVar


class InvalidTransaction(Exception):
    """The extrinsic cannot be included in this block.

    ``variant`` is the number in ``sp_runtime``'s enum of that name; ``custom`` the number of a custom error.
    The message is what a Substrate node tells its callers.
    """

    variant: ClassVar[int] = 0
    text: ClassVar[str] = "Transaction call is not expected"

    def __init__(self, detail: str = "") -> None:
        super().__init__(self.text)
        self.detail = detail
        self.custom: int | None = None


class UnexpectedCall(InvalidTransaction):
    """The bytes are not an extrinsic of this runtime, or hold a call that may not be sent like this."""


class CannotPay(InvalidTransaction):
    """The sender cannot pay the fee."""

    variant = 1
    text = "Inability to pay some fees (e.g. account balance too low)"


class FutureTransaction(InvalidTransaction):
    """The nonce is higher than the account's."""

    variant = 2
    text = "Transaction will be valid in the future"


class StaleTransaction(InvalidTransaction):
    """The nonce was used already."""

    variant = 3
    text = "Transaction is outdated"


class BadProof(InvalidTransaction):
    """The signature does not fit."""

    variant = 4
    text = "Transaction has a bad signature"


class AncientBirthBlock(InvalidTransaction):
    """The era has ended, or starts at a block that is not known."""

    variant = 5
    text = "Transaction has an ancient birth block"


class ExhaustsResources(InvalidTransaction):
    """The extrinsic does not fit into the block."""

    variant = 6
    text = "Transaction would exhaust the block limits"


class BadMandatory(InvalidTransaction):
    """A mandatory extrinsic is missing, misplaced or failed."""

    variant = 8
    text = "A call was labelled as mandatory, but resulted in an Error."


class CustomInvalid(InvalidTransaction):
    """A rule of a pallet turns the extrinsic away before it enters a block."""

    variant = 7

    def __init__(self, custom: int, detail: str = "") -> None:
        super().__init__(detail)
        self.custom = custom
        self.args = (f"Custom error: {custom}",)


class DispatchError(Exception):
    """The extrinsic was included and its call failed; ``variant`` numbers the kind as in ``sp_runtime``."""

    variant: ClassVar[int] = 0


class CannotLookup(DispatchError):
    """The address names no account."""

    variant = 1


class BadOrigin(DispatchError):
    """The caller may not make this call."""

    variant = 2


class ConsumerRemaining(DispatchError):
    """The account is still in use."""

    variant = 4


class NoProviders(DispatchError):
    """Nothing keeps the account alive."""

    variant = 5


class TooManyConsumers(DispatchError):
    """The account is in use too often."""

    variant = 6


class TokenError(DispatchError):
    """An amount cannot be moved; ``code`` numbers the reason."""

    variant = 7
    code: ClassVar[int]


class FundsUnavailable(TokenError):
    """Funds are unavailable."""

    code = 0


class BelowMinimum(TokenError):
    """Account cannot exist with the funds that would be given."""

    code = 2


class NotExpendable(TokenError):
    """Account that is desired to remain would die."""

    code = 8


class ArithmeticFailure(DispatchError):
    """A calculation left the range of its type; ``code`` numbers the way."""

    variant = 8
    code: ClassVar[int]


class Underflow(ArithmeticFailure):
    """A result below zero."""

    code = 0


class Overflow(ArithmeticFailure):
    """A result above the largest value."""

    code = 1


class DivisionByZero(ArithmeticFailure):
    """A divisor of zero."""

    code = 2


class ExhaustedResources(DispatchError):
    """A bound on what one call may do was reached."""

    variant = 10


class ModuleError(DispatchError):
    """An error of a pallet, by its position in the pallet's table: ``class X(ModuleError, index=3)``.

    The first line of the docstring goes into the metadata.
    """

    variant = 3
    index: ClassVar[int] = -1
    pallet_index: ClassVar[int] = -1
    """Set when the pallet is built."""

    def __init_subclass__(cls, index: int = -1) -> None:
        cls.index = index

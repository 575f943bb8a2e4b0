"""TransactionPayment pallet: fees by weight and length, taken before the call and burned.

Burned means: withdrawn from the sender and from ``Balances.TotalIssuance``, since blocks have no author to
pay. ``TransactionFeePaid`` tells what was kept in the end, the tip included.
"""

from enum import Enum

from chain.runtime import balances
from chain.runtime.dispatch import Context, event
from chain.runtime.errors import CannotPay, DispatchError
from chain.runtime.pallet import Constant
from chain.runtime.storage import StorageValue
from chain.runtime.types import AccountId, AccountInfo, Balance, Pays, Weight
from chain.runtime.weights import BASE_EXTRINSIC_WEIGHT, RAO_PER_BYTE, WEIGHT_PER_RAO
from chain.scale.composite import struct, unit_enum
from chain.scale.hints import of
from chain.scale.products import Newtype
from chain.scale.types import U8, U128, Type, erase

FIXED_UNIT = 10**18

MULTIPLIER: Type[int] = Newtype("sp_arithmetic::fixed_point::FixedU128", U128)


@unit_enum("pallet_transaction_payment::Releases")
class Releases(Enum):
    """Storage releases of the pallet."""

    V1Ancient = 0
    V2 = 1


NEXT_FEE_MULTIPLIER = StorageValue("TransactionPayment", "NextFeeMultiplier", MULTIPLIER, default=FIXED_UNIT)
STORAGE_VERSION = StorageValue("TransactionPayment", "StorageVersion", of(Releases), default=Releases.V1Ancient)

CONSTANTS = (Constant("OperationalFeeMultiplier", erase(U8), 5, "A fee multiplier for `Operational` extrinsics."),)


@struct("pallet_transaction_payment::types::InclusionFee")
class InclusionFee:
    """Parts of a fee, in rao."""

    base_fee: Balance
    len_fee: Balance
    adjusted_weight_fee: Balance

    @property
    def total(self) -> int:
        """All parts."""
        return self.base_fee + self.len_fee + self.adjusted_weight_fee


@event(0)
class TransactionFeePaid:
    """A transaction fee `actual_fee`, of which `tip` was added to the minimum inclusion fee, has been paid by `who`."""

    who: AccountId
    actual_fee: Balance
    tip: Balance


def weight_to_fee(weight: Weight) -> int:
    """Rao for ``weight``, rounded down."""
    return weight.ref_time // WEIGHT_PER_RAO


def length_to_fee(size_bytes: int) -> int:
    """Rao for an extrinsic of that size."""
    return size_bytes * RAO_PER_BYTE


def compute_inclusion_fee(weight: Weight, size_bytes: int) -> InclusionFee:
    """Fee of a call of ``weight`` in an extrinsic of that size, without tip."""
    total = weight_to_fee(weight + BASE_EXTRINSIC_WEIGHT)
    base = weight_to_fee(BASE_EXTRINSIC_WEIGHT)
    return InclusionFee(base, length_to_fee(size_bytes), total - base)


def compute_fee(weight: Weight, size_bytes: int, pays: Pays) -> int:
    """Rao that the sender pays besides the tip."""
    if pays is Pays.No:
        return 0
    return (weight.ref_time + BASE_EXTRINSIC_WEIGHT.ref_time) // WEIGHT_PER_RAO + length_to_fee(size_bytes)


def withdraw_fee(ctx: Context, who: bytes, account: AccountInfo, amount: int) -> None:
    """Store the sender's ``account`` less fee and tip, before the call runs.

    Raises:
        CannotPay: the sender could not, and stay alive.
    """
    try:
        balances.withdraw_from(ctx, who, account, amount)
    except DispatchError as error:
        raise CannotPay(str(error)) from error


def settle_fee(ctx: Context, who: bytes, withdrawn: int, kept: int, tip: int) -> int:
    """Give back what the call turned out not to cost, and announce what was paid; that amount.

    Nothing is given back to an account that the call has ended and that the amount is too small to create.
    """
    try:
        balances.deposit(ctx, who, withdrawn - kept)
    except DispatchError:
        kept = withdrawn
    ctx.deposit(TransactionFeePaid(who, kept, tip))
    return kept

"""Multisig pallet: accounts that act when enough of their members agree."""

import itertools
from bisect import insort
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from chain.crypto import blake2_256
from chain.runtime.deposits import adjust, reserve, unreserve
from chain.runtime.dispatch import RUNTIME_CALL, Call, Context, RuntimeCall, Signed, call, event
from chain.runtime.errors import DispatchError, ModuleError
from chain.runtime.outcome import DispatchResult, Failure, describe_failure
from chain.runtime.pallet import Constant
from chain.runtime.storage import BLAKE2_128_CONCAT, TWOX_64_CONCAT, StorageDoubleMap
from chain.runtime.types import ACCOUNT_ID, AccountId, Balance, Pays, Weight
from chain.scale.composite import struct
from chain.scale.containers import FixedBytes, Vec
from chain.scale.hints import TypeName, of, u16, u32
from chain.scale.products import Newtype
from chain.scale.types import U16, U32, U64, Type, erase

DEPOSIT_BASE = 132_000_000
DEPOSIT_FACTOR = 32_000_000
MAX_SIGNATORIES = 100

CONSTANTS = (
    Constant("DepositBase", erase(U64), DEPOSIT_BASE, "The base amount of currency needed to reserve."),
    Constant("DepositFactor", erase(U64), DEPOSIT_FACTOR, "The amount of currency needed per unit threshold."),
    Constant("MaxSignatories", erase(U32), MAX_SIGNATORIES, "The maximum number of signatories of a multisig."),
)

_CALL_HASH: Type[bytes] = FixedBytes(32)
_APPROVALS: Type[list[bytes]] = Newtype("bounded_collections::bounded_vec::BoundedVec", Vec(ACCOUNT_ID))
CallHash = Annotated[bytes, _CALL_HASH, TypeName("CallHash")]


@struct("pallet_multisig::Timepoint", params=(("BlockNumber", erase(U32)),))
class Timepoint:
    """The extrinsic that opened an operation: its block and its place there."""

    height: u32
    index: u32


MaybeTimepoint = Annotated[Timepoint | None, TypeName("Option<Timepoint<BlockNumberFor<T>>>")]


@struct("pallet_multisig::Multisig")
class Multisig:
    """An operation that waits for approvals, which are in the order of accounts."""

    when: Timepoint
    deposit: Balance
    depositor: AccountId
    approvals: Annotated[list[bytes], _APPROVALS]


MULTISIGS = StorageDoubleMap(
    "Multisig",
    "Multisigs",
    (TWOX_64_CONCAT, ACCOUNT_ID),
    (BLAKE2_128_CONCAT, _CALL_HASH),
    of(Multisig),
    docs="The set of open multisig operations.",
)


class MinimumThreshold(ModuleError, index=0):
    """Threshold must be 2 or greater."""


class AlreadyApproved(ModuleError, index=1):
    """Call is already approved by this signatory."""


class NoApprovalsNeeded(ModuleError, index=2):
    """Call doesn't need any (more) approvals."""


class TooFewSignatories(ModuleError, index=3):
    """There are too few signatories in the list."""


class TooManySignatories(ModuleError, index=4):
    """There are too many signatories in the list."""


class SignatoriesOutOfOrder(ModuleError, index=5):
    """The signatories were provided out of order; they should be ordered."""


class SenderInSignatories(ModuleError, index=6):
    """The sender was contained in the other signatories; it shouldn't be."""


class NotFound(ModuleError, index=7):
    """Multisig operation not found in storage."""


class NotOwner(ModuleError, index=8):
    """Only the account that originally created the multisig is able to cancel it or update its deposits."""


class NoTimepoint(ModuleError, index=9):
    """No timepoint was given, yet the multisig operation is already underway."""


class WrongTimepoint(ModuleError, index=10):
    """A different timepoint was given to the multisig operation that is underway."""


class UnexpectedTimepoint(ModuleError, index=11):
    """A timepoint was given, yet no multisig operation is underway."""


class MaxWeightTooLow(ModuleError, index=12):
    """The maximum weight information provided was too low."""


class AlreadyStored(ModuleError, index=13):
    """The data to be stored is already stored."""


@event(0)
class NewMultisig:
    """A new multisig operation has begun."""

    approving: AccountId
    multisig: AccountId
    call_hash: CallHash


@event(1)
class MultisigApproval:
    """A multisig operation has been approved by someone."""

    approving: AccountId
    timepoint: Timepoint
    multisig: AccountId
    call_hash: CallHash


@event(2)
class MultisigExecuted:
    """A multisig operation has been executed."""

    approving: AccountId
    timepoint: Timepoint
    multisig: AccountId
    call_hash: CallHash
    result: DispatchResult


@event(3)
class MultisigCancelled:
    """A multisig operation has been cancelled."""

    cancelling: AccountId
    timepoint: Timepoint
    multisig: AccountId
    call_hash: CallHash


@event(4)
class DepositPoked:
    """The deposit for a multisig operation has been updated/poked."""

    who: AccountId
    call_hash: CallHash
    old_deposit: Balance
    new_deposit: Balance


def weigh_as_multi(
    threshold: int, others: Sequence[bytes], timepoint: Timepoint | None, call: Call, max_weight: Weight
) -> Weight:
    """Weight of an approval that may execute."""
    return max_weight + Weight(100_000_000, 0)


@call(0, weight=lambda others, call: call.weight + Weight(40_000_000, 0))
def as_multi_threshold_1(ctx: Context, other_signatories: list[AccountId], call: RuntimeCall) -> None:
    """Immediately dispatch a multi-signature call using a single approval from the caller."""
    members = _ensure_members(ctx.signer(), other_signatories)
    call.dispatch(ctx.narrowed(Signed(derive_account(members, 1))))


@call(1, weight=weigh_as_multi)
def as_multi(
    ctx: Context,
    threshold: u16,
    other_signatories: list[AccountId],
    maybe_timepoint: MaybeTimepoint,
    call: RuntimeCall,
    max_weight: Weight,
) -> None:
    """Approve a call of a composite account, and dispatch it when it has enough approvals."""
    who = ctx.signer()
    account = _account_of(who, other_signatories, threshold)
    call_hash = blake2_256(RUNTIME_CALL.encode(call))
    operation = _find(ctx, account, call_hash, maybe_timepoint)
    if operation is None or len(operation.approvals) + (who not in operation.approvals) < threshold:
        _approve(ctx, account, call_hash, operation, threshold)
        return
    if call.weight.ref_time > max_weight.ref_time:
        raise MaxWeightTooLow
    MULTISIGS.remove(ctx.state, account, call_hash)
    unreserve(ctx, operation.depositor, operation.deposit)
    result = _attempt(ctx.narrowed(Signed(account)), call)
    ctx.deposit(MultisigExecuted(who, operation.when, account, call_hash, result))


@call(2, weight=90_000_000)
def approve_as_multi(
    ctx: Context,
    threshold: u16,
    other_signatories: list[AccountId],
    maybe_timepoint: MaybeTimepoint,
    call_hash: CallHash,
    max_weight: Weight,
) -> None:
    """Approve a call of a composite account, known by its hash, without dispatching it."""
    account = _account_of(ctx.signer(), other_signatories, threshold)
    operation = _find(ctx, account, call_hash, maybe_timepoint)
    if operation and len(operation.approvals) >= threshold:
        raise NoApprovalsNeeded
    _approve(ctx, account, call_hash, operation, threshold)


@call(3, weight=80_000_000)
def cancel_as_multi(
    ctx: Context, threshold: u16, other_signatories: list[AccountId], timepoint: Timepoint, call_hash: CallHash
) -> None:
    """Cancel a pre-existing, ongoing multisig transaction; its deposit goes back."""
    who = ctx.signer()
    account = _account_of(who, other_signatories, threshold)
    operation = _own(ctx, account, call_hash, who)
    if operation.when != timepoint:
        raise WrongTimepoint
    MULTISIGS.remove(ctx.state, account, call_hash)
    unreserve(ctx, who, operation.deposit)
    ctx.deposit(MultisigCancelled(who, timepoint, account, call_hash))


@call(4, weight=60_000_000)
def poke_deposit(ctx: Context, threshold: u16, other_signatories: list[AccountId], call_hash: CallHash) -> Pays | None:
    """Bring the deposit of an operation to what it costs now; free where that changes anything."""
    who = ctx.signer()
    account = _account_of(who, other_signatories, threshold)
    operation = _own(ctx, account, call_hash, who)
    due = compute_deposit(threshold)
    if operation.deposit == due:
        return None
    adjust(ctx, who, operation.deposit, due)
    MULTISIGS.put(ctx.state, account, call_hash, replace(operation, deposit=due))
    ctx.deposit(DepositPoked(who, call_hash, operation.deposit, due))
    return Pays.No


def derive_account(members: Sequence[bytes], threshold: int) -> bytes:
    """The composite account of members, who are in order."""
    return blake2_256(b"modlpy/utilisuba" + Vec(ACCOUNT_ID).encode(list(members)) + U16.encode(threshold))


def compute_deposit(threshold: int) -> int:
    """Rao reserved for an operation."""
    return DEPOSIT_BASE + DEPOSIT_FACTOR * threshold


def _account_of(who: bytes, others: Sequence[bytes], threshold: int) -> bytes:
    """The composite account of the caller and the others.

    Raises:
        MinimumThreshold, TooFewSignatories, TooManySignatories, SignatoriesOutOfOrder, SenderInSignatories
    """
    if threshold < 2:
        raise MinimumThreshold
    return derive_account(_ensure_members(who, others), threshold)


def _ensure_members(who: bytes, others: Sequence[bytes]) -> list[bytes]:
    if not others:
        raise TooFewSignatories
    if len(others) > MAX_SIGNATORIES - 1:
        raise TooManySignatories
    if any(left >= right for left, right in itertools.pairwise(others)):
        raise SignatoriesOutOfOrder
    if who in others:
        raise SenderInSignatories
    return sorted([*others, who])


def _find(ctx: Context, account: bytes, call_hash: bytes, timepoint: Timepoint | None) -> Multisig | None:
    """The operation that is underway, which the caller must know; nothing where there is none.

    Raises:
        NoTimepoint, WrongTimepoint, UnexpectedTimepoint
    """
    operation = MULTISIGS.get(ctx.state, account, call_hash)
    if operation is None:
        if timepoint is not None:
            raise UnexpectedTimepoint
        return None
    if timepoint is None:
        raise NoTimepoint
    if timepoint != operation.when:
        raise WrongTimepoint
    return operation


def _own(ctx: Context, account: bytes, call_hash: bytes, who: bytes) -> Multisig:
    operation = MULTISIGS.get(ctx.state, account, call_hash)
    if operation is None:
        raise NotFound
    if operation.depositor != who:
        raise NotOwner
    return operation


def _approve(ctx: Context, account: bytes, call_hash: bytes, operation: Multisig | None, threshold: int) -> None:
    """Open the operation, or add the caller's approval to it."""
    who = ctx.signer()
    if operation is None:
        deposit = compute_deposit(threshold)
        reserve(ctx, who, deposit)
        when = Timepoint(ctx.block_number, ctx.extrinsic_index)
        MULTISIGS.put(ctx.state, account, call_hash, Multisig(when, deposit, who, [who]))
        ctx.deposit(NewMultisig(who, account, call_hash))
        return
    if who in operation.approvals:
        raise AlreadyApproved
    approvals = list(operation.approvals)
    insort(approvals, who)
    MULTISIGS.put(ctx.state, account, call_hash, replace(operation, approvals=approvals))
    ctx.deposit(MultisigApproval(who, operation.when, account, call_hash))


def _attempt(ctx: Context, call: Call) -> Failure | None:
    try:
        call.dispatch(ctx)
    except DispatchError as error:
        return describe_failure(error)
    return None

"""What makes a transaction acceptable, on top of a given state: for the pool and for blocks alike."""

from chain.crypto import blake2_256
from chain.record import record
from chain.runtime import balances, payment, system
from chain.runtime.admission import ensure_may_enter, try_free_call
from chain.runtime.errors import (
    AncientBirthBlock,
    CannotPay,
    FutureTransaction,
    StaleTransaction,
    UnexpectedCall,
)
from chain.runtime.extrinsic import Anchor, Authorization, Extrinsic, decode_extrinsic, verify_signature
from chain.runtime.proxy.payers import find_payer
from chain.runtime.storage import StateReader
from chain.runtime.subtensor.alpha_fees import find_alpha_fee
from chain.runtime.types import AccountInfo, DispatchClass

OPERATIONAL_PRIORITY = 10**10
FOREVER = 2**64 - 1
"""Longevity of an immortal transaction, in blocks."""
_NOBODY = bytes(32)


@record
class ValidTransaction:
    """A transaction that can be in a block now, or later where ``nonce`` is ahead of the account's.

    ``longevity`` counts the blocks after the newest in which it stays valid; ``hash`` is that of its bytes;
    ``anchor`` is what its signature commits to.
    """

    account: bytes
    nonce: int
    priority: int
    longevity: int
    tip: int
    hash: bytes
    extrinsic: Extrinsic
    anchor: Anchor


@record
class Position:
    """The block that is to hold the transaction."""

    number: int
    parent_hash: bytes
    genesis_hash: bytes


def validate_transaction(
    parent: StateReader, raw: bytes, genesis_hash: bytes, *, parent_hash: bytes, check_signature: bool = True
) -> ValidTransaction:
    """Whether the pool may take ``raw`` on top of the block whose state is ``parent`` and hash ``parent_hash``.

    Raises:
        InvalidTransaction: by the kind of its defect.
    """
    extrinsic = decode_extrinsic(raw)
    authorization = extrinsic.authorization
    if authorization is None:
        raise UnexpectedCall("only the block's author sends unsigned extrinsics")
    position = Position(system.NUMBER.get(parent) + 1, parent_hash, genesis_hash)
    anchor = find_anchor(parent, authorization, position)
    if check_signature:
        verify_signature(authorization, anchor)
    account = system.ACCOUNT.get(parent, authorization.account)
    if authorization.nonce < account.nonce:
        raise StaleTransaction(f"nonce {authorization.nonce}, the account is at {account.nonce}")
    ensure_can_pay(parent, account, extrinsic, authorization)
    ensure_may_enter(parent, position.number, authorization.account, extrinsic.call)
    if authorization.nonce == account.nonce:
        try_free_call(parent, authorization.account, extrinsic.call)
    era = authorization.era
    longevity = FOREVER if era is None else era.death(position.number) - position.number
    operational = extrinsic.call.declaration.dispatch_class is DispatchClass.Operational
    priority = min(1 + authorization.tip + (OPERATIONAL_PRIORITY if operational else 0), FOREVER)
    return ValidTransaction(
        authorization.account,
        authorization.nonce,
        priority,
        longevity,
        authorization.tip,
        blake2_256(raw),
        extrinsic,
        anchor,
    )


def find_anchor(state: StateReader, authorization: Authorization, position: Position) -> Anchor:
    """What the signature has to commit to, in a block at ``position``.

    Raises:
        UnexpectedCall: the sender cannot send.
        AncientBirthBlock: the era is over.
    """
    if authorization.account == _NOBODY:
        raise UnexpectedCall("the zero account cannot send")
    return Anchor(position.genesis_hash, _birth_hash(state, authorization, position))


def ensure_next_nonce(account: AccountInfo, authorization: Authorization) -> None:
    """Let only the account's next transaction pass.

    Raises:
        StaleTransaction: it was there before.
        FutureTransaction: others come before it.
    """
    if authorization.nonce < account.nonce:
        raise StaleTransaction(f"nonce {authorization.nonce}, the account is at {account.nonce}")
    if authorization.nonce > account.nonce:
        raise FutureTransaction(f"nonce {authorization.nonce}, the account is at {account.nonce}")


def compute_charge(extrinsic: Extrinsic, authorization: Authorization) -> int:
    """Rao to take before the call: fee and tip."""
    call = extrinsic.call
    return payment.compute_fee(call.weight, extrinsic.size_bytes, call.declaration.pays) + authorization.tip


def ensure_can_pay(
    state: StateReader, account: AccountInfo, extrinsic: Extrinsic, authorization: Authorization
) -> None:
    """Let only those pass who can pay fee and tip and stay alive, or for whom stake or somebody else pays.

    Raises:
        CannotPay: the sender cannot.
    """
    charge = compute_charge(extrinsic, authorization)
    payer = find_payer(state, authorization.account, extrinsic.call)
    if payer != authorization.account:
        ensure_exists(account)
        account = system.ACCOUNT.get(state, payer)
    if not charge or account.data.free - charge >= balances.EXISTENTIAL_DEPOSIT:
        return
    if find_alpha_fee(state, account, authorization.account, extrinsic.call, charge) is None:
        raise CannotPay(f"a fee of {charge} rao")


def ensure_exists(account: AccountInfo) -> None:
    """Let only accounts send what others pay for that exist.

    Raises:
        CannotPay: this one does not.
    """
    if not account.providers:
        raise CannotPay("the account does not exist")


def _birth_hash(state: StateReader, authorization: Authorization, position: Position) -> bytes:
    """Hash of the block that the transaction is anchored to."""
    if authorization.era is None:
        return position.genesis_hash
    birth = authorization.era.birth(position.number)
    if birth == position.number - 1:
        return position.parent_hash
    if birth == 0:
        return position.genesis_hash
    if birth >= position.number or not system.BLOCK_HASH.contains(state, birth):
        raise AncientBirthBlock(f"block {birth} is unknown")
    return system.BLOCK_HASH.get(state, birth)

"""From the bytes of a transaction to one that may wait in the pool."""

from __future__ import annotations

from chain.node.ledger import Ledger
from chain.node.pool import Transaction
from chain.node.signatures.claim import ED25519, SR25519, Claim
from chain.record import record
from chain.runtime.errors import BadProof
from chain.runtime.executive import Proven, validate_transaction
from chain.runtime.extrinsic import Anchor, Authorization, build_payload
from chain.runtime.types import Ed25519, Sr25519


@record
class Applicant:
    """A transaction that is good on top of the newest block if ``claim`` holds."""

    transaction: Transaction
    claim: Claim


def examine(ledger: Ledger, raw: bytes) -> Applicant:
    """Everything about ``raw`` that can be told without checking its signature.

    Raises:
        InvalidTransaction: it could not be in a block.
    """
    head = ledger.head
    valid = validate_transaction(ledger.state, raw, ledger.genesis_hash, parent_hash=head.hash, check_signature=False)
    authorization = valid.extrinsic.authorization
    assert authorization is not None, "validation lets only signed extrinsics pass"
    transaction = Transaction(
        raw,
        valid.hash,
        valid.account,
        valid.nonce,
        valid.priority,
        head.number + valid.longevity,
        Proven(raw, valid.extrinsic, valid.anchor),
    )
    return Applicant(transaction, _build_claim(authorization, valid.anchor))


def _build_claim(authorization: Authorization, anchor: Anchor) -> Claim:
    """What ``authorization`` claims.

    Raises:
        BadProof: accounts of such a kind do not exist on this chain.
    """
    message = build_payload(authorization.signed_bytes, anchor)
    match authorization.signature:
        case Sr25519(signature):
            return Claim(SR25519, authorization.account, signature, message)
        case Ed25519(signature):
            return Claim(ED25519, authorization.account, signature, message)
    raise BadProof(f"signature of {authorization.account.hex()}")

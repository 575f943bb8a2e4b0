"""The interfaces that every Substrate runtime has: version, metadata, nonces, fees, validity."""

from typing import Annotated

from chain.runtime import payment, system
from chain.runtime.api import Api, ApiContext
from chain.runtime.dispatch import Call, RuntimeCall
from chain.runtime.errors import InvalidTransaction
from chain.runtime.extrinsic import UNCHECKED_EXTRINSIC, Extrinsic, decode_extrinsic
from chain.runtime.payment import InclusionFee
from chain.runtime.types import AccountId, Balance, DispatchClass, Hash, Pays, Weight
from chain.runtime.validation import validate_transaction
from chain.runtime.validity import TransactionSource, Valid, Validity, describe_invalid
from chain.runtime.version import RUNTIME_VERSION, RuntimeVersion
from chain.scale.compact import encode_bytes
from chain.scale.composite import struct
from chain.scale.containers import BYTES
from chain.scale.errors import ScaleError
from chain.scale.hints import u32, u64
from chain.scale.products import Newtype
from chain.scale.types import U32, Type

OPAQUE_METADATA: Type[bytes] = Newtype("sp_core::OpaqueMetadata", BYTES)
OpaqueMetadata = Annotated[bytes, OPAQUE_METADATA]
UncheckedExtrinsic = Annotated[bytes, UNCHECKED_EXTRINSIC]


@struct("pallet_transaction_payment::types::RuntimeDispatchInfo")
class RuntimeDispatchInfo:
    """What a transaction weighs and costs, without tip."""

    weight: Weight
    class_: DispatchClass
    partial_fee: Balance


@struct("pallet_transaction_payment::types::FeeDetails")
class FeeDetails:
    """Parts of what a transaction costs; none where it is free."""

    inclusion_fee: InclusionFee | None
    tip: Balance


def version(ctx: ApiContext) -> RuntimeVersion:
    """Returns the version of the runtime."""
    return RUNTIME_VERSION


def metadata(ctx: ApiContext) -> OpaqueMetadata:
    """Returns the metadata of a runtime."""
    return ctx.runtime.metadata_v14(ctx.state)


def metadata_at_version(ctx: ApiContext, version: u32) -> OpaqueMetadata | None:
    """Returns the metadata at a given version."""
    builders = {14: ctx.runtime.metadata_v14, 15: ctx.runtime.metadata_v15}
    return builders[version](ctx.state) if version in builders else None


def metadata_versions(ctx: ApiContext) -> list[u32]:
    """Returns the supported metadata versions."""
    return [14, 15]


def account_nonce(ctx: ApiContext, account: AccountId) -> u32:
    """Get current account nonce of given `AccountId`."""
    return system.get_account(ctx.state, account).nonce


def query_info(ctx: ApiContext, uxt: UncheckedExtrinsic, len: u32) -> RuntimeDispatchInfo:
    """Weight, class and fee of a transaction; its signature may be made up."""
    return _inform(_decode(uxt).call, len)


def query_fee_details(ctx: ApiContext, uxt: UncheckedExtrinsic, len: u32) -> FeeDetails:
    """Parts of the fee of a transaction; its signature may be made up."""
    extrinsic = _decode(uxt)
    tip = extrinsic.authorization.tip if extrinsic.authorization else 0
    return FeeDetails(_inclusion_fee(extrinsic.call, len), tip)


def query_weight_to_fee(ctx: ApiContext, weight: Weight) -> u64:
    """Query the output of the current `WeightToFee` given some input."""
    return payment.weight_to_fee(weight)


def query_length_to_fee(ctx: ApiContext, length: u32) -> u64:
    """Query the output of the current `LengthToFee` given some input."""
    return payment.length_to_fee(length)


def query_call_info(ctx: ApiContext, call: RuntimeCall, len: u32) -> RuntimeDispatchInfo:
    """Query information of a dispatch class, weight, and fee of a given encoded `Call`."""
    return _inform(call, len)


def query_call_fee_details(ctx: ApiContext, call: RuntimeCall, len: u32) -> FeeDetails:
    """Query fee details of a given encoded `Call`."""
    return FeeDetails(_inclusion_fee(call, len), 0)


def validate_transaction_(
    ctx: ApiContext, source: TransactionSource, tx: UncheckedExtrinsic, block_hash: Hash
) -> Validity:
    """Validate the transaction."""
    genesis_hash = system.BLOCK_HASH.get(ctx.state, 0) if system.NUMBER.get(ctx.state) else block_hash
    try:
        valid = validate_transaction(ctx.state, encode_bytes(tx), genesis_hash, parent_hash=block_hash)
    except InvalidTransaction as error:
        return describe_invalid(error)
    nonce = system.get_account(ctx.state, valid.account).nonce
    requires = [_tag(valid.account, valid.nonce - 1)] if valid.nonce > nonce else []
    return Valid(valid.priority, requires, [_tag(valid.account, valid.nonce)], valid.longevity, True)


CORE_APIS = (
    Api("Core", (version,)),
    Api("Metadata", (metadata, metadata_at_version, metadata_versions)),
    Api("TaggedTransactionQueue", (validate_transaction_,)),
    Api("AccountNonceApi", (account_nonce,)),
    Api("TransactionPaymentApi", (query_info, query_fee_details, query_weight_to_fee, query_length_to_fee)),
    Api(
        "TransactionPaymentCallApi",
        (query_call_info, query_call_fee_details, query_weight_to_fee, query_length_to_fee),
    ),
)


def _decode(uxt: bytes) -> Extrinsic:
    """Extrinsic of its opaque bytes.

    Raises:
        ScaleError: they are not one.
    """
    try:
        return decode_extrinsic(encode_bytes(uxt))
    except InvalidTransaction as error:
        raise ScaleError(error.detail) from error


def _inclusion_fee(call: Call, size_bytes: int) -> InclusionFee | None:
    free = call.declaration.pays is Pays.No
    return None if free else payment.compute_inclusion_fee(call.weight, size_bytes)


def _inform(call: Call, size_bytes: int) -> RuntimeDispatchInfo:
    fee = _inclusion_fee(call, size_bytes)
    return RuntimeDispatchInfo(call.weight, call.declaration.dispatch_class, fee.total if fee else 0)


def _tag(account: bytes, nonce: int) -> bytes:
    return account + U32.encode(nonce)

"""Extrinsics of version 4: their bytes, what is signed, and the extensions that clients must know."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from chain.crypto import blake2_256, verify_ed25519, verify_sr25519
from chain.record import record
from chain.runtime.dispatch import RUNTIME_CALL, Call
from chain.runtime.era import ERA, Mortal
from chain.runtime.errors import BadProof, UnexpectedCall
from chain.runtime.types import H256, MULTI_ADDRESS, MULTI_SIGNATURE, Ed25519, Id, Signature, Sr25519
from chain.runtime.version import RUNTIME_VERSION
from chain.scale.compact import decode_compact, encode_bytes
from chain.scale.composite import unit_enum
from chain.scale.containers import BYTES, Compact, FixedBytes, Option
from chain.scale.errors import ScaleError
from chain.scale.hints import of
from chain.scale.products import UNIT, Newtype, Tuple, tuple_of
from chain.scale.registry import Registry
from chain.scale.source import Decoder, Encoder
from chain.scale.types import U32, U64, Type, erase

EXTRINSIC_VERSION = 4
_BARE = EXTRINSIC_VERSION
_SIGNED = EXTRINSIC_VERSION | 0x80
_HASHED_ABOVE_BYTES = 256
"""Longer payloads are signed as their hash."""


class Marker(Type[None]):
    """A Rust struct without fields."""

    def __init__(self, path: str) -> None:
        super().__init__(path.rsplit("::", 1)[-1], 0, key=("marker", path), format="", leaves=0)
        self._path = tuple(path.split("::"))

    @property
    def path(self) -> tuple[str, ...]:
        """Rust path."""
        return self._path

    def definition(self, registry: Registry) -> bytes:
        """A composite of nothing."""
        return b"\0\0"


@unit_enum("frame_metadata_hash_extension::Mode")
class MetadataHashMode(Enum):
    """Whether the sender commits to a digest of the metadata; this runtime takes only those who don't."""

    Disabled = 0
    Enabled = 1


@dataclass(frozen=True)
class Extension:
    """A signed extension: what stands in the extrinsic, and what is signed without standing there."""

    identifier: str
    extra: Type[object]
    additional: Type[object]


_SYSTEM = "frame_system::extensions"
_EMPTY = erase(UNIT)

EXTENSIONS = (
    Extension("CheckNonZeroSender", erase(Marker(f"{_SYSTEM}::check_non_zero_sender::CheckNonZeroSender")), _EMPTY),
    Extension("CheckSpecVersion", erase(Marker(f"{_SYSTEM}::check_spec_version::CheckSpecVersion")), erase(U32)),
    Extension("CheckTxVersion", erase(Marker(f"{_SYSTEM}::check_tx_version::CheckTxVersion")), erase(U32)),
    Extension("CheckGenesis", erase(Marker(f"{_SYSTEM}::check_genesis::CheckGenesis")), erase(H256)),
    Extension("CheckMortality", erase(Newtype(f"{_SYSTEM}::check_mortality::CheckMortality", ERA)), erase(H256)),
    Extension(
        "CheckNonce",
        erase(Newtype("node_subtensor_runtime::check_nonce::CheckNonce", Compact(U32), field_type="T::Nonce")),
        _EMPTY,
    ),
    Extension("CheckWeight", erase(Marker(f"{_SYSTEM}::check_weight::CheckWeight")), _EMPTY),
    Extension(
        "ChargeTransactionPayment",
        erase(Newtype("pallet_transaction_payment::ChargeTransactionPayment", Compact(U64), field_type="BalanceOf<T>")),
        _EMPTY,
    ),
    Extension(
        "SubtensorTransactionExtension",
        erase(Marker("pallet_subtensor::extensions::subtensor::SubtensorTransactionExtension")),
        _EMPTY,
    ),
    Extension(
        "CheckMetadataHash",
        erase(Newtype("frame_metadata_hash_extension::CheckMetadataHash", of(MetadataHashMode), field="mode")),
        erase(Option(FixedBytes(32))),
    ),
)
"""In the order and under the identifiers that clients have built in; one that carries more data breaks them."""

EXTRA = erase(Tuple([extension.extra for extension in EXTENSIONS]))
_SENDER = tuple_of(MULTI_ADDRESS, MULTI_SIGNATURE)
_EXTRA_VALUES = tuple_of(ERA, Compact(U32), Compact(U64), of(MetadataHashMode))
_VERSIONS = U32.encode(RUNTIME_VERSION.spec_version) + U32.encode(RUNTIME_VERSION.transaction_version)


class _UncheckedExtrinsic(Type[bytes]):
    """An extrinsic as opaque bytes, whose parts clients find in its type parameters."""

    def __init__(self) -> None:
        super().__init__("Block::Extrinsic", 1, key=("unchecked extrinsic",))

    @property
    def path(self) -> tuple[str, ...]:
        return ("sp_runtime", "generic", "unchecked_extrinsic", "UncheckedExtrinsic")

    @property
    def params(self) -> tuple[tuple[str, Type[object] | None], ...]:
        signature, call = erase(MULTI_SIGNATURE), erase(RUNTIME_CALL)
        return (("Address", erase(MULTI_ADDRESS)), ("Call", call), ("Signature", signature), ("Extra", EXTRA))

    @cached_property
    def encoder(self) -> Encoder:
        return BYTES.encoder

    @cached_property
    def decoder(self) -> Decoder:
        return BYTES.decoder

    def definition(self, registry: Registry) -> bytes:
        return b"\0\x04" + registry.field(None, erase(BYTES), None)


UNCHECKED_EXTRINSIC: Type[bytes] = _UncheckedExtrinsic()


@record
class Authorization:
    """Who sent a call, under which terms, and the proof.

    ``signed_bytes`` is the part of the signed payload that stands in the extrinsic: call and extra.
    """

    account: bytes
    signature: Signature
    era: Mortal | None
    nonce: int
    tip: int
    signed_bytes: bytes


@record
class Extrinsic:
    """A call, authorised by an account or, where ``authorization`` is ``None``, by the block's author."""

    call: Call
    authorization: Authorization | None
    size_bytes: int


def decode_extrinsic(raw: bytes) -> Extrinsic:
    """Extrinsic of its bytes, length prefix included.

    Raises:
        UnexpectedCall: they are not one.
    """
    try:
        length, start = decode_compact(raw, 0)
        if start + length != len(raw):
            raise ScaleError(f"the length says {length} bytes, {len(raw) - start} follow")
        return _decode_body(raw, start)
    except (ScaleError, IndexError) as error:
        raise UnexpectedCall(str(error)) from error


def encode_bare(call: Call) -> bytes:
    """Bytes of an inherent extrinsic."""
    return encode_bytes(bytes([_BARE]) + RUNTIME_CALL.encode(call))


def encode_signed(
    call: Call, account: bytes, sign: Callable[[bytes], Signature], anchor: "Anchor", terms: "Terms"
) -> bytes:
    """Bytes of a signed extrinsic; ``sign`` signs the payload."""
    body = RUNTIME_CALL.encode(call)
    extra = _EXTRA_VALUES.encode((terms.era, terms.nonce, terms.tip, MetadataHashMode.Disabled))
    signature = sign(build_payload(body + extra, anchor))
    return encode_bytes(bytes([_SIGNED]) + _SENDER.encode((Id(account), signature)) + extra + body)


@record
class Terms:
    """What a sender chooses."""

    nonce: int
    tip: int = 0
    era: Mortal | None = None


@record
class Anchor:
    """Blocks that a signature commits to: the first one, and the one at which the era was born."""

    genesis_hash: bytes
    birth_hash: bytes


def build_payload(signed_bytes: bytes, anchor: Anchor) -> bytes:
    """The bytes to sign for ``signed_bytes`` (call and extra)."""
    payload = signed_bytes + _VERSIONS + anchor.genesis_hash + anchor.birth_hash + b"\0"
    return blake2_256(payload) if len(payload) > _HASHED_ABOVE_BYTES else payload


@record
class Proven:
    """A decoded extrinsic whose signature was found good under ``anchor``: a block need not do either again."""

    raw: bytes
    extrinsic: Extrinsic
    anchor: Anchor


def verify_signature(authorization: Authorization, anchor: Anchor) -> None:
    """Let only the account itself pass.

    Raises:
        BadProof: the signature is not its own over these bytes and blocks.
    """
    payload = build_payload(authorization.signed_bytes, anchor)
    match authorization.signature:
        case Sr25519(signature):
            valid = verify_sr25519(authorization.account, payload, signature)
        case Ed25519(signature):
            valid = verify_ed25519(authorization.account, payload, signature)
        case _:
            valid = False  # ECDSA accounts do not exist on this chain
    if not valid:
        raise BadProof(f"signature of {authorization.account.hex()}")


def _decode_body(raw: bytes, start: int) -> Extrinsic:
    if raw[start] == _BARE:
        call, end = RUNTIME_CALL.decode_from(raw, start + 1)
        _expect_end(raw, end)
        return Extrinsic(call, None, len(raw))
    if raw[start] != _SIGNED:
        raise ScaleError(f"extrinsic version {raw[start]:#04x} is not {EXTRINSIC_VERSION}")
    (address, signature), extra_start = _SENDER.decode_from(raw, start + 1)
    (era, nonce, tip, mode), call_start = _EXTRA_VALUES.decode_from(raw, extra_start)
    call, end = RUNTIME_CALL.decode_from(raw, call_start)
    _expect_end(raw, end)
    if not isinstance(address, Id) or mode is not MetadataHashMode.Disabled:
        raise ScaleError("senders are plain accounts that do not commit to a metadata hash")
    signed_bytes = raw[call_start:] + raw[extra_start:call_start]
    return Extrinsic(call, Authorization(address.account, signature, era, nonce, tip, signed_bytes), len(raw))


def _expect_end(raw: bytes, end: int) -> None:
    if end != len(raw):
        raise ScaleError(f"{len(raw) - end} bytes left behind the call")

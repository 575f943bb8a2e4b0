"""Types that every pallet speaks in, under the paths by which clients know them."""

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated

from chain.scale.composite import enum_of, struct, unit_enum, variant
from chain.scale.containers import Compact, FixedBytes
from chain.scale.hints import CompactU64, TypeName
from chain.scale.products import UNIT, Newtype
from chain.scale.source import Scope
from chain.scale.types import I128, U8, U16, U32, U64, U128, Type, erase

if TYPE_CHECKING:
    from chain.scale.registry import Registry

ACCOUNT_ID: Type[bytes] = Newtype("sp_core::crypto::AccountId32", FixedBytes(32))
H256: Type[bytes] = Newtype("primitive_types::H256", FixedBytes(32))
NET_UID: Type[int] = Newtype("subtensor_runtime_common::NetUid", U16)
NET_UID_STORAGE_INDEX: Type[int] = Newtype("subtensor_runtime_common::NetUidStorageIndex", U16)
MECH_ID: Type[int] = Newtype("subtensor_runtime_common::MechId", U8)
TAO: Type[int] = Newtype("subtensor_runtime_common::currency::TaoBalance", U64)
ALPHA: Type[int] = Newtype("subtensor_runtime_common::currency::AlphaBalance", U64)
FIXED_U128: Type[int] = Newtype("substrate_fixed::FixedU128", U128, field="bits")
FIXED_I128: Type[int] = Newtype("substrate_fixed::FixedI128", I128, field="bits")
EXTRA_FLAGS: Type[int] = Newtype("pallet_balances::types::ExtraFlags", U128)

AccountId = Annotated[bytes, ACCOUNT_ID, TypeName("T::AccountId")]
Hash = Annotated[bytes, H256, TypeName("T::Hash")]
NetUid = Annotated[int, NET_UID]
MechId = Annotated[int, MECH_ID]
Tao = Annotated[int, TAO]
Alpha = Annotated[int, ALPHA]
Balance = Annotated[int, U64, TypeName("T::Balance")]
CompactBalance = Annotated[int, Compact(U64), TypeName("T::Balance")]


class _CompactUnit(Type[None]):
    """``Compact<()>``, which takes no bytes."""

    def __init__(self) -> None:
        super().__init__("()", 0, key=("compact", UNIT), format="", leaves=0)

    def load(self, scope: Scope, leaves: Sequence[str]) -> str:
        return "None"

    def dump(self, scope: Scope, value: str) -> list[str]:
        return []

    def definition(self, registry: "Registry") -> bytes:
        return b"\x06" + registry.reference(erase(UNIT))


@variant(0)
class Id:
    account: AccountId


@variant(1)
class Index:
    index: Annotated[None, _CompactUnit(), TypeName("AccountIndex")] = None


@variant(2)
class Raw:
    data: bytes


@variant(3)
class Address32:
    data: Annotated[bytes, FixedBytes(32)]


@variant(4)
class Address20:
    data: Annotated[bytes, FixedBytes(20)]


Address = Id | Index | Raw | Address32 | Address20
MULTI_ADDRESS: Type[Address] = enum_of(
    "sp_runtime::multiaddress::MultiAddress",
    Id,
    Index,
    Raw,
    Address32,
    Address20,
    params=(("AccountId", erase(ACCOUNT_ID)), ("AccountIndex", erase(UNIT))),
)
MultiAddress = Annotated[Address, MULTI_ADDRESS, TypeName("AccountIdLookupOf<T>")]


@variant(0)
class Ed25519:
    signature: Annotated[bytes, FixedBytes(64), TypeName("ed25519::Signature")]


@variant(1)
class Sr25519:
    signature: Annotated[bytes, FixedBytes(64), TypeName("sr25519::Signature")]


@variant(2)
class Ecdsa:
    signature: Annotated[bytes, FixedBytes(65), TypeName("ecdsa::Signature")]


Signature = Ed25519 | Sr25519 | Ecdsa
MULTI_SIGNATURE: Type[Signature] = enum_of("sp_runtime::MultiSignature", Ed25519, Sr25519, Ecdsa)


@struct("sp_weights::weight_v2::Weight")
class Weight:
    """Picoseconds of computation, bytes of proof."""

    ref_time: CompactU64
    proof_size: CompactU64

    def __add__(self, other: "Weight") -> "Weight":
        """Both together."""
        return Weight(self.ref_time + other.ref_time, self.proof_size + other.proof_size)


@unit_enum("frame_support::dispatch::DispatchClass")
class DispatchClass(Enum):
    """Which share of a block an extrinsic may use."""

    Normal = 0
    Operational = 1
    Mandatory = 2


@unit_enum("frame_support::dispatch::Pays")
class Pays(Enum):
    """Whether the sender pays the fee."""

    Yes = 0
    No = 1


@struct("frame_system::DispatchEventInfo")
class DispatchEventInfo:
    """What an applied extrinsic used."""

    weight: Weight
    class_: DispatchClass
    pays_fee: Pays


@struct("pallet_balances::types::AccountData")
class AccountData:
    """Balances of an account, in rao; ``flags`` is set to 1 << 127 for every account of this chain."""

    free: Annotated[int, U64, TypeName("Balance")] = 0
    reserved: Annotated[int, U64, TypeName("Balance")] = 0
    frozen: Annotated[int, U64, TypeName("Balance")] = 0
    flags: Annotated[int, EXTRA_FLAGS] = 1 << 127


@struct("frame_system::AccountInfo")
class AccountInfo:
    """Nonce, reference counts and balances of an account."""

    nonce: Annotated[int, U32, TypeName("Nonce")] = 0
    consumers: Annotated[int, U32, TypeName("RefCount")] = 0
    providers: Annotated[int, U32, TypeName("RefCount")] = 0
    sufficients: Annotated[int, U32, TypeName("RefCount")] = 0
    data: Annotated[AccountData, TypeName("AccountData")] = AccountData()

    def with_nonce(self, nonce: int) -> "AccountInfo":
        """The same account at another nonce."""
        return AccountInfo(nonce, self.consumers, self.providers, self.sufficients, self.data)

    def with_free(self, free: int) -> "AccountInfo":
        """The same account with another free balance."""
        data = AccountData(free, self.data.reserved, self.data.frozen, self.data.flags)
        return AccountInfo(self.nonce, self.consumers, self.providers, self.sufficients, data)

"""Balances pallet, items that this chain never writes: locks and reserves, which wallets ask for all the same."""

from enum import Enum
from typing import Annotated

from chain.runtime.storage import BLAKE2_128_CONCAT, StorageMap
from chain.runtime.types import ACCOUNT_ID, AccountData
from chain.scale.composite import struct, unit_enum
from chain.scale.containers import FixedBytes, Vec
from chain.scale.hints import TypeName, of
from chain.scale.products import Newtype
from chain.scale.types import U64, Type

_COLLECTIONS = "bounded_collections"


@unit_enum("pallet_balances::types::Reasons")
class Reasons(Enum):
    """What locked rao may not be used for."""

    Fee = 0
    Misc = 1
    All = 2


@struct("pallet_balances::types::BalanceLock")
class BalanceLock:
    """Rao that may not leave an account."""

    id: Annotated[bytes, FixedBytes(8), TypeName("LockIdentifier")]
    amount: Annotated[int, U64, TypeName("Balance")]
    reasons: Reasons


@struct("pallet_balances::types::ReserveData")
class ReserveData:
    """Rao set aside under a name."""

    id: Annotated[bytes, FixedBytes(8), TypeName("ReserveIdentifier")]
    amount: Annotated[int, U64, TypeName("Balance")]


LOCK_LIST: Type[list[BalanceLock]] = Newtype(f"{_COLLECTIONS}::weak_bounded_vec::WeakBoundedVec", Vec(of(BalanceLock)))
RESERVE_LIST: Type[list[ReserveData]] = Newtype(f"{_COLLECTIONS}::bounded_vec::BoundedVec", Vec(of(ReserveData)))

ACCOUNT = StorageMap(
    "Balances",
    "Account",
    (BLAKE2_128_CONCAT, ACCOUNT_ID),
    of(AccountData),
    default=AccountData(),
    docs="Unused: balances are in System.Account.",
)
LOCKS = StorageMap(
    "Balances",
    "Locks",
    (BLAKE2_128_CONCAT, ACCOUNT_ID),
    LOCK_LIST,
    default=[],
    docs="Any liquidity locks on some account balances.",
)
RESERVES = StorageMap(
    "Balances",
    "Reserves",
    (BLAKE2_128_CONCAT, ACCOUNT_ID),
    RESERVE_LIST,
    default=[],
    docs="Named reserves on some account balances.",
)

"""Storage, constants, errors and events of the proxy pallet."""

from enum import IntEnum
from typing import Annotated

from chain.runtime.dispatch import event
from chain.runtime.errors import ModuleError
from chain.runtime.outcome import DISPATCH_RESULT, DispatchResult
from chain.runtime.pallet import Constant
from chain.runtime.proxy.kinds import ProxyType
from chain.runtime.storage import TWOX_64_CONCAT, StorageDoubleMap, StorageMap
from chain.runtime.types import ACCOUNT_ID, H256, AccountId, Balance, Hash
from chain.scale.composite import struct, unit_enum
from chain.scale.containers import Vec
from chain.scale.hints import TypeName, of, u16
from chain.scale.products import Newtype, Tuple, tuple_of
from chain.scale.types import U32, U64, Type, erase

PALLET = "Proxy"
PROXY_DEPOSIT_BASE = 60_000_000
PROXY_DEPOSIT_FACTOR = 33_000_000
MAX_PROXIES = 20
MAX_PENDING = 75
ANNOUNCEMENT_DEPOSIT_BASE = 36_000_000
ANNOUNCEMENT_DEPOSIT_FACTOR = 68_000_000

CONSTANTS = (
    Constant("ProxyDepositBase", erase(U64), PROXY_DEPOSIT_BASE, "The base amount of currency needed to reserve."),
    Constant("ProxyDepositFactor", erase(U64), PROXY_DEPOSIT_FACTOR, "The amount of currency needed per proxy added."),
    Constant("MaxProxies", erase(U32), MAX_PROXIES, "The maximum amount of proxies allowed for a single account."),
    Constant("MaxPending", erase(U32), MAX_PENDING, "The maximum amount of time-delayed announcements pending."),
    Constant("AnnouncementDepositBase", erase(U64), ANNOUNCEMENT_DEPOSIT_BASE, "The base amount to announce a call."),
    Constant("AnnouncementDepositFactor", erase(U64), ANNOUNCEMENT_DEPOSIT_FACTOR, "The amount per announcement made."),
)

BlockNumber = Annotated[int, U32, TypeName("BlockNumberFor<T>")]
Kind = Annotated[ProxyType, TypeName("T::ProxyType")]


@struct("pallet_subtensor_proxy::ProxyDefinition")
class ProxyDefinition:
    """Who may act, how, and how many blocks after announcing it."""

    delegate: AccountId
    proxy_type: Kind
    delay: BlockNumber

    @property
    def order(self) -> tuple[bytes, int, int]:
        """Place in the list of an account."""
        return self.delegate, int(self.proxy_type), self.delay


@struct("pallet_subtensor_proxy::Announcement")
class Announcement:
    """A call that a proxy will make for ``real``."""

    real: AccountId
    call_hash: Annotated[bytes, H256]
    height: BlockNumber


@unit_enum("pallet_subtensor_proxy::DepositKind")
class DepositKind(IntEnum):
    """What a deposit is for."""

    Proxies = 0
    Announcements = 1


_BOUNDED = "bounded_collections::bounded_vec::BoundedVec"
_PROXIES: Type[list[ProxyDefinition]] = Newtype(_BOUNDED, Vec(of(ProxyDefinition)))
_ANNOUNCEMENTS: Type[list[Announcement]] = Newtype(_BOUNDED, Vec(of(Announcement)))
NO_PROXIES: tuple[list[ProxyDefinition], int] = ([], 0)
NO_ANNOUNCEMENTS: tuple[list[Announcement], int] = ([], 0)

PROXIES = StorageMap(
    PALLET,
    "Proxies",
    (TWOX_64_CONCAT, ACCOUNT_ID),
    tuple_of(_PROXIES, U64),
    default=NO_PROXIES,
    docs="The set of account proxies, and the deposit for them.",
)
ANNOUNCEMENTS = StorageMap(
    PALLET,
    "Announcements",
    (TWOX_64_CONCAT, ACCOUNT_ID),
    tuple_of(_ANNOUNCEMENTS, U64),
    default=NO_ANNOUNCEMENTS,
    docs="The announcements made by the proxy, and the deposit for them.",
)
LAST_CALL_RESULT = StorageMap(
    PALLET,
    "LastCallResult",
    (TWOX_64_CONCAT, ACCOUNT_ID),
    DISPATCH_RESULT,
    docs="The result of the last call made by the proxy.",
)


REAL_PAYS_FEE = StorageDoubleMap(
    PALLET,
    "RealPaysFee",
    (TWOX_64_CONCAT, ACCOUNT_ID),
    (TWOX_64_CONCAT, ACCOUNT_ID),
    Tuple([]),
    docs="Pairs of accounts and proxies whose calls for the account the account pays for.",
)


class TooMany(ModuleError, index=0):
    """There are too many proxies registered or too many announcements pending."""


class NotFound(ModuleError, index=1):
    """Proxy registration not found."""


class NotProxy(ModuleError, index=2):
    """Sender is not a proxy of the account to be proxied."""


class Unproxyable(ModuleError, index=3):
    """A call which is incompatible with the proxy type's filter was attempted."""


class Duplicate(ModuleError, index=4):
    """Account is already a proxy."""


class NoPermission(ModuleError, index=5):
    """Call may not be made by proxy because it may escalate its privileges."""


class Unannounced(ModuleError, index=6):
    """Announcement, if made at all, was made too recently."""


class NoSelfProxy(ModuleError, index=7):
    """Cannot add self as proxy."""


class AnnouncementDepositInvariantViolated(ModuleError, index=8):
    """Invariant violated: deposit recomputation returned None after updating announcements."""


class InvalidDerivedAccountId(ModuleError, index=9):
    """Failed to derive a valid account id from the provided entropy."""


@event(0)
class ProxyExecuted:
    """A proxy was executed correctly, with the given."""

    result: DispatchResult


@event(1)
class PureCreated:
    """A pure account has been created by new proxy with given disambiguation index and proxy type."""

    pure: AccountId
    who: AccountId
    proxy_type: Kind
    disambiguation_index: u16


@event(2)
class PureKilled:
    """A pure proxy was killed by its spawner."""

    pure: AccountId
    spawner: AccountId
    proxy_type: Kind
    disambiguation_index: u16


@event(3)
class Announced:
    """An announcement was placed to make a call in the future."""

    real: AccountId
    proxy: AccountId
    call_hash: Hash


@event(4)
class ProxyAdded:
    """A proxy was added."""

    delegator: AccountId
    delegatee: AccountId
    proxy_type: Kind
    delay: BlockNumber


@event(5)
class ProxyRemoved:
    """A proxy was removed."""

    delegator: AccountId
    delegatee: AccountId
    proxy_type: Kind
    delay: BlockNumber


@event(6)
class DepositPoked:
    """A deposit stored for proxies or announcements was poked / updated."""

    who: AccountId
    kind: DepositKind
    old_deposit: Balance
    new_deposit: Balance


@event(7)
class RealPaysFeeSet:
    """The real-pays-fee setting was updated for a proxy relationship."""

    real: AccountId
    delegate: AccountId
    pays_fee: bool

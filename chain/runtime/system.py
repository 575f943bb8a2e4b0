"""System pallet: accounts, block context, events."""

from collections.abc import Sequence
from typing import Annotated

from chain.crypto import blake2_256
from chain.runtime.dispatch import RUNTIME_EVENT, Context, call, event
from chain.runtime.errors import ModuleError
from chain.runtime.outcome import DispatchFailure
from chain.runtime.pallet import Constant
from chain.runtime.storage import BLAKE2_128_CONCAT, TWOX_64_CONCAT, StateReader, StorageMap, StorageValue
from chain.runtime.types import ACCOUNT_ID, H256, AccountId, AccountInfo, DispatchEventInfo, Hash, Weight
from chain.runtime.version import RUNTIME_VERSION, RuntimeVersion
from chain.runtime.weights import (
    BlockLength,
    BlockWeights,
    DbWeight,
    PerClassWeight,
    block_length,
    block_weights,
)
from chain.scale.composite import enum_of, struct, variant
from chain.scale.containers import FixedBytes, Vec
from chain.scale.hints import CompactU32, TypeName, of, u32
from chain.scale.types import U16, U32, Type, erase
from chain.state.overlay import State

BLOCK_HASH_COUNT = 2400
"""How many blocks back a transaction may be anchored."""

SS58_PREFIX = 42

CODE_KEY = b":code"
"""Where a Substrate chain keeps its runtime; here a digest by which runtimes are told apart."""


@variant(0)
class ApplyExtrinsic:
    index: Annotated[int, U32, TypeName("u32")]


@variant(1)
class Finalization:
    pass


@variant(2)
class Initialization:
    pass


Phase = ApplyExtrinsic | Finalization | Initialization
PHASE: Type[Phase] = enum_of("frame_system::Phase", ApplyExtrinsic, Finalization, Initialization)

ConsensusEngineId = Annotated[bytes, FixedBytes(4), TypeName("ConsensusEngineId")]


@variant(6)
class PreRuntime:
    engine: ConsensusEngineId
    data: bytes


@variant(4)
class Consensus:
    engine: ConsensusEngineId
    data: bytes


@variant(5)
class Seal:
    engine: ConsensusEngineId
    data: bytes


@variant(0, name="Other")
class OtherDigest:
    data: bytes


@variant(8)
class RuntimeEnvironmentUpdated:
    pass


DigestItem = PreRuntime | Consensus | Seal | OtherDigest | RuntimeEnvironmentUpdated
DIGEST_ITEM: Type[DigestItem] = enum_of(
    "sp_runtime::generic::digest::DigestItem", PreRuntime, Consensus, Seal, OtherDigest, RuntimeEnvironmentUpdated
)


@struct("sp_runtime::generic::digest::Digest")
class Digest:
    """Logs of a header."""

    logs: list[Annotated[DigestItem, DIGEST_ITEM]]


@struct("frame_system::EventRecord", params=(("E", erase(RUNTIME_EVENT)), ("T", erase(H256))))
class EventRecord:
    """An event, and when in the block it happened."""

    phase: Annotated[Phase, PHASE]
    event: Annotated[object, RUNTIME_EVENT, TypeName("E")]
    topics: Annotated[list[bytes], Vec(H256), TypeName("Vec<T>")]


@struct("frame_system::LastRuntimeUpgradeInfo")
class LastRuntimeUpgradeInfo:
    """The runtime that executed the last block."""

    spec_version: CompactU32
    spec_name: str


ACCOUNT = StorageMap(
    "System",
    "Account",
    (BLAKE2_128_CONCAT, ACCOUNT_ID),
    of(AccountInfo),
    default=AccountInfo(),
    docs="The full account information for a particular account ID.",
)
EXTRINSIC_COUNT = StorageValue("System", "ExtrinsicCount", U32, docs="Total extrinsics count for the current block.")
BLOCK_WEIGHT = StorageValue(
    "System",
    "BlockWeight",
    of(PerClassWeight),
    default=PerClassWeight(Weight(0, 0), Weight(0, 0), Weight(0, 0)),
    docs="The current weight for the block.",
)
ALL_EXTRINSICS_LEN = StorageValue("System", "AllExtrinsicsLen", U32, docs="Total length of the block's extrinsics.")
BLOCK_HASH = StorageMap(
    "System", "BlockHash", (TWOX_64_CONCAT, U32), H256, default=bytes(32), docs="Map of block numbers to block hashes."
)
NUMBER = StorageValue("System", "Number", U32, default=0, docs="The current block number being processed.")
PARENT_HASH = StorageValue("System", "ParentHash", H256, default=bytes(32), docs="Hash of the previous block.")
DIGEST = StorageValue("System", "Digest", of(Digest), default=Digest([]), docs="Digest of the current block.")
EVENTS = StorageValue(
    "System", "Events", Vec(of(EventRecord)), default=[], docs="Events deposited for the current block."
)
EVENT_COUNT = StorageValue("System", "EventCount", U32, default=0, docs="The number of events in the `Events` list.")
LAST_RUNTIME_UPGRADE = StorageValue(
    "System", "LastRuntimeUpgrade", of(LastRuntimeUpgradeInfo), docs="When the last runtime upgrade happened."
)
EXECUTION_PHASE = StorageValue("System", "ExecutionPhase", PHASE, docs="The execution phase of the block.")

CONSTANTS = (
    Constant("BlockWeights", erase(of(BlockWeights)), block_weights(), "Block & extrinsics weights: base and limits."),
    Constant("BlockLength", erase(of(BlockLength)), block_length(), "The maximum length of a block (in bytes)."),
    Constant("BlockHashCount", erase(U32), BLOCK_HASH_COUNT, "Maximum number of block hashes to keep."),
    Constant("DbWeight", erase(of(DbWeight)), DbWeight(25_000_000, 100_000_000), "The weight of database operations."),
    Constant("Version", erase(of(RuntimeVersion)), RUNTIME_VERSION, "Get the chain's in-code version."),
    Constant("SS58Prefix", erase(U16), SS58_PREFIX, "The designated SS58 prefix of this chain."),
)


class InvalidSpecName(ModuleError, index=0):
    """The name of specification does not match between the current runtime and the new runtime."""


class SpecVersionNeedsToIncrease(ModuleError, index=1):
    """The specification version is not allowed to decrease between the current runtime and the new runtime."""


class FailedToExtractRuntimeVersion(ModuleError, index=2):
    """Failed to extract the runtime version from the new runtime."""


class NonDefaultComposite(ModuleError, index=3):
    """Suicide called when the account has non-default composite data."""


class NonZeroRefCount(ModuleError, index=4):
    """There is a non-zero reference count preventing the account from being purged."""


class CallFiltered(ModuleError, index=5):
    """The origin filter prevent the call to be dispatched."""


@event(0)
class ExtrinsicSuccess:
    """An extrinsic completed successfully."""

    dispatch_info: DispatchEventInfo


@event(1)
class ExtrinsicFailed:
    """An extrinsic failed."""

    dispatch_error: DispatchFailure
    dispatch_info: DispatchEventInfo


@event(2)
class CodeUpdated:
    """`:code` was updated."""


@event(3)
class NewAccount:
    """A new account was created."""

    account: AccountId


@event(4)
class KilledAccount:
    """An account was reaped."""

    account: AccountId


@event(5)
class Remarked:
    """On on-chain remark happened."""

    sender: AccountId
    hash: Hash


def get_account(state: StateReader, who: bytes) -> AccountInfo:
    """Nonce, reference counts and balances of ``who``; all zero for an account that does not exist."""
    return ACCOUNT.get(state, who)


def note_block_hash(state: State, number: int, block_hash: bytes) -> None:
    """Remember the hash of a block, and forget one that is too old; the first is never forgotten."""
    BLOCK_HASH.put(state, number, block_hash)
    outdated = number - BLOCK_HASH_COUNT
    if outdated > 0:
        BLOCK_HASH.remove(state, outdated)


def note_runtime(ctx: Context, code: bytes) -> None:
    """Record, when it changes, which runtime executes the chain; ``code`` tells its builds apart."""
    current = LastRuntimeUpgradeInfo(RUNTIME_VERSION.spec_version, RUNTIME_VERSION.spec_name)
    if ctx.state.get(CODE_KEY) == code and LAST_RUNTIME_UPGRADE.get(ctx.state) == current:
        return
    LAST_RUNTIME_UPGRADE.put(ctx.state, current)
    ctx.state.put(CODE_KEY, code)
    ctx.deposit(CodeUpdated())


def decode_digest(logs: Sequence[bytes]) -> Digest:
    """Digest of encoded logs.

    Raises:
        ScaleError: one is not a log.
    """
    return Digest([DIGEST_ITEM.decode(log) for log in logs])


@call(0, weight=171_000)
def remark(ctx: Context, remark: bytes) -> None:
    """Make some on-chain remark."""
    ctx.signer()


@call(4, weight=100_000_000)
def set_storage(ctx: Context, items: list[tuple[bytes, bytes]]) -> None:
    """Set some items of storage."""
    ctx.ensure_root()
    for key, value in items:
        ctx.state.put(key, value)


@call(5, weight=100_000_000)
def kill_storage(ctx: Context, keys: list[bytes]) -> None:
    """Kill some items from storage."""
    ctx.ensure_root()
    for key in keys:
        ctx.state.delete(key)


@call(6, weight=100_000_000)
def kill_prefix(ctx: Context, prefix: bytes, subkeys: u32) -> None:
    """Kill all storage items with a key that starts with the given prefix."""
    ctx.ensure_root()
    for key in [key for key, _ in ctx.state.iter_prefix(prefix)]:
        ctx.state.delete(key)


@call(7, weight=50_000_000)
def remark_with_event(ctx: Context, remark: bytes) -> None:
    """Make some on-chain remark and emit event."""
    sender = ctx.signer()
    ctx.deposit(Remarked(sender, blake2_256(remark)))

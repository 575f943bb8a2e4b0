"""Events of SubtensorModule about keys, identities, commits and subnets."""

from chain.runtime.dispatch import event
from chain.runtime.outcome import DispatchFailure
from chain.runtime.subtensor.types import CompactNetUid, StorageIndex
from chain.runtime.types import AccountId, Hash, NetUid
from chain.scale.hints import u64


@event(66)
class HotkeySwapped:
    """A hotkey was replaced everywhere."""

    coldkey: AccountId
    old_hotkey: AccountId
    new_hotkey: AccountId


@event(69)
class ColdkeySwapAnnounced:
    """A coldkey announced that another one will replace it."""

    who: AccountId
    new_coldkey_hash: Hash


@event(70)
class ColdkeySwapReset:
    """Root withdrew a coldkey's announcement."""

    who: AccountId


@event(71)
class ColdkeySwapped:
    """A coldkey was replaced."""

    old_coldkey: AccountId
    new_coldkey: AccountId


@event(72)
class ColdkeySwapDisputed:
    """A coldkey's swap was disputed: nothing happens until root decides."""

    coldkey: AccountId


@event(77, named=False)
class ChainIdentitySet:
    """Somebody said who runs a coldkey."""

    account: AccountId


@event(78, named=False)
class SubnetIdentitySet:
    """An owner said what a subnet is about."""

    netuid: NetUid


@event(79, named=False)
class SubnetIdentityRemoved:
    """What was said about a subnet was removed."""

    netuid: NetUid


@event(87, named=False)
class WeightsBatchRevealed:
    """A validator revealed several sets of weights."""

    hotkey: AccountId
    netuid: NetUid
    commit_hashes: list[Hash]


@event(88, named=False)
class BatchWeightsCompleted:
    """Weights of several subnets were handled."""

    netuids: list[CompactNetUid]
    hotkey: AccountId


@event(89, named=False)
class BatchCompletedWithErrors:
    """Some of several sets of weights were refused."""


@event(90, named=False)
class BatchWeightItemFailed:
    """One of several sets of weights was refused."""

    netuid: NetUid
    error: DispatchFailure


@event(94, named=False)
class SubnetOwnerHotkeySet:
    """The hotkey of a subnet's owner was set."""

    netuid: NetUid
    hotkey: AccountId


@event(102)
class HotkeySwappedOnSubnet:
    """A hotkey was replaced on one subnet."""

    coldkey: AccountId
    old_hotkey: AccountId
    new_hotkey: AccountId
    netuid: NetUid


@event(105)
class SymbolUpdated:
    """A subnet's symbol was changed."""

    netuid: NetUid
    symbol: bytes


@event(107, named=False)
class TimelockedWeightsCommitted:
    """A validator committed to weights that open at a round of the beacon."""

    hotkey: AccountId
    netuid: StorageIndex
    commit_hash: Hash
    reveal_round: u64


@event(108, named=False)
class TimelockedWeightsRevealed:
    """Weights that waited for a round of the beacon were revealed."""

    netuid: StorageIndex
    hotkey: AccountId


@event(122)
class ColdkeySwapCleared:
    """A coldkey withdrew its announcement."""

    who: AccountId


@event(131)
class EpochTriggered:
    """An epoch was asked for."""

    netuid: NetUid
    by: AccountId
    fires_at: u64

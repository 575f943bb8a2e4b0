"""Events of SubtensorModule that this ledger announces, by their indices in the dialect."""

from chain.runtime.dispatch import event
from chain.runtime.subtensor.types import StorageIndex
from chain.runtime.types import AccountId, Alpha, Hash, NetUid, Tao
from chain.scale.hints import u16, u64


@event(0, named=False)
class NetworkAdded:
    """A subnet was created, with its number of uids."""

    netuid: NetUid
    modality: u16


@event(1, named=False)
class NetworkRemoved:
    """A subnet was dissolved."""

    netuid: NetUid


@event(2, named=False)
class StakeAdded:
    """Rao moved from a coldkey into stake."""

    coldkey: AccountId
    hotkey: AccountId
    tao: Tao
    alpha: Alpha
    netuid: NetUid
    fee: u64


@event(3, named=False)
class StakeRemoved:
    """Stake moved back to its coldkey."""

    coldkey: AccountId
    hotkey: AccountId
    tao: Tao
    alpha: Alpha
    netuid: NetUid
    fee: u64


@event(5, named=False)
class WeightsSet:
    """A validator set its weights."""

    netuid: StorageIndex
    uid: u16


@event(6, named=False)
class NeuronRegistered:
    """A hotkey got a uid."""

    netuid: NetUid
    uid: u16
    hotkey: AccountId


@event(28, named=False)
class AxonServed:
    """A neuron announced where it serves."""

    netuid: NetUid
    hotkey: AccountId


@event(29, named=False)
class PrometheusServed:
    """A neuron announced where it serves its metrics."""

    netuid: NetUid
    hotkey: AccountId


@event(64, named=False)
class TakeDecreased:
    """A delegate lowered its take."""

    coldkey: AccountId
    hotkey: AccountId
    take: u16


@event(65, named=False)
class TakeIncreased:
    """A delegate raised its take."""

    coldkey: AccountId
    hotkey: AccountId
    take: u16


@event(85, named=False)
class WeightsCommitted:
    """A validator committed to weights."""

    hotkey: AccountId
    netuid: StorageIndex
    commit_hash: Hash


@event(86, named=False)
class WeightsRevealed:
    """A validator revealed weights that it had committed to."""

    hotkey: AccountId
    netuid: StorageIndex
    commit_hash: Hash


@event(95, named=False)
class FirstEmissionBlockNumberSet:
    """A subnet starts to emit at this block."""

    netuid: NetUid
    block: u64


@event(96, named=False)
class AlphaRecycled:
    """Emission or stake was destroyed and may be issued again."""

    coldkey: AccountId
    hotkey: AccountId
    amount: Alpha
    netuid: NetUid


@event(97, named=False)
class AlphaBurned:
    """Emission or stake was destroyed."""

    coldkey: AccountId
    hotkey: AccountId
    amount: Alpha
    netuid: NetUid


@event(110)
class IncentiveAlphaEmittedToMiners:
    """What an epoch granted to each uid for serving."""

    netuid: StorageIndex
    emissions: list[Alpha]


@event(132)
class EpochDeferred:
    """Too many epochs were due in one block; this one moved."""

    netuid: NetUid
    from_block: u64
    to_block: u64


@event(133)
class EpochSkipped:
    """An epoch was due but its neurons were not consistent."""

    netuid: NetUid
    block: u64

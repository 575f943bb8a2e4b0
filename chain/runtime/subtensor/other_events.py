"""Events of SubtensorModule that this ledger never announces: leases, locks, voting power, older protocols."""

from chain.runtime.dispatch import event
from chain.runtime.outcome import DispatchResult
from chain.runtime.subtensor.types import EvmKey, LeaseId, StorageIndex
from chain.runtime.types import AccountId, Alpha, Hash, NetUid, Tao
from chain.scale.hints import u16, u32, u64


@event(7, named=False)
class BulkNeuronsRegistered:
    """Several neurons were registered at genesis."""

    netuid: u16
    count: u16


@event(8, named=False)
class BulkBalancesSet:
    """Several balances were set at genesis."""

    netuid: u16
    count: u16


@event(20, named=False)
class ValidatorPruneLenSet:
    """`ValidatorPruneLen` was set."""

    netuid: NetUid
    value: u64


@event(21, named=False)
class ScalingLawPowerSet:
    """`ScalingLawPower` was set."""

    netuid: NetUid
    value: u16


@event(49, named=False)
class Sudid:
    """A sudo call took place."""

    result: DispatchResult


@event(73)
class AllBalanceUnstakedAndTransferredToNewColdkey:
    """A coldkey gave everything to another."""

    current_coldkey: AccountId
    new_coldkey: AccountId
    total_balance: u64


@event(74)
class ArbitrationPeriodExtended:
    """A coldkey waits longer."""

    coldkey: AccountId


@event(80)
class DissolveNetworkScheduled:
    """The end of a subnet was scheduled."""

    account: AccountId
    netuid: NetUid
    execution_block: u32


@event(84, named=False)
class CRV3WeightsCommitted:
    """A validator committed to weights by an older protocol."""

    hotkey: AccountId
    netuid: StorageIndex
    commit_hash: Hash


@event(98)
class EvmKeyAssociated:
    """A foreign key was associated with a neuron."""

    netuid: NetUid
    hotkey: AccountId
    evm_key: EvmKey
    block_associated: u64


@event(99, named=False)
class CRV3WeightsRevealed:
    """Weights committed by an older protocol were revealed."""

    netuid: NetUid
    hotkey: AccountId


@event(103)
class SubnetLeaseCreated:
    """A subnet was leased."""

    beneficiary: AccountId
    lease_id: LeaseId
    netuid: NetUid
    end_block: u32 | None


@event(104)
class SubnetLeaseTerminated:
    """A lease ended."""

    beneficiary: AccountId
    netuid: NetUid


@event(116)
class VotingPowerTrackingEnabled:
    """Voting power is tracked."""

    netuid: NetUid


@event(117)
class VotingPowerTrackingDisableScheduled:
    """Voting power will not be tracked any more."""

    netuid: NetUid
    disable_at_block: u64


@event(118)
class VotingPowerTrackingDisabled:
    """Voting power is not tracked any more."""

    netuid: NetUid


@event(119)
class VotingPowerEmaAlphaSet:
    """`VotingPowerEmaAlpha` was set."""

    netuid: NetUid
    alpha: u64


@event(120)
class SubnetLeaseDividendsDistributed:
    """A lease paid."""

    lease_id: LeaseId
    contributor: AccountId
    alpha: Alpha


@event(123)
class TransactionFeePaidWithAlpha:
    """A fee was paid with stake."""

    who: AccountId
    netuid: NetUid
    alpha_fee: Alpha
    tao_amount: Tao


@event(127)
class StakeLocked:
    """Stake was locked."""

    coldkey: AccountId
    hotkey: AccountId
    netuid: NetUid
    amount: Alpha


@event(128)
class StakeUnlocked:
    """Stake was unlocked."""

    coldkey: AccountId
    hotkey: AccountId
    netuid: NetUid
    amount: Alpha


@event(129)
class LockMoved:
    """A lock moved to another hotkey."""

    coldkey: AccountId
    origin_hotkey: AccountId
    destination_hotkey: AccountId
    netuid: NetUid


@event(134)
class SubnetOwnerChanged:
    """A subnet's owner changed."""

    netuid: NetUid
    old_coldkey: AccountId
    new_coldkey: AccountId


@event(135)
class PerpetualLockUpdated:
    """A lock became perpetual, or ceased to be."""

    coldkey: AccountId
    netuid: NetUid
    enabled: bool


@event(136)
class RejectLockedAlphaUpdated:
    """An account said whether it takes locked stake."""

    coldkey: AccountId
    enabled: bool

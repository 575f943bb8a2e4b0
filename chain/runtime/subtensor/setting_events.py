"""More events that tell of changed rules, by their indices in the dialect."""

from chain.runtime.dispatch import event
from chain.runtime.subtensor.types import U64F64, i16
from chain.runtime.types import AccountId, NetUid, Tao
from chain.scale.hints import u8, u16, u32, u64


@event(10, named=False)
class MaxWeightLimitSet:
    """`MaxWeightLimit` was set."""

    netuid: NetUid
    value: u16


@event(11, named=False)
class DifficultySet:
    """`Difficulty` was set."""

    netuid: NetUid
    value: u64


@event(12, named=False)
class AdjustmentIntervalSet:
    """`AdjustmentInterval` was set."""

    netuid: NetUid
    value: u16


@event(13, named=False)
class RegistrationPerIntervalSet:
    """`RegistrationPerInterval` was set."""

    netuid: NetUid
    value: u16


@event(14, named=False)
class MaxRegistrationsPerBlockSet:
    """`MaxRegistrationsPerBlock` was set."""

    netuid: NetUid
    value: u16


@event(15, named=False)
class ActivityCutoffSet:
    """`ActivityCutoff` was set."""

    netuid: NetUid
    value: u16


@event(16, named=False)
class RhoSet:
    """`Rho` was set."""

    netuid: NetUid
    value: u16


@event(17, named=False)
class AlphaSigmoidSteepnessSet:
    """`AlphaSigmoidSteepness` was set."""

    netuid: NetUid
    value: i16


@event(26, named=False)
class BondsResetOnSet:
    """`BondsResetOn` was set."""

    netuid: NetUid
    value: bool


@event(31, named=False)
class DefaultTakeSet:
    """`DefaultTake` was set."""

    value: u16


@event(33, named=False)
class MinDifficultySet:
    """`MinDifficulty` was set."""

    netuid: NetUid
    value: u64


@event(34, named=False)
class MaxDifficultySet:
    """`MaxDifficulty` was set."""

    netuid: NetUid
    value: u64


@event(36, named=False)
class BurnSet:
    """`Burn` was set."""

    netuid: NetUid
    value: Tao


@event(39, named=False)
class MaxEpochsPerBlockSet:
    """`MaxEpochsPerBlock` was set."""

    value: u8


@event(41, named=False)
class TxDelegateTakeRateLimitSet:
    """`TxDelegateTakeRateLimit` was set."""

    value: u64


@event(42, named=False)
class TxChildKeyTakeRateLimitSet:
    """`TxChildKeyTakeRateLimit` was set."""

    value: u64


@event(43, named=False)
class AdminFreezeWindowSet:
    """`AdminFreezeWindow` was set."""

    value: u16


@event(44, named=False)
class OwnerHyperparamRateLimitSet:
    """`OwnerHyperparamRateLimit` was set."""

    value: u16


@event(45, named=False)
class MinChildKeyTakeSet:
    """`MinChildKeyTake` was set."""

    value: u16


@event(46, named=False)
class MinChildKeyTakePerSubnetSet:
    """`MinChildKeyTakePerSubnet` was set."""

    netuid: NetUid
    value: u16


@event(47, named=False)
class MaxChildKeyTakeSet:
    """`MaxChildKeyTake` was set."""

    value: u16


@event(51, named=False)
class PowRegistrationAllowed:
    """`PowRegistrationAllowed` was set."""

    netuid: NetUid
    value: bool


@event(53, named=False)
class RAORecycledForRegistrationSet:
    """`RAORecycledForRegistration` was set."""

    netuid: NetUid
    value: Tao


@event(55, named=False)
class AdjustmentAlphaSet:
    """`AdjustmentAlpha` was set."""

    netuid: NetUid
    value: u64


@event(57, named=False)
class SubnetOwnerCutSet:
    """`SubnetOwnerCut` was set."""

    value: u16


@event(58, named=False)
class NetworkRateLimitSet:
    """`NetworkRateLimit` was set."""

    value: u64


@event(59, named=False)
class NetworkImmunityPeriodSet:
    """`NetworkImmunityPeriod` was set."""

    value: u64


@event(60, named=False)
class StartCallDelaySet:
    """`StartCallDelay` was set."""

    value: u64


@event(61, named=False)
class NetworkMinLockCostSet:
    """`NetworkMinLockCost` was set."""

    value: Tao


@event(62, named=False)
class SubnetLimitSet:
    """`SubnetLimit` was set."""

    value: u16


@event(63, named=False)
class NetworkLockCostReductionIntervalSet:
    """`NetworkLockCostReductionInterval` was set."""

    value: u64


@event(67, named=False)
class MaxDelegateTakeSet:
    """`MaxDelegateTake` was set."""

    value: u16


@event(68, named=False)
class MinDelegateTakeSet:
    """`MinDelegateTake` was set."""

    value: u16


@event(81, named=False)
class ColdkeySwapAnnouncementDelaySet:
    """`ColdkeySwapAnnouncementDelay` was set."""

    value: u32


@event(82, named=False)
class ColdkeySwapReannouncementDelaySet:
    """`ColdkeySwapReannouncementDelay` was set."""

    value: u32


@event(83, named=False)
class DissolveNetworkScheduleDurationSet:
    """`DissolveNetworkScheduleDuration` was set."""

    value: u32


@event(93, named=False)
class TransferToggle:
    """Whether stake may change hands was set."""

    netuid: NetUid
    value: bool


@event(100, named=False)
class CommitRevealPeriodsSet:
    """`RevealPeriodEpochs` was set."""

    netuid: NetUid
    value: u64


@event(106, named=False)
class CommitRevealVersionSet:
    """`CommitRevealWeightsVersion` was set."""

    value: u16


@event(111, named=False)
class MinAllowedUidsSet:
    """`MinAllowedUids` was set."""

    netuid: NetUid
    value: u16


@event(124)
class BurnHalfLifeSet:
    """`BurnHalfLife` was set."""

    netuid: NetUid
    burn_half_life: u16


@event(125)
class BurnIncreaseMultSet:
    """`BurnIncreaseMult` was set."""

    netuid: NetUid
    burn_increase_mult: U64F64


@event(126)
class AutoParentDelegationEnabledSet:
    """`AutoParentDelegationEnabled` was set."""

    hotkey: AccountId
    enabled: bool


@event(130)
class ActivityCutoffFactorMilliSet:
    """`ActivityCutoffFactorMilli` was set."""

    netuid: NetUid
    factor_milli: u32

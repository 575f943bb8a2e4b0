"""Events that tell of changed rules, by their indices in the dialect."""

from chain.runtime.dispatch import event
from chain.runtime.types import NetUid, Tao
from chain.scale.hints import u16, u64


@event(40, named=False)
class TxRateLimitSet:
    """`TxRateLimit` was set."""

    value: u64


@event(54, named=False)
class StakeThresholdSet:
    """`StakeThreshold` was set."""

    value: u64


@event(9, named=False)
class MaxAllowedUidsSet:
    """`MaxAllowedUids` was set."""

    netuid: NetUid
    value: u16


@event(18, named=False)
class KappaSet:
    """`Kappa` was set."""

    netuid: NetUid
    value: u16


@event(19, named=False)
class MinAllowedWeightSet:
    """`MinAllowedWeights` was set."""

    netuid: NetUid
    value: u16


@event(22, named=False)
class WeightsSetRateLimitSet:
    """`WeightsSetRateLimit` was set."""

    netuid: NetUid
    value: u64


@event(23, named=False)
class ImmunityPeriodSet:
    """`ImmunityPeriod` was set."""

    netuid: NetUid
    value: u16


@event(24, named=False)
class BondsMovingAverageSet:
    """`BondsMovingAverage` was set."""

    netuid: NetUid
    value: u64


@event(25, named=False)
class BondsPenaltySet:
    """`BondsPenalty` was set."""

    netuid: NetUid
    value: u16


@event(27, named=False)
class MaxAllowedValidatorsSet:
    """`MaxAllowedValidators` was set."""

    netuid: NetUid
    value: u16


@event(32, named=False)
class WeightsVersionKeySet:
    """`WeightsVersionKey` was set."""

    netuid: NetUid
    value: u64


@event(35, named=False)
class ServingRateLimitSet:
    """`ServingRateLimit` was set."""

    netuid: NetUid
    value: u64


@event(37, named=False)
class MaxBurnSet:
    """`MaxBurn` was set."""

    netuid: NetUid
    value: Tao


@event(38, named=False)
class MinBurnSet:
    """`MinBurn` was set."""

    netuid: NetUid
    value: Tao


@event(50, named=False)
class RegistrationAllowed:
    """`NetworkRegistrationAllowed` was set."""

    netuid: NetUid
    value: bool


@event(52, named=False)
class TempoSet:
    """`Tempo` was set."""

    netuid: NetUid
    value: u16


@event(101, named=False)
class CommitRevealEnabled:
    """`CommitRevealWeightsEnabled` was set."""

    netuid: NetUid
    value: bool


@event(113, named=False)
class MinNonImmuneUidsSet:
    """`MinNonImmuneUids` was set."""

    netuid: NetUid
    value: u16

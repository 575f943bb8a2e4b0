"""Types that only the storage, calls and events of the subnet modules use."""

from enum import IntEnum
from typing import Annotated

from chain.runtime.types import FIXED_U128, NET_UID_STORAGE_INDEX, AccountId, NetUid
from chain.scale.composite import enum_of, struct, unit_enum, variant
from chain.scale.hints import u8, u16, u32, u64, u128
from chain.scale.types import Type

StorageIndex = Annotated[int, NET_UID_STORAGE_INDEX]
U64F64 = Annotated[int, FIXED_U128]


@struct("pallet_subtensor::pallet::AxonInfo")
class AxonInfo:
    """Where a neuron serves."""

    block: u64
    version: u32
    ip: u128
    port: u16
    ip_type: u8
    protocol: u8
    placeholder1: u8
    placeholder2: u8


@struct("pallet_subtensor::pallet::PrometheusInfo")
class PrometheusInfo:
    """Where a neuron serves its metrics."""

    block: u64
    version: u32
    ip: u128
    port: u16
    ip_type: u8


@unit_enum("pallet_subtensor::pallet::RecycleOrBurnEnum")
class RecycleOrBurn(IntEnum):
    """What becomes of emission that the subnet owner's own miners earn."""

    Burn = 0
    Recycle = 1


@unit_enum("pallet_subtensor::pallet::SubnetEpochConsensus")
class EpochConsensus(IntEnum):
    """How a subnet turns weights into emission."""

    Yuma = 0
    Null = 1


@unit_enum("pallet_subtensor::utils::rate_limiting::Hyperparameter")
class Hyperparameter(IntEnum):
    """A rule that a subnet's owner may change, but seldom."""

    Unknown = 0
    ServingRateLimit = 1
    MaxDifficulty = 2
    AdjustmentAlpha = 3
    MaxWeightLimit = 4
    ImmunityPeriod = 5
    MinAllowedWeights = 6
    Kappa = 7
    Rho = 8
    ActivityCutoff = 9
    PowRegistrationAllowed = 10
    MinBurn = 11
    MaxBurn = 12
    BondsMovingAverage = 13
    BondsPenalty = 14
    CommitRevealEnabled = 15
    LiquidAlphaEnabled = 16
    AlphaValues = 17
    WeightCommitInterval = 18
    TransferEnabled = 19
    AlphaSigmoidSteepness = 20
    Yuma3Enabled = 21
    BondsResetEnabled = 22
    ImmuneNeuronLimit = 23
    RecycleOrBurn = 24
    MaxAllowedUids = 25


@variant(1)
class OwnerHyperparamUpdate:
    """The owner's last change of a rule."""

    netuid: NetUid
    hyperparameter: Hyperparameter


@variant(2)
class NetworkLastRegistered:
    """The last registration of a subnet."""


@variant(3)
class LastTxBlock:
    """The last transaction of an account."""

    account: AccountId


@variant(5)
class LastTxBlockDelegateTake:
    """The last change of a take by an account."""

    account: AccountId


RateLimitKey = OwnerHyperparamUpdate | NetworkLastRegistered | LastTxBlock | LastTxBlockDelegateTake
RATE_LIMIT_KEY: Type[RateLimitKey] = enum_of(
    "pallet_subtensor::RateLimitKey", OwnerHyperparamUpdate, NetworkLastRegistered, LastTxBlock, LastTxBlockDelegateTake
)

NO_AXON = AxonInfo(0, 0, 0, 0, 0, 0, 0, 0)
NO_PROMETHEUS = PrometheusInfo(0, 0, 0, 0, 0)

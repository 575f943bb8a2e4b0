"""Types that only the storage, calls and events of the subnet modules use."""

from enum import IntEnum
from typing import Annotated

from chain.runtime.types import FIXED_I128, FIXED_U128, NET_UID, NET_UID_STORAGE_INDEX, AccountId, NetUid
from chain.scale.collections import BTreeSet
from chain.scale.composite import enum_of, struct, unit_enum, variant
from chain.scale.containers import Compact, FixedBytes
from chain.scale.hints import TypeName, u8, u16, u32, u64, u128
from chain.scale.products import Newtype
from chain.scale.types import I16, U32, Type

StorageIndex = Annotated[int, NET_UID_STORAGE_INDEX]
U64F64 = Annotated[int, FIXED_U128]
I96F32 = Annotated[int, FIXED_I128]
CompactNetUid = Annotated[int, Compact(NET_UID)]
i16 = Annotated[int, I16]
LeaseId = Annotated[int, U32, TypeName("LeaseId")]
EvmKey = Annotated[bytes, Newtype("primitive_types::H160", FixedBytes(20))]
NET_UID_SET = BTreeSet(NET_UID)


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


@variant(0)
class Swap:
    """Root dividends are sold, and the TAO staked on root."""


@variant(1)
class Keep:
    """Root dividends stay what they are: stake in their subnet."""


@variant(2, named=True)
class KeepSubnets:
    """Root dividends of these subnets stay, others are sold."""

    subnets: Annotated[list[int], NET_UID_SET]


AnyRootClaimType = Swap | Keep | KeepSubnets
ROOT_CLAIM_TYPE: Type[AnyRootClaimType] = enum_of(
    "pallet_subtensor::pallet::RootClaimTypeEnum", Swap, Keep, KeepSubnets
)
RootClaimType = Annotated[AnyRootClaimType, ROOT_CLAIM_TYPE]


@struct("pallet_subtensor::pallet::NeuronCertificate")
class NeuronCertificate:
    """Key by which a neuron proves who it is to those who connect."""

    public_key: bytes
    algorithm: u8


@struct("pallet_subtensor::pallet::ChainIdentityV2")
class ChainIdentity:
    """Who runs a coldkey."""

    name: bytes
    url: bytes
    github_repo: bytes
    image: bytes
    discord: bytes
    description: bytes
    additional: bytes


@struct("pallet_subtensor::pallet::SubnetIdentityV3")
class SubnetIdentity:
    """What a subnet is about."""

    subnet_name: bytes
    github_repo: bytes
    subnet_contact: bytes
    subnet_url: bytes
    discord: bytes
    description: bytes
    logo_url: bytes
    additional: bytes


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
    BurnHalfLife = 26
    BurnIncreaseMult = 27
    SubnetEmissionEnabled = 28
    MinChildkeyTake = 29
    ActivityCutoffFactorMilli = 30
    TriggerEpoch = 31


@variant(0)
class SetSNOwnerHotkey:
    """The last change of the hotkey of a subnet's owner."""

    netuid: NetUid


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


@variant(4)
class LastTxBlockChildKeyTake:
    """The last change of a take as a child by an account."""

    account: AccountId


@variant(5)
class LastTxBlockDelegateTake:
    """The last change of a take by an account."""

    account: AccountId


@variant(6)
class AddStakeBurn:
    """The last time stake of a subnet was bought to be burned."""

    netuid: NetUid


RateLimitKey = (
    SetSNOwnerHotkey
    | OwnerHyperparamUpdate
    | NetworkLastRegistered
    | LastTxBlock
    | LastTxBlockChildKeyTake
    | LastTxBlockDelegateTake
    | AddStakeBurn
)
RATE_LIMIT_KEY: Type[RateLimitKey] = enum_of(
    "pallet_subtensor::RateLimitKey",
    SetSNOwnerHotkey,
    OwnerHyperparamUpdate,
    NetworkLastRegistered,
    LastTxBlock,
    LastTxBlockChildKeyTake,
    LastTxBlockDelegateTake,
    AddStakeBurn,
)

NO_AXON = AxonInfo(0, 0, 0, 0, 0, 0, 0, 0)
NO_PROMETHEUS = PrometheusInfo(0, 0, 0, 0, 0)

"""Storage of SubtensorModule that this ledger keeps: names, hashers, types and defaults of the dialect.

Maps per mechanism are keyed by ``netuid + 4096 * mechanism``, so that a plain netuid means mechanism 0.
"""

from typing import TypeVar

from chain.runtime.storage import BLAKE2_128_CONCAT, IDENTITY, TWOX_64_CONCAT
from chain.runtime.storage import StorageDoubleMap as DoubleMap
from chain.runtime.storage import StorageMap as Map
from chain.runtime.storage import StorageTripleMap as TripleMap
from chain.runtime.storage import StorageValue as Value
from chain.runtime.subtensor.types import RATE_LIMIT_KEY, AxonInfo, EpochConsensus, PrometheusInfo, RecycleOrBurn
from chain.runtime.types import (
    ACCOUNT_ID,
    FIXED_I128,
    FIXED_U128,
    H256,
    MECH_ID,
    NET_UID,
    NET_UID_STORAGE_INDEX,
)
from chain.runtime.types import ALPHA as ALPHA_BALANCE
from chain.runtime.types import TAO as TAO_BALANCE
from chain.scale.containers import BYTES, Vec
from chain.scale.hints import of
from chain.scale.products import tuple_of
from chain.scale.types import BOOL, I16, U8, U16, U32, U64, U128, Type

V = TypeVar("V")
PALLET = "SubtensorModule"
NO_ACCOUNT = bytes(32)

_ACCOUNT = (BLAKE2_128_CONCAT, ACCOUNT_ID)
_NETUID = (IDENTITY, NET_UID)
_MECHANISM = (IDENTITY, NET_UID_STORAGE_INDEX)
_UID = (IDENTITY, U16)
# 1.26 as the chain's compiler reads it: the nearest double, then 64 fraction bits.
_MULTIPLIER_126_PERCENT = 0x1428F5C28F5C29 << 12


def _of_subnet(name: str, value: Type[V], default: V) -> Map[int, V]:
    return Map(PALLET, name, _NETUID, value, default=default)


def _of_neuron(name: str, value: Type[V]) -> Map[int, list[V]]:
    return Map(PALLET, name, _NETUID, Vec(value), default=[])


# The whole ledger.
TAO_WEIGHT = Value(PALLET, "TaoWeight", U64, default=971_718_665_099_567_868)
BLOCK_EMISSION = Value(PALLET, "BlockEmission", U64, default=1_000_000_000)
TOTAL_ISSUANCE = Value(PALLET, "TotalIssuance", TAO_BALANCE, default=0)
TOTAL_STAKE = Value(PALLET, "TotalStake", TAO_BALANCE, default=0)
TOTAL_NETWORKS = Value(PALLET, "TotalNetworks", U16, default=0)
SUBNET_LIMIT = Value(PALLET, "SubnetLimit", U16, default=128)
SUBNET_OWNER_CUT = Value(PALLET, "SubnetOwnerCut", U16, default=11_796)
STAKE_THRESHOLD = Value(PALLET, "StakeThreshold", U64, default=0)
NOMINATOR_MIN_REQUIRED_STAKE = Value(PALLET, "NominatorMinRequiredStake", U64, default=0)
TX_RATE_LIMIT = Value(PALLET, "TxRateLimit", U64, default=1_000)
TX_DELEGATE_TAKE_RATE_LIMIT = Value(PALLET, "TxDelegateTakeRateLimit", U64, default=216_000)
MAX_DELEGATE_TAKE = Value(PALLET, "MaxDelegateTake", U16, default=11_796)
MIN_DELEGATE_TAKE = Value(PALLET, "MinDelegateTake", U16, default=0)
START_CALL_DELAY = Value(PALLET, "StartCallDelay", U64, default=0)
MAX_EPOCHS_PER_BLOCK = Value(PALLET, "MaxEpochsPerBlock", U8, default=2)
MAX_MECHANISM_COUNT = Value(PALLET, "MaxMechanismCount", MECH_ID, default=2)
ADMIN_FREEZE_WINDOW = Value(PALLET, "AdminFreezeWindow", U16, default=10)
OWNER_HYPERPARAM_RATE_LIMIT = Value(PALLET, "OwnerHyperparamRateLimit", U16, default=2)
COMMIT_REVEAL_WEIGHTS_VERSION = Value(PALLET, "CommitRevealWeightsVersion", U16, default=4)
SUBNET_MOVING_ALPHA = Value(PALLET, "SubnetMovingAlpha", FIXED_I128, default=12_885)
NETWORK_MIN_LOCK_COST = Value(PALLET, "NetworkMinLockCost", TAO_BALANCE, default=1_000_000_000_000)
NETWORK_LAST_LOCK_COST = Value(PALLET, "NetworkLastLockCost", TAO_BALANCE, default=1_000_000_000_000)
NETWORK_LOCK_REDUCTION_INTERVAL = Value(PALLET, "NetworkLockReductionInterval", U64, default=14 * 7200)
NETWORK_RATE_LIMIT = Value(PALLET, "NetworkRateLimit", U64, default=7_200)
NETWORK_IMMUNITY_PERIOD = Value(PALLET, "NetworkImmunityPeriod", U64, default=1_296_000)

LAST_RATE_LIMITED_BLOCK = Map(PALLET, "LastRateLimitedBlock", (IDENTITY, RATE_LIMIT_KEY), U64, default=0)

# Accounts and stake.
OWNER = Map(PALLET, "Owner", _ACCOUNT, ACCOUNT_ID, default=NO_ACCOUNT)
DELEGATES = Map(PALLET, "Delegates", _ACCOUNT, U16, default=11_796)
OWNED_HOTKEYS = Map(PALLET, "OwnedHotkeys", _ACCOUNT, Vec(ACCOUNT_ID), default=[])
STAKING_HOTKEYS = Map(PALLET, "StakingHotkeys", _ACCOUNT, Vec(ACCOUNT_ID), default=[])
TOTAL_HOTKEY_ALPHA = DoubleMap(PALLET, "TotalHotkeyAlpha", _ACCOUNT, _NETUID, ALPHA_BALANCE, default=0)
TOTAL_HOTKEY_SHARES = DoubleMap(PALLET, "TotalHotkeyShares", _ACCOUNT, _NETUID, FIXED_U128, default=0)
ALPHA = TripleMap(PALLET, "Alpha", (_ACCOUNT, _ACCOUNT, _NETUID), FIXED_U128, default=0)
ALPHA_DIVIDENDS_PER_SUBNET = DoubleMap(PALLET, "AlphaDividendsPerSubnet", _NETUID, _ACCOUNT, ALPHA_BALANCE, default=0)
LAST_TX_BLOCK = Map(PALLET, "LastTxBlock", (IDENTITY, ACCOUNT_ID), U64, default=0)
LAST_TX_BLOCK_DELEGATE_TAKE = Map(PALLET, "LastTxBlockDelegateTake", (IDENTITY, ACCOUNT_ID), U64, default=0)

# Pools and emission of a subnet.
SUBNET_TAO = _of_subnet("SubnetTAO", TAO_BALANCE, 0)
SUBNET_ALPHA_IN = _of_subnet("SubnetAlphaIn", ALPHA_BALANCE, 0)
SUBNET_ALPHA_OUT = _of_subnet("SubnetAlphaOut", ALPHA_BALANCE, 0)
SUBNET_TAO_IN_EMISSION = _of_subnet("SubnetTaoInEmission", TAO_BALANCE, 0)
SUBNET_ALPHA_IN_EMISSION = _of_subnet("SubnetAlphaInEmission", ALPHA_BALANCE, 0)
SUBNET_ALPHA_OUT_EMISSION = _of_subnet("SubnetAlphaOutEmission", ALPHA_BALANCE, 0)
SUBNET_VOLUME = _of_subnet("SubnetVolume", U128, 0)
SUBNET_MOVING_PRICE = _of_subnet("SubnetMovingPrice", FIXED_I128, 0)
EMA_PRICE_HALVING_BLOCKS = _of_subnet("EMAPriceHalvingBlocks", U64, 201_600)
SUBNET_LOCKED = _of_subnet("SubnetLocked", TAO_BALANCE, 0)
SUBNET_EMISSION_ENABLED = _of_subnet("SubnetEmissionEnabled", BOOL, True)
SUBTOKEN_ENABLED = _of_subnet("SubtokenEnabled", BOOL, False)
FIRST_EMISSION_BLOCK_NUMBER = Map(PALLET, "FirstEmissionBlockNumber", _NETUID, U64)
MINER_BURNED = _of_subnet("MinerBurned", FIXED_U128, 0)
RECYCLE_OR_BURN = _of_subnet("RecycleOrBurn", of(RecycleOrBurn), RecycleOrBurn.Burn)
OWNER_CUT_ENABLED = _of_subnet("OwnerCutEnabled", BOOL, True)
PENDING_SERVER_EMISSION = _of_subnet("PendingServerEmission", ALPHA_BALANCE, 0)
PENDING_VALIDATOR_EMISSION = _of_subnet("PendingValidatorEmission", ALPHA_BALANCE, 0)
PENDING_ROOT_ALPHA_DIVS = _of_subnet("PendingRootAlphaDivs", ALPHA_BALANCE, 0)
PENDING_OWNER_CUT = _of_subnet("PendingOwnerCut", ALPHA_BALANCE, 0)

# What a subnet is, and when its epoch runs.
NETWORKS_ADDED = _of_subnet("NetworksAdded", BOOL, False)
NETWORK_REGISTERED_AT = _of_subnet("NetworkRegisteredAt", U64, 0)
SUBNET_OWNER = _of_subnet("SubnetOwner", ACCOUNT_ID, NO_ACCOUNT)
SUBNET_OWNER_HOTKEY = _of_subnet("SubnetOwnerHotkey", ACCOUNT_ID, NO_ACCOUNT)
SUBNET_MECHANISM = _of_subnet("SubnetMechanism", U16, 0)
SUBNET_EPOCH_CONSENSUS = _of_subnet("SubnetEpochConsensus", of(EpochConsensus), EpochConsensus.Yuma)
MECHANISM_COUNT_CURRENT = Map(PALLET, "MechanismCountCurrent", (TWOX_64_CONCAT, NET_UID), MECH_ID, default=1)
TOKEN_SYMBOL = _of_subnet("TokenSymbol", BYTES, "𝜏".encode())
TEMPO = _of_subnet("Tempo", U16, 360)
LAST_EPOCH_BLOCK = _of_subnet("LastEpochBlock", U64, 0)
PENDING_EPOCH_AT = _of_subnet("PendingEpochAt", U64, 0)
SUBNET_EPOCH_INDEX = _of_subnet("SubnetEpochIndex", U64, 0)
BLOCKS_SINCE_LAST_STEP = _of_subnet("BlocksSinceLastStep", U64, 0)
LAST_MECHANISM_STEP_BLOCK = _of_subnet("LastMechansimStepBlock", U64, 0)

# Hyper-parameters of a subnet.
RHO = _of_subnet("Rho", U16, 10)
KAPPA = _of_subnet("Kappa", U16, 32_767)
ALPHA_SIGMOID_STEEPNESS = _of_subnet("AlphaSigmoidSteepness", I16, 1_000)
ALPHA_VALUES = _of_subnet("AlphaValues", tuple_of(U16, U16), (45_875, 58_982))
LIQUID_ALPHA_ON = Map(PALLET, "LiquidAlphaOn", (BLAKE2_128_CONCAT, NET_UID), BOOL, default=False)
YUMA3_ON = Map(PALLET, "Yuma3On", (BLAKE2_128_CONCAT, NET_UID), BOOL, default=False)
BONDS_MOVING_AVERAGE = _of_subnet("BondsMovingAverage", U64, 900_000)
BONDS_PENALTY = _of_subnet("BondsPenalty", U16, 65_535)
BONDS_RESET_ON = _of_subnet("BondsResetOn", BOOL, False)
ACTIVITY_CUTOFF = _of_subnet("ActivityCutoff", U16, 5_000)
ACTIVITY_CUTOFF_FACTOR_MILLI = _of_subnet("ActivityCutoffFactorMilli", U32, 13_889)
IMMUNITY_PERIOD = _of_subnet("ImmunityPeriod", U16, 4_096)
IMMUNE_OWNER_UIDS_LIMIT = _of_subnet("ImmuneOwnerUidsLimit", U16, 1)
MIN_NON_IMMUNE_UIDS = _of_subnet("MinNonImmuneUids", U16, 10)
MIN_ALLOWED_UIDS = _of_subnet("MinAllowedUids", U16, 64)
MAX_ALLOWED_UIDS = _of_subnet("MaxAllowedUids", U16, 256)
MAX_ALLOWED_VALIDATORS = _of_subnet("MaxAllowedValidators", U16, 128)
MIN_ALLOWED_WEIGHTS = _of_subnet("MinAllowedWeights", U16, 1_024)
MAX_WEIGHTS_LIMIT = _of_subnet("MaxWeightsLimit", U16, 65_535)
WEIGHTS_VERSION_KEY = _of_subnet("WeightsVersionKey", U64, 0)
WEIGHTS_SET_RATE_LIMIT = _of_subnet("WeightsSetRateLimit", U64, 100)
SERVING_RATE_LIMIT = _of_subnet("ServingRateLimit", U64, 50)
COMMIT_REVEAL_WEIGHTS_ENABLED = _of_subnet("CommitRevealWeightsEnabled", BOOL, True)
REVEAL_PERIOD_EPOCHS = Map(PALLET, "RevealPeriodEpochs", (TWOX_64_CONCAT, NET_UID), U64, default=1)
TRANSFER_TOGGLE = _of_subnet("TransferToggle", BOOL, True)

# Registration on a subnet.
NETWORK_REGISTRATION_ALLOWED = _of_subnet("NetworkRegistrationAllowed", BOOL, True)
NETWORK_POW_REGISTRATION_ALLOWED = _of_subnet("NetworkPowRegistrationAllowed", BOOL, True)
REGISTRATIONS_THIS_BLOCK = _of_subnet("RegistrationsThisBlock", U16, 0)
REGISTRATIONS_THIS_INTERVAL = _of_subnet("RegistrationsThisInterval", U16, 0)
BURN_REGISTRATIONS_THIS_INTERVAL = _of_subnet("BurnRegistrationsThisInterval", U16, 0)
MAX_REGISTRATIONS_PER_BLOCK = _of_subnet("MaxRegistrationsPerBlock", U16, 1)
TARGET_REGISTRATIONS_PER_INTERVAL = _of_subnet("TargetRegistrationsPerInterval", U16, 2)
ADJUSTMENT_INTERVAL = _of_subnet("AdjustmentInterval", U16, 100)
ADJUSTMENT_ALPHA = _of_subnet("AdjustmentAlpha", U64, 0)
BURN = _of_subnet("Burn", TAO_BALANCE, 100_000_000)
MIN_BURN = _of_subnet("MinBurn", TAO_BALANCE, 500_000)
MAX_BURN = _of_subnet("MaxBurn", TAO_BALANCE, 100_000_000_000)
BURN_HALF_LIFE = _of_subnet("BurnHalfLife", U16, 360)
BURN_INCREASE_MULT = _of_subnet("BurnIncreaseMult", FIXED_U128, _MULTIPLIER_126_PERCENT)
DIFFICULTY = _of_subnet("Difficulty", U64, 10_000_000)
MIN_DIFFICULTY = _of_subnet("MinDifficulty", U64, 10_000_000)
MAX_DIFFICULTY = _of_subnet("MaxDifficulty", U64, (2**64 - 1) // 4)
RAO_RECYCLED_FOR_REGISTRATION = _of_subnet("RAORecycledForRegistration", TAO_BALANCE, 0)

# Neurons: by uid, in lists as long as the subnet.
SUBNETWORK_N = _of_subnet("SubnetworkN", U16, 0)
KEYS = DoubleMap(PALLET, "Keys", _NETUID, _UID, ACCOUNT_ID, default=NO_ACCOUNT)
UIDS = DoubleMap(PALLET, "Uids", _NETUID, _ACCOUNT, U16)
IS_NETWORK_MEMBER = DoubleMap(PALLET, "IsNetworkMember", _ACCOUNT, _NETUID, BOOL, default=False)
BLOCK_AT_REGISTRATION = DoubleMap(PALLET, "BlockAtRegistration", _NETUID, _UID, U64, default=0)
AXONS = DoubleMap(PALLET, "Axons", _NETUID, _ACCOUNT, of(AxonInfo))
PROMETHEUS = DoubleMap(PALLET, "Prometheus", _NETUID, _ACCOUNT, of(PrometheusInfo))
ACTIVE = _of_neuron("Active", BOOL)
CONSENSUS = _of_neuron("Consensus", U16)
DIVIDENDS = _of_neuron("Dividends", U16)
EMISSION = _of_neuron("Emission", ALPHA_BALANCE)
STAKE_WEIGHT = _of_neuron("StakeWeight", U16)
VALIDATOR_TRUST = _of_neuron("ValidatorTrust", U16)
VALIDATOR_PERMIT = _of_neuron("ValidatorPermit", BOOL)
INCENTIVE = Map(PALLET, "Incentive", _MECHANISM, Vec(U16), default=[])
LAST_UPDATE = Map(PALLET, "LastUpdate", _MECHANISM, Vec(U64), default=[])
WEIGHT_COMMITS = DoubleMap(
    PALLET,
    "WeightCommits",
    (TWOX_64_CONCAT, NET_UID_STORAGE_INDEX),
    (TWOX_64_CONCAT, ACCOUNT_ID),
    Vec(tuple_of(H256, U64, U64, U64)),
)
WEIGHTS = DoubleMap(PALLET, "Weights", _MECHANISM, _UID, Vec(tuple_of(U16, U16)), default=[])
BONDS = DoubleMap(PALLET, "Bonds", _MECHANISM, _UID, Vec(tuple_of(U16, U16)), default=[])

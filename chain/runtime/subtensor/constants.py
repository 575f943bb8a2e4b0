"""Constants of SubtensorModule in the metadata: with what a chain of the dialect begins.

The rules in force are in storage; those of the presets differ.
"""

from typing import Any  # numbers and truths of many types

from chain.runtime.pallet import Constant
from chain.scale.containers import FixedBytes
from chain.scale.products import Newtype
from chain.scale.types import BOOL, I16, U8, U16, U32, U64, Type, erase

PERCENT: Type[int] = Newtype("sp_arithmetic::per_things::Percent", U8)
PALLET_ID: Type[bytes] = Newtype("frame_support::PalletId", FixedBytes(8))

_TABLE: tuple[tuple[str, Type[Any], Any], ...] = (
    ("InitialIssuance", U64, 0),
    ("InitialMinAllowedWeights", U16, 1_024),
    ("InitialEmissionValue", U16, 0),
    ("InitialTempo", U16, 360),
    ("InitialDifficulty", U64, 10_000_000),
    ("InitialMaxDifficulty", U64, 4_611_686_018_427_387_903),
    ("InitialMinDifficulty", U64, 10_000_000),
    ("InitialRAORecycledForRegistration", U64, 0),
    ("InitialBurn", U64, 100_000_000),
    ("InitialMaxBurn", U64, 100_000_000_000),
    ("InitialMinBurn", U64, 500_000),
    ("InitialMinStake", U64, 2_000_000),
    ("MinBurnUpperBound", U64, 1_000_000_000),
    ("MaxBurnLowerBound", U64, 100_000_000),
    ("MinTempo", U16, 360),
    ("MaxTempo", U16, 50_400),
    ("MinActivityCutoffFactorMilli", U32, 1_000),
    ("MaxActivityCutoffFactorMilli", U32, 50_000),
    ("InitialAdjustmentInterval", U16, 100),
    ("InitialBondsMovingAverage", U64, 900_000),
    ("InitialBondsPenalty", U16, 65_535),
    ("InitialBondsResetOn", BOOL, False),
    ("InitialTargetRegistrationsPerInterval", U16, 2),
    ("InitialRho", U16, 10),
    ("InitialAlphaSigmoidSteepness", I16, 1_000),
    ("InitialKappa", U16, 32_767),
    ("InitialMinAllowedUids", U16, 64),
    ("InitialMaxAllowedUids", U16, 256),
    ("InitialValidatorPruneLen", U64, 1),
    ("InitialScalingLawPower", U16, 50),
    ("InitialImmunityPeriod", U16, 4_096),
    ("InitialActivityCutoff", U16, 5_000),
    ("InitialMaxRegistrationsPerBlock", U16, 1),
    ("InitialPruningScore", U16, 65_535),
    ("InitialMaxAllowedValidators", U16, 128),
    ("InitialDefaultDelegateTake", U16, 11_796),
    ("InitialMinDelegateTake", U16, 0),
    ("InitialDefaultChildKeyTake", U16, 0),
    ("InitialMinChildKeyTake", U16, 0),
    ("InitialMaxChildKeyTake", U16, 11_796),
    ("InitialWeightsVersionKey", U64, 0),
    ("InitialServingRateLimit", U64, 50),
    ("InitialTxRateLimit", U64, 1_000),
    ("InitialTxDelegateTakeRateLimit", U64, 216_000),
    ("InitialTxChildKeyTakeRateLimit", U64, 216_000),
    ("InitialAdjustmentAlpha", U64, 0),
    ("InitialNetworkImmunityPeriod", U64, 1_296_000),
    ("InitialNetworkMinLockCost", U64, 1_000_000_000_000),
    ("InitialSubnetOwnerCut", U16, 11_796),
    ("InitialNetworkLockReductionInterval", U64, 100_800),
    ("InitialNetworkRateLimit", U64, 7_200),
    ("KeySwapCost", U64, 100_000_000),
    ("AlphaHigh", U16, 58_982),
    ("AlphaLow", U16, 45_875),
    ("LiquidAlphaOn", BOOL, False),
    ("Yuma3On", BOOL, False),
    ("InitialColdkeySwapAnnouncementDelay", U32, 36_000),
    ("InitialColdkeySwapReannouncementDelay", U32, 7_200),
    ("InitialDissolveNetworkScheduleDuration", U32, 36_000),
    ("InitialTaoWeight", U64, 971_718_665_099_567_868),
    ("InitialEmaPriceHalvingPeriod", U64, 201_600),
    ("InitialStartCallDelay", U64, 0),
    ("KeySwapOnSubnetCost", U64, 1_000_000),
    ("HotkeySwapOnSubnetInterval", U64, 7_200),
    ("LeaseDividendsDistributionInterval", U32, 100),
    ("MaxImmuneUidsPercentage", PERCENT, 80),
    ("InitialMaxEpochsPerBlock", U8, 2),
    ("SubtensorPalletId", PALLET_ID, b"subtensr"),
    ("BurnAccountId", PALLET_ID, b"burntnsr"),
)

CONSTANTS = tuple(Constant(name, erase(kind), value) for name, kind, value in _TABLE)

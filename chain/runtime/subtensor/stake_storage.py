"""Storage of SubtensorModule about stake: where incentives go, children, root claims, who stakes at all."""

from chain.runtime.storage import BLAKE2_128_CONCAT, IDENTITY
from chain.runtime.storage import StorageDoubleMap as DoubleMap
from chain.runtime.storage import StorageMap as Map
from chain.runtime.storage import StorageTripleMap as TripleMap
from chain.runtime.storage import StorageValue as Value
from chain.runtime.subtensor.storage import PALLET
from chain.runtime.subtensor.types import ROOT_CLAIM_TYPE, AnyRootClaimType, Swap
from chain.runtime.types import ACCOUNT_ID, ALPHA, FIXED_I128, FIXED_U128, NET_UID, TAO
from chain.scale.collections import BTreeMap
from chain.scale.containers import Vec
from chain.scale.products import tuple_of
from chain.scale.types import BOOL, U16, U64, U128, Type

_ACCOUNT = (BLAKE2_128_CONCAT, ACCOUNT_ID)
_NETUID = (IDENTITY, NET_UID)
Relation = tuple[int, bytes]
"""A proportion of 2**64 - 1, and a hotkey."""
RELATIONS: Type[list[Relation]] = Vec(tuple_of(U64, ACCOUNT_ID))

# Where a coldkey's incentives are staked.
AUTO_STAKE_DESTINATION = DoubleMap(PALLET, "AutoStakeDestination", _ACCOUNT, _NETUID, ACCOUNT_ID)
AUTO_STAKE_DESTINATION_COLDKEYS = DoubleMap(
    PALLET, "AutoStakeDestinationColdkeys", _ACCOUNT, _NETUID, Vec(ACCOUNT_ID), default=[]
)

# Children inherit stake of their parents.
CHILD_KEYS = DoubleMap(PALLET, "ChildKeys", _ACCOUNT, _NETUID, RELATIONS, default=[])
PARENT_KEYS = DoubleMap(PALLET, "ParentKeys", _ACCOUNT, _NETUID, RELATIONS, default=[])
PENDING_CHILD_KEYS = DoubleMap(PALLET, "PendingChildKeys", _NETUID, _ACCOUNT, tuple_of(RELATIONS, U64), default=([], 0))
PENDING_CHILD_KEY_COOLDOWN = Value(PALLET, "PendingChildKeyCooldown", U64, default=7_200)
CHILDKEY_TAKE = DoubleMap(PALLET, "ChildkeyTake", _ACCOUNT, _NETUID, U16, default=0)
MIN_CHILDKEY_TAKE = Value(PALLET, "MinChildkeyTake", U16, default=0)
MIN_CHILDKEY_TAKE_PER_SUBNET = Map(PALLET, "MinChildkeyTakePerSubnet", _NETUID, U16, default=0)
MAX_CHILDKEY_TAKE = Value(PALLET, "MaxChildkeyTake", U16, default=11_796)
TX_CHILDKEY_TAKE_RATE_LIMIT = Value(PALLET, "TxChildkeyTakeRateLimit", U64, default=216_000)
CK_BURN = Value(PALLET, "CKBurn", U64, default=0)
AUTO_PARENT_DELEGATION_ENABLED = Map(PALLET, "AutoParentDelegationEnabled", _ACCOUNT, BOOL, default=True)

# Root dividends wait to be claimed.
ROOT_PROP = Map(PALLET, "RootProp", _NETUID, FIXED_U128, default=0)
ROOT_CLAIMABLE_THRESHOLD = Map(
    PALLET, "RootClaimableThreshold", (BLAKE2_128_CONCAT, NET_UID), FIXED_I128, default=500_000 << 32
)
ROOT_CLAIMABLE = Map(PALLET, "RootClaimable", _ACCOUNT, BTreeMap(NET_UID, FIXED_I128), default={})
ROOT_CLAIMED = TripleMap(PALLET, "RootClaimed", (_NETUID, _ACCOUNT, _ACCOUNT), U128, default=0)
ROOT_CLAIM_TYPE_OF: Map[bytes, AnyRootClaimType] = Map(
    PALLET, "RootClaimType", _ACCOUNT, ROOT_CLAIM_TYPE, default=Swap()
)
ROOT_ALPHA_DIVIDENDS_PER_SUBNET = DoubleMap(PALLET, "RootAlphaDividendsPerSubnet", _NETUID, _ACCOUNT, ALPHA, default=0)
NUM_ROOT_CLAIM = Value(PALLET, "NumRootClaim", U64, default=5)
STAKING_COLDKEYS_BY_INDEX = Map(PALLET, "StakingColdkeysByIndex", (IDENTITY, U64), ACCOUNT_ID)
STAKING_COLDKEYS = Map(PALLET, "StakingColdkeys", (IDENTITY, ACCOUNT_ID), U64)
NUM_STAKING_COLDKEYS = Value(PALLET, "NumStakingColdkeys", U64, default=0)

# What the last epoch paid, and what pools took in.
LAST_HOTKEY_EMISSION_ON_NETUID = DoubleMap(PALLET, "LastHotkeyEmissionOnNetuid", _ACCOUNT, _NETUID, ALPHA, default=0)
TOTAL_HOTKEY_ALPHA_LAST_EPOCH = DoubleMap(PALLET, "TotalHotkeyAlphaLastEpoch", _ACCOUNT, _NETUID, ALPHA, default=0)
SUBNET_EXCESS_TAO = Map(PALLET, "SubnetExcessTao", _NETUID, TAO, default=0)
SUBNET_PROTOCOL_ALPHA = Map(PALLET, "SubnetProtocolAlpha", _NETUID, ALPHA, default=0)

"""Storage of SubtensorModule about keys, identities, mechanisms and the owners' rules that few change."""

from chain.runtime.storage import BLAKE2_128_CONCAT, IDENTITY, TWOX_64_CONCAT
from chain.runtime.storage import StorageDoubleMap as DoubleMap
from chain.runtime.storage import StorageMap as Map
from chain.runtime.storage import StorageTripleMap as TripleMap
from chain.runtime.storage import StorageValue as Value
from chain.runtime.subtensor.storage import PALLET
from chain.runtime.subtensor.types import ChainIdentity, NeuronCertificate, SubnetIdentity
from chain.runtime.types import ACCOUNT_ID, H256, NET_UID, NET_UID_STORAGE_INDEX
from chain.scale.containers import BYTES, Vec
from chain.scale.hints import of
from chain.scale.products import tuple_of
from chain.scale.types import BOOL, U16, U32, U64

_ACCOUNT = (BLAKE2_128_CONCAT, ACCOUNT_ID)
_NETUID = (IDENTITY, NET_UID)

# Replacing a coldkey: announced, then done; disputed, it waits for root.
COLDKEY_SWAP_ANNOUNCEMENT_DELAY = Value(PALLET, "ColdkeySwapAnnouncementDelay", U32, default=36_000)
COLDKEY_SWAP_REANNOUNCEMENT_DELAY = Value(PALLET, "ColdkeySwapReannouncementDelay", U32, default=7_200)
COLDKEY_SWAP_ANNOUNCEMENTS = Map(PALLET, "ColdkeySwapAnnouncements", (TWOX_64_CONCAT, ACCOUNT_ID), tuple_of(U32, H256))
COLDKEY_SWAP_DISPUTES = Map(PALLET, "ColdkeySwapDisputes", (TWOX_64_CONCAT, ACCOUNT_ID), U32)
LAST_HOTKEY_SWAP_ON_NETUID = DoubleMap(PALLET, "LastHotkeySwapOnNetuid", _NETUID, _ACCOUNT, U64, default=0)

# When an account last did what may be done seldom.
TRANSACTION_KEY_LAST_BLOCK = TripleMap(
    PALLET, "TransactionKeyLastBlock", (_ACCOUNT, _NETUID, (IDENTITY, U16)), U64, default=0
)
LAST_TX_BLOCK_CHILD_KEY_TAKE = Map(PALLET, "LastTxBlockChildKeyTake", (IDENTITY, ACCOUNT_ID), U64, default=0)
WEIGHTS_VERSION_KEY_RATE_LIMIT = Value(PALLET, "WeightsVersionKeyRateLimit", U64, default=5)

# Who is who.
IDENTITIES_V2 = Map(PALLET, "IdentitiesV2", _ACCOUNT, of(ChainIdentity))
SUBNET_IDENTITIES_V3 = Map(PALLET, "SubnetIdentitiesV3", (BLAKE2_128_CONCAT, NET_UID), of(SubnetIdentity))
NEURON_CERTIFICATES = DoubleMap(PALLET, "NeuronCertificates", _NETUID, _ACCOUNT, of(NeuronCertificate))

# Weights that open at a round of the beacon: (hotkey, block, ciphertext, round), by mechanism and epoch.
TIMELOCKED_WEIGHT_COMMITS = DoubleMap(
    PALLET,
    "TimelockedWeightCommits",
    (TWOX_64_CONCAT, NET_UID_STORAGE_INDEX),
    (TWOX_64_CONCAT, U64),
    Vec(tuple_of(ACCOUNT_ID, U64, BYTES, U64)),
    default=[],
)

# The same of older protocols, always empty here: clients ask for them by name.
CRV3_WEIGHT_COMMITS = DoubleMap(
    PALLET,
    "CRV3WeightCommits",
    (TWOX_64_CONCAT, NET_UID_STORAGE_INDEX),
    (TWOX_64_CONCAT, U64),
    Vec(tuple_of(ACCOUNT_ID, BYTES, U64)),
    default=[],
)
CRV3_WEIGHT_COMMITS_V2 = DoubleMap(
    PALLET,
    "CRV3WeightCommitsV2",
    (TWOX_64_CONCAT, NET_UID_STORAGE_INDEX),
    (TWOX_64_CONCAT, U64),
    Vec(tuple_of(ACCOUNT_ID, U64, BYTES, U64)),
    default=[],
)

# Queues of a chain that ends subnets bit by bit, always empty here: the command line of SDK 11 asks for them by name
# before it founds a subnet.
DISSOLVE_CLEANUP_QUEUE = Value(PALLET, "DissolveCleanupQueue", Vec(NET_UID), default=[])
NETWORK_REGISTRATION_QUEUE = Value(
    PALLET, "NetworkRegistrationQueue", Vec(tuple_of(ACCOUNT_ID, ACCOUNT_ID, U64)), default=[]
)

# Mechanisms share a subnet's emission.
MECHANISM_EMISSION_SPLIT = Map(PALLET, "MechanismEmissionSplit", (TWOX_64_CONCAT, NET_UID), Vec(U16))

# Rules and counters that no other module reads.
MIN_ACTIVITY_CUTOFF = Value(PALLET, "MinActivityCutoff", U16, default=360)
DISSOLVE_NETWORK_SCHEDULE_DURATION = Value(PALLET, "DissolveNetworkScheduleDuration", U32, default=36_000)
REGISTERED_SUBNET_COUNTER = Map(PALLET, "RegisteredSubnetCounter", _NETUID, U64, default=0)
POW_REGISTRATIONS_THIS_INTERVAL = Map(PALLET, "POWRegistrationsThisInterval", _NETUID, U16, default=0)
LAST_ADJUSTMENT_BLOCK = Map(PALLET, "LastAdjustmentBlock", _NETUID, U64, default=0)
USED_WORK = Map(PALLET, "UsedWork", (IDENTITY, BYTES), U64, default=0)
HAS_MIGRATION_RUN = Map(PALLET, "HasMigrationRun", (IDENTITY, BYTES), BOOL, default=False)

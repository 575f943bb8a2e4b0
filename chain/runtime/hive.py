"""Rules that only this ledger has; a plain subtensor lacks this pallet, and clients must do without it."""

from chain.runtime.storage import IDENTITY, StorageMap, StorageValue
from chain.runtime.types import ALPHA, NET_UID
from chain.scale.types import BOOL, U16, U64

PALLET = "Hive"

LOOPBACK_AXONS = StorageValue(
    PALLET,
    "LoopbackAxons",
    BOOL,
    default=False,
    docs="Whether neurons may announce loopback addresses: set at genesis where a whole network lives on one machine.",
)

SUBNET_MECHANISM = StorageValue(
    PALLET,
    "SubnetMechanism",
    U16,
    default=1,
    docs="Mechanism of subnets that are registered: 1, as on the public chain, trades alpha; 0 keeps it equal to TAO.",
)
SLOT_DURATION = StorageValue(
    PALLET,
    "SlotDuration",
    U64,
    default=1_000,
    docs="Milliseconds from block to block, as they were meant at genesis; `Aura.SlotDuration` says the same.",
)
FAUCET = StorageValue(
    PALLET,
    "Faucet",
    BOOL,
    default=False,
    docs="Whether anybody may draw from the faucet: set at genesis of chains whose money is worth nothing.",
)
ROOT_CLAIM_RESERVE = StorageMap(
    PALLET,
    "RootClaimReserve",
    (IDENTITY, NET_UID),
    ALPHA,
    default=0,
    docs="Alpha of a subnet that was paid to root stake and not yet claimed, dust of roundings included.",
)

"""Rules that only this ledger has; a plain subtensor lacks this pallet, and clients must do without it."""

from chain.runtime.storage import StorageValue
from chain.scale.types import BOOL

PALLET = "Hive"

LOOPBACK_AXONS = StorageValue(
    PALLET,
    "LoopbackAxons",
    BOOL,
    default=False,
    docs="Whether neurons may announce loopback addresses: set at genesis where a whole network lives on one machine.",
)

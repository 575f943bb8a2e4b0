"""The module set of this chain: the one place where pallets become a runtime."""

from chain.runtime import balances, commitments, hive, payment, sudo, supply, system, timestamp, utility
from chain.runtime.assembly import Runtime
from chain.runtime.pallet import Pallet, build_pallet
from chain.runtime.subtensor import MODULES as SUBTENSOR

PALLETS: tuple[Pallet, ...] = (
    build_pallet("System", 0, "frame_system", [system]),
    build_pallet("Timestamp", 2, "pallet_timestamp", [timestamp]),
    build_pallet("Balances", 5, "pallet_balances", [balances, supply]),
    build_pallet("TransactionPayment", 6, "pallet_transaction_payment", [payment]),
    build_pallet("SubtensorModule", 7, "pallet_subtensor", SUBTENSOR),
    build_pallet("Utility", 11, "pallet_subtensor_utility", [utility]),
    build_pallet("Sudo", 12, "pallet_sudo", [sudo]),
    build_pallet("Commitments", 18, "pallet_commitments", [commitments]),
    build_pallet("Hive", 200, "pallet_hive", [hive]),
)

RUNTIME = Runtime(PALLETS)
RUNTIME.bind()

"""The module set of this chain: the one place where pallets become a runtime."""

from chain.runtime import balances, payment, sudo, system, timestamp, utility
from chain.runtime.assembly import Runtime
from chain.runtime.pallet import Pallet, build_pallet

PALLETS: tuple[Pallet, ...] = (
    build_pallet("System", 0, "frame_system", [system]),
    build_pallet("Timestamp", 2, "pallet_timestamp", [timestamp]),
    build_pallet("Balances", 5, "pallet_balances", [balances]),
    build_pallet("TransactionPayment", 6, "pallet_transaction_payment", [payment]),
    build_pallet("Utility", 11, "pallet_subtensor_utility", [utility]),
    build_pallet("Sudo", 12, "pallet_sudo", [sudo]),
)

RUNTIME = Runtime(PALLETS)
RUNTIME.bind()

"""The module set of this chain: the one place where pallets become a runtime."""

from chain.crypto import blake2_256
from chain.runtime import (
    admin,
    admin_access,
    admin_chain,
    admin_structure,
    admin_subnets,
    aura,
    balance_locks,
    balances,
    commitments,
    deposits,
    drand,
    hive,
    multisig,
    payment,
    sudo,
    swap,
    system,
    timestamp,
    utility,
)
from chain.runtime.api import Api
from chain.runtime.apis import CORE_APIS
from chain.runtime.assembly import Runtime
from chain.runtime.pallet import Pallet, build_pallet
from chain.runtime.proxy import MODULES as PROXY
from chain.runtime.proxy import filters
from chain.runtime.subtensor import MODULES as SUBTENSOR
from chain.runtime.subtensor import pools
from chain.runtime.subtensor.interfaces import APIS as SUBTENSOR_APIS
from chain.state.overlay import MemoryState

PALLETS: tuple[Pallet, ...] = (
    build_pallet("System", 0, "frame_system", [system]),
    build_pallet("Timestamp", 2, "pallet_timestamp", [timestamp]),
    build_pallet("Aura", 3, "pallet_aura", [aura]),
    build_pallet("Balances", 5, "pallet_balances", [balances, balance_locks, deposits]),
    build_pallet("TransactionPayment", 6, "pallet_transaction_payment", [payment]),
    build_pallet("SubtensorModule", 7, "pallet_subtensor", SUBTENSOR),
    build_pallet("Utility", 11, "pallet_subtensor_utility", [utility]),
    build_pallet("Sudo", 12, "pallet_sudo", [sudo]),
    build_pallet("Multisig", 13, "pallet_multisig", [multisig]),
    build_pallet("Proxy", 16, "pallet_subtensor_proxy", PROXY),
    build_pallet("Commitments", 18, "pallet_commitments", [commitments]),
    build_pallet(
        "AdminUtils", 19, "pallet_admin_utils", [admin_access, admin, admin_chain, admin_subnets, admin_structure]
    ),
    build_pallet("Drand", 26, "pallet_drand", [drand]),
    build_pallet("Swap", 28, "pallet_subtensor_swap", [pools, swap]),
    build_pallet("Hive", 200, "pallet_hive", [hive]),
)

APIS: tuple[Api, ...] = (*CORE_APIS, aura.API, *SUBTENSOR_APIS, filters.API)

RUNTIME = Runtime(PALLETS, APIS)
RUNTIME.bind()

METADATA_V14 = RUNTIME.metadata_v14(MemoryState())
METADATA_V15 = RUNTIME.metadata_v15(MemoryState())
RUNTIME_CODE = blake2_256(METADATA_V15)
"""Stands in ``:code``: differs wherever the metadata does, but for what genesis decides."""

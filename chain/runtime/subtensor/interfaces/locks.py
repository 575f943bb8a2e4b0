"""Locked stake as StakeInfoRuntimeApi tells it: stake is never locked here, so that all of it is available."""

from typing import Annotated

from chain.runtime.api import ApiContext
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.interfaces.shapes import CompactAlpha
from chain.runtime.subtensor.stake import get_stake
from chain.runtime.subtensor.subnets import get_all_netuids
from chain.runtime.subtensor.types import U64F64
from chain.runtime.types import ACCOUNT_ID, NET_UID, AccountId, Alpha, NetUid
from chain.scale.collections import BTreeMap
from chain.scale.composite import struct
from chain.scale.hints import of, u64


@struct("pallet_subtensor::rpc_info::stake_info::StakeAvailability")
class StakeAvailability:
    """Stake of a coldkey in a subnet, on all hotkeys."""

    total: CompactAlpha
    locked: CompactAlpha
    available: CompactAlpha


@struct("pallet_subtensor::staking::lock::LockState")
class LockState:
    """A lock of a coldkey in a subnet."""

    locked_mass: Alpha
    conviction: U64F64
    last_update: u64


_BY_NETUID = BTreeMap(NET_UID, of(StakeAvailability))
Availability = Annotated[dict[bytes, dict[int, StakeAvailability]], BTreeMap(ACCOUNT_ID, _BY_NETUID)]


def get_stake_availability_for_coldkeys(
    ctx: ApiContext, coldkey_accounts: list[AccountId], netuids: list[NetUid] | None
) -> Availability:
    """What coldkeys could sell in the subnets named (none: in all) where they stake.

    No subnets named, or more than there are, are none.
    """
    existing = get_all_netuids(ctx.state)
    asked = set(existing if netuids is None else netuids)
    chosen = [netuid for netuid in existing if netuid in asked] if len(asked) <= len(existing) else []
    return {coldkey: _describe(ctx.state, coldkey, chosen) for coldkey in coldkey_accounts}


def get_coldkey_lock(ctx: ApiContext, coldkey: AccountId, netuid: NetUid) -> LockState | None:
    """What a coldkey locked in a subnet: nothing."""
    return None


def get_hotkey_conviction(ctx: ApiContext, hotkey: AccountId, netuid: NetUid) -> U64F64:
    """How long stake on a hotkey has been locked: not at all."""
    return 0


def get_most_convicted_hotkey_on_subnet(ctx: ApiContext, netuid: NetUid) -> AccountId | None:
    """The hotkey with the most locked stake: none."""
    return None


def _describe(state: StateReader, coldkey: bytes, netuids: list[int]) -> dict[int, StakeAvailability]:
    hotkeys = storage.STAKING_HOTKEYS.get(state, coldkey)
    totals = {netuid: sum(get_stake(state, hotkey, coldkey, netuid) for hotkey in hotkeys) for netuid in netuids}
    return {netuid: StakeAvailability(total, 0, total) for netuid, total in totals.items() if total}

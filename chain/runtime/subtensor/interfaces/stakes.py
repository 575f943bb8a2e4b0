"""StakeInfoRuntimeApi: who stakes how much on whom."""

from chain.runtime.api import Api, ApiContext
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.interfaces.locks import (
    get_coldkey_lock,
    get_hotkey_conviction,
    get_most_convicted_hotkey_on_subnet,
    get_stake_availability_for_coldkeys,
)
from chain.runtime.subtensor.interfaces.shapes import CompactAlpha, CompactNetUid, CompactTao
from chain.runtime.subtensor.pools import get_pool
from chain.runtime.subtensor.stake import get_stake
from chain.runtime.subtensor.subnets import get_all_netuids
from chain.runtime.types import AccountId, NetUid
from chain.scale.composite import struct
from chain.scale.hints import CompactU64, u64


@struct("pallet_subtensor::rpc_info::stake_info::StakeInfo")
class StakeInfo:
    """Stake of a coldkey on a hotkey in a subnet; ``emission`` is the hotkey's dividends of the last epoch."""

    hotkey: AccountId
    coldkey: AccountId
    netuid: CompactNetUid
    stake: CompactAlpha
    locked: CompactU64
    emission: CompactAlpha
    tao_emission: CompactTao
    drain: CompactU64
    is_registered: bool


def get_stake_info_for_coldkey(ctx: ApiContext, coldkey_account: AccountId) -> list[StakeInfo]:
    """All stakes of a coldkey."""
    state, netuids = ctx.state, get_all_netuids(ctx.state)
    hotkeys = storage.STAKING_HOTKEYS.get(state, coldkey_account)
    found = [_describe(state, hotkey, coldkey_account, netuid) for netuid in netuids for hotkey in hotkeys]
    return [info for info in found if info.stake]


def get_stake_info_for_coldkeys(
    ctx: ApiContext, coldkey_accounts: list[AccountId]
) -> list[tuple[AccountId, list[StakeInfo]]]:
    """All stakes of several coldkeys."""
    return [(coldkey, get_stake_info_for_coldkey(ctx, coldkey)) for coldkey in coldkey_accounts]


def get_stake_info_for_hotkey_coldkey_netuid(
    ctx: ApiContext, hotkey_account: AccountId, coldkey_account: AccountId, netuid: NetUid
) -> StakeInfo | None:
    """Stake of a coldkey on a hotkey in one subnet, which may be none."""
    return _describe(ctx.state, hotkey_account, coldkey_account, netuid)


def get_stake_fee(
    ctx: ApiContext,
    origin: tuple[AccountId, NetUid] | None,
    origin_coldkey_account: AccountId,
    destination: tuple[AccountId, NetUid] | None,
    destination_coldkey_account: AccountId,
    amount: u64,
) -> u64:
    """Fee of moving ``amount`` from the origin (none: the free balance) to the destination, in the amount's unit.

    It is that of the destination's pool, or the origin's where the destination is the free balance.
    """
    place = destination or origin
    return get_pool(ctx.state, place[1]).get_fee(amount) if place and destination != origin else 0


def _describe(state: StateReader, hotkey: bytes, coldkey: bytes, netuid: int) -> StakeInfo:
    return StakeInfo(
        hotkey=hotkey,
        coldkey=coldkey,
        netuid=netuid,
        stake=get_stake(state, hotkey, coldkey, netuid),
        locked=0,
        emission=storage.ALPHA_DIVIDENDS_PER_SUBNET.get(state, netuid, hotkey),
        tao_emission=0,
        drain=0,
        is_registered=storage.IS_NETWORK_MEMBER.get(state, hotkey, netuid),
    )


API = Api(
    "StakeInfoRuntimeApi",
    (
        get_stake_info_for_coldkey,
        get_stake_info_for_coldkeys,
        get_stake_info_for_hotkey_coldkey_netuid,
        get_stake_availability_for_coldkeys,
        get_stake_fee,
        get_coldkey_lock,
        get_hotkey_conviction,
        get_most_convicted_hotkey_on_subnet,
    ),
)

"""DelegateInfoRuntimeApi: hotkeys that others may stake on, and who does."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from chain.runtime.api import Api, ApiContext
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.interfaces.shapes import CompactAlpha, CompactNetUid, CompactTao, at
from chain.runtime.subtensor.stake import ROOT_NETUID, get_stake
from chain.runtime.subtensor.subnets import get_all_netuids
from chain.runtime.types import AccountId
from chain.scale.composite import struct
from chain.scale.hints import CompactU16

BLOCKS_PER_DAY = 7_200
RAO_PER_1000_TAO = 1_000_000_000_000
U16_MAX = 65_535


@struct("pallet_subtensor::rpc_info::delegate_info::DelegateInfo")
class DelegateInfo:
    """A hotkey with those who stake on it.

    What it earns in a day, as its last epochs paid, and of that per 1000 TAO of its root stake, is in rao.
    """

    delegate_ss58: AccountId
    take: CompactU16
    nominators: list[tuple[AccountId, list[tuple[CompactNetUid, CompactAlpha]]]]
    owner_ss58: AccountId
    registrations: list[CompactNetUid]
    validator_permits: list[CompactNetUid]
    return_per_1000: CompactTao
    total_daily_return: CompactTao


def get_delegates(ctx: ApiContext) -> list[DelegateInfo]:
    """All delegates: hotkeys whose take is known."""
    return [_describe(ctx.state, hotkey) for hotkey, _ in storage.DELEGATES.items(ctx.state)]


def get_delegate(ctx: ApiContext, delegate_account: AccountId) -> DelegateInfo | None:
    """A delegate with those who stake on it; nothing for another key."""
    if not storage.DELEGATES.contains(ctx.state, delegate_account):
        return None
    return _describe(ctx.state, delegate_account)


def get_delegated(
    ctx: ApiContext, delegatee_account: AccountId
) -> list[tuple[DelegateInfo, tuple[CompactNetUid, CompactAlpha]]]:
    """Delegates that a coldkey stakes on, once for each subnet, without those who stake beside it."""
    state = ctx.state
    return [
        (replace(_describe(state, hotkey), nominators=[]), position)
        for hotkey, _ in storage.DELEGATES.items(state)
        for position in _positions(state, hotkey, delegatee_account)
    ]


def _describe(state: StateReader, hotkey: bytes) -> DelegateInfo:
    take = storage.DELEGATES.get(state, hotkey)
    registrations = [netuid for (_, netuid), member in storage.IS_NETWORK_MEMBER.items(state, hotkey) if member]
    daily = int(sum(_daily_return(state, hotkey, netuid) for netuid in registrations))
    staked = storage.TOTAL_HOTKEY_ALPHA.get(state, hotkey, ROOT_NETUID)
    shared = daily * (U16_MAX - take) // U16_MAX
    return DelegateInfo(
        delegate_ss58=hotkey,
        take=take,
        nominators=[(coldkey, list(_positions(state, hotkey, coldkey))) for coldkey in _nominators(state, hotkey)],
        owner_ss58=storage.OWNER.get(state, hotkey),
        registrations=registrations,
        validator_permits=[netuid for netuid in registrations if _has_permit(state, hotkey, netuid)],
        return_per_1000=shared * RAO_PER_1000_TAO // staked if staked else 0,
        total_daily_return=daily,
    )


def _nominators(state: StateReader, hotkey: bytes) -> list[bytes]:
    return list(dict.fromkeys(coldkey for (_, coldkey, _), _ in storage.ALPHA.items(state, hotkey)))


def _positions(state: StateReader, hotkey: bytes, coldkey: bytes) -> Iterator[tuple[int, int]]:
    for netuid in get_all_netuids(state):
        stake = get_stake(state, hotkey, coldkey, netuid)
        if stake:
            yield netuid, stake


def _has_permit(state: StateReader, hotkey: bytes, netuid: int) -> bool:
    uid, permits = storage.UIDS.get(state, netuid, hotkey), storage.VALIDATOR_PERMIT.get(state, netuid)
    return uid is not None and uid < len(permits) and permits[uid]


def _daily_return(state: StateReader, hotkey: bytes, netuid: int) -> Fraction:
    uid, tempo = storage.UIDS.get(state, netuid, hotkey), storage.TEMPO.get(state, netuid)
    if uid is None or not tempo:
        return Fraction()
    return Fraction(at(storage.EMISSION.get(state, netuid), uid) * BLOCKS_PER_DAY, tempo)


API = Api("DelegateInfoRuntimeApi", (get_delegates, get_delegate, get_delegated))

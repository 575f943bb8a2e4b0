"""AdminUtils: what a subnet is made of: its owner's hotkey, its mechanisms, its size."""

from typing import Annotated

from chain.runtime.admin_access import ensure_owner
from chain.runtime.dispatch import Context, Root, call
from chain.runtime.errors import BadOrigin
from chain.runtime.subtensor import key_storage, storage
from chain.runtime.subtensor.errors import InvalidValue
from chain.runtime.subtensor.key_events import SubnetOwnerHotkeySet
from chain.runtime.subtensor.mechanisms import ensure_few_uids, forget_mechanisms
from chain.runtime.subtensor.pauses import Deed, rest_after_handover
from chain.runtime.subtensor.subnets import ensure_subnet
from chain.runtime.subtensor.trimming import trim
from chain.runtime.types import AccountId, MechId, NetUid
from chain.scale.containers import Option, Vec
from chain.scale.hints import TypeName, u16
from chain.scale.types import U16

U16_MAX = 65_535

MaybeSplit = Annotated[list[int] | None, Option(Vec(U16)), TypeName("Option<Vec<u16>>")]


@call(64, weight=20_000_000)
def sudo_set_subnet_owner_hotkey(ctx: Context, netuid: NetUid, hotkey: AccountId) -> None:
    """Set which hotkey stands for a subnet's owner, by an older name."""
    sudo_set_sn_owner_hotkey(ctx, netuid, hotkey)


@call(67, weight=20_000_000)
def sudo_set_sn_owner_hotkey(ctx: Context, netuid: NetUid, hotkey: AccountId) -> None:
    """Set which hotkey stands for a subnet's owner; for root and the owner, once a week."""
    if not isinstance(ctx.origin, Root) and ctx.signer() != storage.SUBNET_OWNER.get(ctx.state, netuid):
        raise BadOrigin("this call is reserved to root and the owner of the subnet")
    ensure_subnet(ctx.state, netuid)
    rest_after_handover(ctx, netuid)
    storage.SUBNET_OWNER_HOTKEY.put(ctx.state, netuid, hotkey)
    ctx.deposit(SubnetOwnerHotkeySet(netuid, hotkey))


@call(76, weight=20_000_000)
def sudo_set_mechanism_count(ctx: Context, netuid: NetUid, mechanism_count: MechId) -> None:
    """Set how many mechanisms a subnet has; what those beyond knew is forgotten, and the split is even again."""
    ensure_owner(ctx, netuid, Deed.MechanismCountUpdate)
    state = ctx.state
    if not 1 <= mechanism_count <= storage.MAX_MECHANISM_COUNT.get(state):
        raise InvalidValue
    ensure_few_uids(storage.MAX_ALLOWED_UIDS.get(state, netuid), mechanism_count)
    before = storage.MECHANISM_COUNT_CURRENT.get(state, netuid)
    if mechanism_count == before:
        return
    forget_mechanisms(state, netuid, mechanism_count, before)
    storage.MECHANISM_COUNT_CURRENT.put(state, netuid, mechanism_count)
    key_storage.MECHANISM_EMISSION_SPLIT.remove(state, netuid)


@call(77, weight=20_000_000)
def sudo_set_mechanism_emission_split(ctx: Context, netuid: NetUid, maybe_split: MaybeSplit) -> None:
    """Set the parts of a subnet's emission by mechanism, which sum to 65535; even where none are given."""
    ensure_owner(ctx, netuid, Deed.MechanismEmission)
    if maybe_split is None:
        key_storage.MECHANISM_EMISSION_SPLIT.remove(ctx.state, netuid)
        return
    count = storage.MECHANISM_COUNT_CURRENT.get(ctx.state, netuid)
    if not 1 <= len(maybe_split) <= count or sum(maybe_split) != U16_MAX:
        raise InvalidValue
    key_storage.MECHANISM_EMISSION_SPLIT.put(ctx.state, netuid, maybe_split)


@call(78, weight=880_200_000)
def sudo_trim_to_max_allowed_uids(ctx: Context, netuid: NetUid, max_n: u16) -> None:
    """Make a subnet smaller: the neurons with the least emission go, those that may not be replaced stay."""
    ensure_owner(ctx, netuid, Deed.MaxUidsTrimming)
    trim(ctx.state, netuid, max_n, ctx.block_number)

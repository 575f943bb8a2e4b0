"""AdminUtils: what a subnet is made of: its owner's hotkey, its mechanisms, its size."""

from typing import Annotated

from chain.runtime.admin import ensure_owner
from chain.runtime.dispatch import Context, call
from chain.runtime.subtensor import key_storage, storage
from chain.runtime.subtensor.errors import InvalidValue
from chain.runtime.subtensor.key_errors import TooManyUIDsPerMechanism
from chain.runtime.subtensor.key_events import SubnetOwnerHotkeySet
from chain.runtime.subtensor.mechanisms import forget_mechanisms
from chain.runtime.subtensor.ownership import ensure_owner as ensure_owner_of_hotkey
from chain.runtime.subtensor.storage_index import storage_index
from chain.runtime.subtensor.trimming import trim
from chain.runtime.subtensor.types import Hyperparameter
from chain.runtime.types import AccountId, MechId, NetUid
from chain.scale.containers import Option, Vec
from chain.scale.hints import TypeName, u16
from chain.scale.types import U16

U16_MAX = 65_535
MOST_UIDS_OF_ALL_MECHANISMS = 256

MaybeSplit = Annotated[list[int] | None, Option(Vec(U16)), TypeName("Option<Vec<u16>>")]


@call(64, weight=20_000_000)
def sudo_set_subnet_owner_hotkey(ctx: Context, netuid: NetUid, hotkey: AccountId) -> None:
    """Set which of its hotkeys stands for a subnet's owner."""
    sudo_set_sn_owner_hotkey(ctx, netuid, hotkey)


@call(67, weight=20_000_000)
def sudo_set_sn_owner_hotkey(ctx: Context, netuid: NetUid, hotkey: AccountId) -> None:
    """Set which of its hotkeys stands for a subnet's owner."""
    ensure_owner(ctx, netuid, Hyperparameter.Unknown)
    ensure_owner_of_hotkey(ctx.state, storage.SUBNET_OWNER.get(ctx.state, netuid), hotkey)
    storage.SUBNET_OWNER_HOTKEY.put(ctx.state, netuid, hotkey)
    ctx.deposit(SubnetOwnerHotkeySet(netuid, hotkey))


@call(76, weight=20_000_000)
def sudo_set_mechanism_count(ctx: Context, netuid: NetUid, mechanism_count: MechId) -> None:
    """Set how many mechanisms a subnet has; what those beyond knew is forgotten, and the split is even again."""
    ensure_owner(ctx, netuid, Hyperparameter.Unknown)
    state = ctx.state
    if not 1 <= mechanism_count <= storage.MAX_MECHANISM_COUNT.get(state):
        raise InvalidValue
    if mechanism_count > 1 and (
        storage.MAX_ALLOWED_UIDS.get(state, netuid) * mechanism_count > MOST_UIDS_OF_ALL_MECHANISMS
    ):
        raise TooManyUIDsPerMechanism
    before = storage.MECHANISM_COUNT_CURRENT.get(state, netuid)
    forget_mechanisms(state, netuid, mechanism_count, before)
    size = storage.SUBNETWORK_N.get(state, netuid)
    for mechanism in range(before, mechanism_count):
        storage.INCENTIVE.put(state, storage_index(netuid, mechanism), [0] * size)
        storage.LAST_UPDATE.put(state, storage_index(netuid, mechanism), [0] * size)
    storage.MECHANISM_COUNT_CURRENT.put(state, netuid, mechanism_count)
    key_storage.MECHANISM_EMISSION_SPLIT.remove(state, netuid)


@call(77, weight=20_000_000)
def sudo_set_mechanism_emission_split(ctx: Context, netuid: NetUid, maybe_split: MaybeSplit) -> None:
    """Set the parts of a subnet's emission by mechanism, which sum to 65535; even where none are given."""
    ensure_owner(ctx, netuid, Hyperparameter.Unknown)
    if maybe_split is None:
        key_storage.MECHANISM_EMISSION_SPLIT.remove(ctx.state, netuid)
        return
    count = storage.MECHANISM_COUNT_CURRENT.get(ctx.state, netuid)
    if len(maybe_split) != count or sum(maybe_split) != U16_MAX:
        raise InvalidValue
    key_storage.MECHANISM_EMISSION_SPLIT.put(ctx.state, netuid, maybe_split)


@call(78, weight=880_200_000)
def sudo_trim_to_max_allowed_uids(ctx: Context, netuid: NetUid, max_n: u16) -> None:
    """Make a subnet smaller: the neurons with the least emission go, those that may not be replaced stay."""
    ensure_owner(ctx, netuid, Hyperparameter.MaxAllowedUids)
    trim(ctx.state, netuid, max_n, ctx.block_number)

"""Claiming root dividends: by hand, or by the chain, which claims for a few coldkeys in every block.

What is claimed is sold and staked on root (``Swap``), or kept as stake in its subnet (``Keep``), on the hotkey that
earned it. Less than the subnet's threshold is not worth claiming.
"""

from typing import Annotated

from chain.runtime.dispatch import Context, Root, call
from chain.runtime.errors import BadOrigin
from chain.runtime.fixed import U64_MAX
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import claims, stake_storage, storage
from chain.runtime.subtensor.errors import AmountTooLow, InsufficientLiquidity
from chain.runtime.subtensor.pools import sell_alpha
from chain.runtime.subtensor.reserves import change_alpha_out, change_tao
from chain.runtime.subtensor.stake import ROOT_NETUID, get_stake, increase_stake
from chain.runtime.subtensor.stake_errors import InvalidNumRootClaim, InvalidRootClaimThreshold, InvalidSubnetNumber
from chain.runtime.subtensor.stake_events import RootClaimed, RootClaimTypeSet
from chain.runtime.subtensor.subnets import get_netuids
from chain.runtime.subtensor.types import NET_UID_SET, Keep, KeepSubnets, RootClaimType
from chain.runtime.system import PARENT_HASH
from chain.runtime.types import NetUid
from chain.scale.hints import TypeName, u64

MOST_SUBNETS = 5
MOST_ROOT_CLAIMS = 50
HIGHEST_THRESHOLD = 10_000_000

Subnets = Annotated[list[int], NET_UID_SET, TypeName("BTreeSet<NetUid>")]


@call(121, weight=117_000_000)
def claim_root(ctx: Context, subnets: Subnets) -> None:
    """Claim the caller's root dividends of up to five subnets."""
    coldkey = ctx.signer()
    if not 0 < len(subnets) <= MOST_SUBNETS:
        raise InvalidSubnetNumber
    claims.remember_coldkey(ctx.state, coldkey)
    claim_for(ctx, coldkey, subnets)
    ctx.deposit(RootClaimed(coldkey))


@call(122, weight=19_420_000)
def set_root_claim_type(ctx: Context, new_root_claim_type: RootClaimType) -> None:
    """Say what becomes of the caller's root dividends."""
    coldkey = ctx.signer()
    if isinstance(new_root_claim_type, KeepSubnets) and not new_root_claim_type.subnets:
        raise InvalidSubnetNumber
    claims.remember_coldkey(ctx.state, coldkey)
    stake_storage.ROOT_CLAIM_TYPE_OF.put(ctx.state, coldkey, new_root_claim_type)
    ctx.deposit(RootClaimTypeSet(coldkey, new_root_claim_type))


@call(123, weight=4_000_000)
def sudo_set_num_root_claims(ctx: Context, new_value: u64) -> None:
    """Set for how many coldkeys the chain claims in each block; root only."""
    ctx.ensure_root()
    if new_value > MOST_ROOT_CLAIMS:
        raise InvalidNumRootClaim
    stake_storage.NUM_ROOT_CLAIM.put(ctx.state, new_value)


@call(124, weight=5_711_000)
def sudo_set_root_claim_threshold(ctx: Context, netuid: NetUid, new_value: u64) -> None:
    """Set the least alpha of a subnet that is claimed; for root and the owner."""
    if not isinstance(ctx.origin, Root) and ctx.signer() != storage.SUBNET_OWNER.get(ctx.state, netuid):
        raise BadOrigin("this call is reserved to root and the owner of the subnet")
    if new_value > HIGHEST_THRESHOLD:
        raise InvalidRootClaimThreshold
    stake_storage.ROOT_CLAIMABLE_THRESHOLD.put(ctx.state, netuid, new_value << 32)


def claim_for_some(ctx: Context) -> None:
    """Claim for coldkeys that the parent's hash picks."""
    state = ctx.state
    known, wanted = stake_storage.NUM_STAKING_COLDKEYS.get(state), stake_storage.NUM_ROOT_CLAIM.get(state)
    if not known:
        return
    netuids = get_netuids(state)
    for number in choose_numbers(PARENT_HASH.get(state), wanted, known):
        coldkey = stake_storage.STAKING_COLDKEYS_BY_INDEX.get(state, number)
        if coldkey is not None:
            claim_for(ctx, coldkey, netuids)


def choose_numbers(seed: bytes, wanted: int, known: int) -> list[int]:
    """Up to ``wanted`` of the numbers below ``known``, ascending: each as far from the last as one of the seed's four
    words (big-endian) says, in turn."""
    words = [int.from_bytes(seed[at : at + 8], "big") for at in range(0, 32, 8)]
    chosen, last = set(), words[0]
    for step in range(wanted):
        last = min(last + words[step % 4], U64_MAX) % known
        chosen.add(last)
    return sorted(chosen)


def claim_for(ctx: Context, coldkey: bytes, netuids: list[int]) -> None:
    """Claim everything that a coldkey is owed in some subnets, where a pool can pay it."""
    state = ctx.state
    for hotkey in storage.STAKING_HOTKEYS.get(state, coldkey):
        rates = stake_storage.ROOT_CLAIMABLE.get(state, hotkey)
        for netuid in (netuid for netuid in netuids if netuid in rates):
            try:
                with state.transaction():
                    _claim(ctx, netuid, hotkey, coldkey)
            except (InsufficientLiquidity, AmountTooLow):
                continue


def _claim(ctx: Context, netuid: int, hotkey: bytes, coldkey: bytes) -> None:
    state = ctx.state
    root_stake = get_stake(state, hotkey, coldkey, ROOT_NETUID)
    owed = claims.get_owed(state, netuid, hotkey, coldkey, root_stake)
    if owed == 0 or owed << 32 < stake_storage.ROOT_CLAIMABLE_THRESHOLD.get(state, netuid):
        raise AmountTooLow
    claims.take_owed(state, netuid, hotkey, coldkey, owed)
    if keeps_alpha(state, coldkey, netuid):
        increase_stake(state, hotkey, coldkey, netuid, owed)
        return
    tao = sell_alpha(state, netuid, owed, free=True).received
    change_tao(state, ROOT_NETUID, tao)
    change_alpha_out(state, ROOT_NETUID, tao)
    increase_stake(state, hotkey, coldkey, ROOT_NETUID, tao)


def keeps_alpha(state: StateReader, coldkey: bytes, netuid: int) -> bool:
    """Whether a coldkey wants its root dividends of a subnet left as they are."""
    chosen = stake_storage.ROOT_CLAIM_TYPE_OF.get(state, coldkey)
    return isinstance(chosen, Keep) or (isinstance(chosen, KeepSubnets) and netuid in chosen.subnets)

"""How long one must wait before doing something again: accounts on a subnet, and owners with the rules of theirs."""

from collections.abc import Mapping
from enum import IntEnum

from chain.runtime.dispatch import Context
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import key_storage, stake_storage, storage
from chain.runtime.subtensor.errors import TxRateLimitExceeded
from chain.runtime.subtensor.types import Hyperparameter, OwnerHyperparamUpdate, SetSNOwnerHotkey
from chain.state.overlay import State

DAY_BLOCKS = 7_200
HANDOVER_PAUSE = 50_400
CHILDREN_PAUSE = 150
SHORTEST_TEMPO = 360


class Deed(IntEnum):
    """What an account does seldom on a subnet; the number is its key in ``TransactionKeyLastBlock``."""

    SetChildren = 0
    SetChildkeyTake = 1
    SetWeightsVersionKey = 4
    MechanismCountUpdate = 7
    MechanismEmission = 8
    MaxUidsTrimming = 9
    TempoUpdate = 11


_OF_OWNERS = (Deed.MechanismCountUpdate, Deed.MechanismEmission, Deed.MaxUidsTrimming, Deed.TempoUpdate)
_FIXED: Mapping[Deed, int] = {
    Deed.SetChildren: CHILDREN_PAUSE,
    Deed.TempoUpdate: SHORTEST_TEMPO,
    Deed.MechanismCountUpdate: DAY_BLOCKS,
    Deed.MechanismEmission: DAY_BLOCKS,
    Deed.MaxUidsTrimming: 30 * DAY_BLOCKS,
}
"""Blocks, where no rule of the chain says how many."""


def get_pause(state: StateReader, deed: Deed, netuid: int) -> int:
    """Blocks to wait before doing it again.

    Those of owners that nobody can set are one block where owners' rules may change at any time.
    """
    if deed is Deed.SetChildkeyTake:
        return stake_storage.TX_CHILDKEY_TAKE_RATE_LIMIT.get(state)
    if deed is Deed.SetWeightsVersionKey:
        return storage.TEMPO.get(state, netuid) * key_storage.WEIGHTS_VERSION_KEY_RATE_LIMIT.get(state)
    if deed in _OF_OWNERS and not storage.OWNER_HYPERPARAM_RATE_LIMIT.get(state):
        return 1
    return _FIXED[deed]


def has_rested(state: StateReader, deed: Deed, account: bytes, netuid: int, block: int) -> bool:
    """Whether the account may do it again in this block."""
    last = key_storage.TRANSACTION_KEY_LAST_BLOCK.get(state, account, netuid, deed)
    return not last or block - last >= get_pause(state, deed, netuid)


def note(state: State, deed: Deed, account: bytes, netuid: int, block: int) -> None:
    """Note that the account did it."""
    key_storage.TRANSACTION_KEY_LAST_BLOCK.put(state, (account, netuid, int(deed)), block)


def rest(ctx: Context, netuid: int, what: Deed | Hyperparameter) -> None:
    """Let the caller pass who waited long enough to do this, or to change this rule, and note that it did.

    Raises:
        TxRateLimitExceeded: it must wait.
    """
    state, block = ctx.state, ctx.block_number
    if isinstance(what, Deed):
        if not has_rested(state, what, ctx.signer(), netuid, block):
            raise TxRateLimitExceeded
        note(state, what, ctx.signer(), netuid, block)
        return
    pause = storage.OWNER_HYPERPARAM_RATE_LIMIT.get(state) * storage.TEMPO.get(state, netuid)
    _rest(ctx, OwnerHyperparamUpdate(netuid, what), pause)


def rest_after_handover(ctx: Context, netuid: int) -> None:
    """Let the caller pass where the hotkey of a subnet's owner was not changed for a week.

    Raises:
        TxRateLimitExceeded: it was.
    """
    _rest(ctx, SetSNOwnerHotkey(netuid), HANDOVER_PAUSE)


def _rest(ctx: Context, key: OwnerHyperparamUpdate | SetSNOwnerHotkey, pause: int) -> None:
    last = storage.LAST_RATE_LIMITED_BLOCK.get(ctx.state, key)
    if last and ctx.block_number - last < pause:
        raise TxRateLimitExceeded
    storage.LAST_RATE_LIMITED_BLOCK.put(ctx.state, key, ctx.block_number)

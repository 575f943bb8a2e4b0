"""Which calls may enter a block at all, beyond what every transaction must satisfy.

* A free call that fails is not included: it would cost others space and its sender nothing. Clients learn why from
  the number of the custom error.
* A coldkey that announced its replacement may do nothing else; one whose replacement is disputed, nothing at all.
"""

from collections.abc import Mapping

from chain.runtime import system, timestamp
from chain.runtime.dispatch import Call, Context, Signed
from chain.runtime.errors import CustomInvalid, DispatchError
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import coldkey_swaps, errors, key_errors, key_storage, stake_errors
from chain.runtime.types import Pays
from chain.state.overlay import State

COLDKEY_IN_SWAP_SCHEDULE = 0
COLDKEY_SWAP_DISPUTED = 21
BAD_REQUEST = 255

CODES: Mapping[type[DispatchError], int] = {
    errors.NotEnoughStakeToSetWeights: 1,
    errors.AmountTooLow: 1,
    errors.NotEnoughBalanceToStake: 2,
    errors.SubnetNotExists: 3,
    errors.HotKeyAccountNotExists: 4,
    errors.NotEnoughStakeToWithdraw: 5,
    errors.SettingWeightsTooFast: 6,
    errors.CommittingWeightsTooFast: 6,
    errors.DelegateTxRateLimitExceeded: 6,
    errors.TxRateLimitExceeded: 6,
    errors.InsufficientLiquidity: 7,
    stake_errors.SlippageTooHigh: 8,
    stake_errors.TransferDisallowed: 9,
    errors.HotKeyNotRegisteredInNetwork: 10,
    errors.InvalidIpType: 11,
    errors.InvalidIpAddress: 11,
    errors.ServingRateLimitExceeded: 12,
    errors.InvalidPort: 13,
    key_errors.InvalidRevealRound: 15,
    errors.NoWeightsCommitFound: 16,
    errors.InvalidRevealCommitHashNotMatch: 16,
    errors.RevealTooEarly: 17,
    errors.ExpiredWeightCommit: 17,
    key_errors.InputLengthsUnequal: 18,
    errors.NonAssociatedColdKey: 25,
    errors.DelegateTakeTooLow: 26,
    errors.DelegateTakeTooHigh: 27,
}
"""Numbers by which the dialect tells why a transaction is refused; the rest is ``BAD_REQUEST``."""

_SWAP_CALLS = (
    coldkey_swaps.announce_coldkey_swap,
    coldkey_swaps.swap_coldkey_announced,
    coldkey_swaps.dispute_coldkey_swap,
    coldkey_swaps.clear_coldkey_swap_announcement,
)


def ensure_may_act(state: StateReader, account: bytes, call: Call) -> None:
    """Let only accounts pass that are not about to be replaced, or deal with just that.

    Raises:
        CustomInvalid: the account is frozen.
    """
    if key_storage.COLDKEY_SWAP_DISPUTES.contains(state, account):
        raise CustomInvalid(COLDKEY_SWAP_DISPUTED, "the coldkey's swap is disputed")
    if call.declaration not in _SWAP_CALLS and key_storage.COLDKEY_SWAP_ANNOUNCEMENTS.contains(state, account):
        raise CustomInvalid(COLDKEY_IN_SWAP_SCHEDULE, "the coldkey is about to be swapped")


def ensure_worth_including(call: Call, error: DispatchError | None) -> None:
    """Let only outcomes pass that somebody pays for, or that succeeded.

    Raises:
        CustomInvalid: a free call failed.
    """
    if error is not None and call.declaration.pays is Pays.No:
        raise CustomInvalid(CODES.get(type(error), BAD_REQUEST), type(error).__name__) from error


def try_free_call(state: StateReader, account: bytes, call: Call) -> None:
    """Run a free call, to no effect, in the block after the one whose state is given.

    Raises:
        CustomInvalid: it fails.
    """
    if call.declaration.pays is not Pays.No:
        return
    ctx = Context(State(state), Signed(account), system.NUMBER.get(state) + 1, timestamp.NOW.get(state))
    try:
        call.dispatch(ctx)
    except DispatchError as error:
        ensure_worth_including(call, error)

"""Which signed calls may enter a block at all, beyond what every transaction must satisfy.

* What breaks a guard does not: its sender pays nothing, and learns why from the number of the custom error.
* Other calls that fail are included, free or not, so that clients read the error by its name; except a free call of an
  account that nobody knows, which has nothing to lose and could fill blocks for nothing.
"""

from collections.abc import Mapping

from chain.runtime import system, timestamp
from chain.runtime.dispatch import Call, Context, Signed
from chain.runtime.errors import CustomInvalid, DispatchError
from chain.runtime.guards import ensure_passes
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import errors, key_errors, stake_errors, storage
from chain.runtime.types import Pays
from chain.state.overlay import State

BAD_REQUEST = 255

CODES: Mapping[type[DispatchError], int] = {
    key_errors.ColdkeySwapAnnounced: 0,
    errors.NotEnoughStakeToSetWeights: 1,
    errors.AmountTooLow: 1,
    errors.NotEnoughBalanceToStake: 2,
    errors.SubnetNotExists: 3,
    errors.HotKeyAccountNotExists: 4,
    errors.NotEnoughStakeToWithdraw: 5,
    errors.SettingWeightsTooFast: 6,
    errors.CommittingWeightsTooFast: 6,
    errors.NetworkTxRateLimitExceeded: 6,
    errors.InsufficientLiquidity: 7,
    stake_errors.SlippageTooHigh: 8,
    stake_errors.TransferDisallowed: 9,
    errors.HotKeyNotRegisteredInNetwork: 10,
    errors.InvalidIpAddress: 11,
    errors.ServingRateLimitExceeded: 12,
    errors.InvalidPort: 13,
    key_errors.InvalidRevealRound: 15,
    errors.NoWeightsCommitFound: 16,
    errors.RevealTooEarly: 17,
    key_errors.InputLengthsUnequal: 18,
    errors.HotKeyNotRegisteredInSubNet: 19,
    key_errors.ColdkeySwapDisputed: 21,
    errors.NonAssociatedColdKey: 25,
    errors.DelegateTakeTooLow: 26,
    errors.DelegateTakeTooHigh: 27,
}
"""Numbers by which the dialect tells why a transaction is refused; the rest is ``BAD_REQUEST``."""


def ensure_may_enter(state: StateReader, block: int, account: bytes, call: Call) -> None:
    """Let only calls pass that break no guard.

    Raises:
        CustomInvalid: this one does.
    """
    try:
        ensure_passes(state, block, account, call)
    except DispatchError as error:
        raise _refusal(error) from error


def ensure_worth_including(state: StateReader, account: bytes, call: Call, error: DispatchError | None) -> None:
    """Let only outcomes pass that succeeded, or whose sender has something to lose.

    Raises:
        CustomInvalid: a free call of an unknown account failed.
    """
    if error is not None and _is_for_nothing(state, account, call):
        raise _refusal(error) from error


def try_free_call(state: StateReader, account: bytes, call: Call) -> None:
    """Run the free call of an unknown account, to no effect, in the block after the one whose state is given.

    Raises:
        CustomInvalid: it fails.
    """
    if not _is_for_nothing(state, account, call):
        return
    ctx = Context(State(state), Signed(account), system.NUMBER.get(state) + 1, timestamp.NOW.get(state))
    try:
        call.dispatch(ctx)
    except DispatchError as error:
        raise _refusal(error) from error


def _is_for_nothing(state: StateReader, account: bytes, call: Call) -> bool:
    """Whether neither the call nor the existence of its sender costs anything."""
    if call.declaration.pays is not Pays.No or storage.OWNER.contains(state, account):
        return False
    return not system.ACCOUNT.get(state, account).providers


def _refusal(error: DispatchError) -> CustomInvalid:
    return CustomInvalid(CODES.get(type(error), BAD_REQUEST), type(error).__name__)

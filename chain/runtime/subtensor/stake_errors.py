"""Errors of SubtensorModule about stake, the root network, children and pools, by their indices in the dialect."""

from chain.runtime.errors import ModuleError


class NotEnoughStake(ModuleError, index=8):
    """The stake is below what is asked."""


class NotEnoughStakeToSetChildkeys(ModuleError, index=11):
    """The hotkey's stake is below the threshold for having children."""


class BalanceWithdrawalError(ModuleError, index=13):
    """The amount cannot be taken from the account."""


class ZeroBalanceAfterWithdrawn(ModuleError, index=14):
    """Nothing was taken from the account."""


class TooManyRegistrationsThisBlock(ModuleError, index=20):
    """Too many registrations in this block."""


class StakingRateLimitExceeded(ModuleError, index=36):
    """The caller staked too often."""


class TooManyRegistrationsThisInterval(ModuleError, index=38):
    """Too many registrations in this interval."""


class StakeTooLowForRoot(ModuleError, index=43):
    """The hotkey has less root stake than everybody on the full root network."""


class NotRootSubnet(ModuleError, index=46):
    """The call is for the root network only."""


class InvalidChild(ModuleError, index=60):
    """A hotkey cannot be its own child."""


class DuplicateChild(ModuleError, index=61):
    """A child is named twice."""


class ProportionOverflow(ModuleError, index=62):
    """The children's proportions exceed the whole."""


class TooManyChildren(ModuleError, index=63):
    """More children than a hotkey may have."""


class InvalidChildkeyTake(ModuleError, index=71):
    """The take of a child is out of its range."""


class TxChildkeyTakeRateLimitExceeded(ModuleError, index=72):
    """The take of a child was raised too recently."""


class SlippageTooHigh(ModuleError, index=84):
    """The price would leave the limit."""


class TransferDisallowed(ModuleError, index=85):
    """The subnet does not let stake change hands."""


class NotEnoughAlphaOutToRecycle(ModuleError, index=90):
    """The subnet has less alpha outstanding than that."""


class CannotBurnOrRecycleOnRootSubnet(ModuleError, index=91):
    """Root stake cannot be destroyed."""


class SameNetuid(ModuleError, index=96):
    """Origin and destination are the same."""


class InsufficientBalance(ModuleError, index=97):
    """The account holds less."""


class SameAutoStakeHotkeyAlreadySet(ModuleError, index=118):
    """This destination is set already."""


class ChildParentInconsistency(ModuleError, index=121):
    """A hotkey would be both child and parent of another."""


class InvalidNumRootClaim(ModuleError, index=122):
    """The number of claims is out of range."""


class InvalidRootClaimThreshold(ModuleError, index=123):
    """The threshold of claims is out of range."""


class InvalidSubnetNumber(ModuleError, index=124):
    """No subnet or too many are named."""


class AddStakeBurnRateLimitExceeded(ModuleError, index=129):
    """Stake was bought to be burned too recently."""


class RegistrationPriceLimitExceeded(ModuleError, index=134):
    """The price of registration exceeds the caller's limit."""


class CannotUseSystemAccount(ModuleError, index=139):
    """The account belongs to the chain itself."""

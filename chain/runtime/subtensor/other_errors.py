"""Errors of SubtensorModule about what this ledger lacks: proof of work, leases, locks, foreign keys, voting power.

None is raised; they are here because clients find errors by position.
"""

from chain.runtime.errors import ModuleError


class InvalidWorkBlock(ModuleError, index=24):
    """The work refers to a block that is unknown or too old."""


class InvalidDifficulty(ModuleError, index=25):
    """The work is too easy."""


class InvalidSeal(ModuleError, index=26):
    """The work does not fit its seal."""


class UnableToRecoverPublicKey(ModuleError, index=92):
    """No public key could be recovered from the signature."""


class InvalidRecoveredPublicKey(ModuleError, index=93):
    """The signature is another key's."""


class InvalidLeaseBeneficiary(ModuleError, index=98):
    """Nobody may have this lease."""


class LeaseCannotEndInThePast(ModuleError, index=99):
    """The lease would be over already."""


class LeaseNetuidNotFound(ModuleError, index=100):
    """The lease's subnet is not known."""


class LeaseDoesNotExist(ModuleError, index=101):
    """There is no such lease."""


class LeaseHasNoEndBlock(ModuleError, index=102):
    """The lease lasts for ever."""


class LeaseHasNotEnded(ModuleError, index=103):
    """The lease still lasts."""


class BeneficiaryDoesNotOwnHotkey(ModuleError, index=105):
    """The hotkey is somebody else's."""


class ExpectedBeneficiaryOrigin(ModuleError, index=106):
    """Only the beneficiary may do this."""


class EvmKeyAssociateRateLimitExceeded(ModuleError, index=117):
    """A foreign key was associated too recently."""


class VotingPowerTrackingNotEnabled(ModuleError, index=126):
    """Voting power is not tracked."""


class InvalidVotingPowerEmaAlpha(ModuleError, index=127):
    """The smoothing of voting power is out of range."""


class LockHotkeyMismatch(ModuleError, index=135):
    """The lock is on another hotkey."""


class InsufficientStakeForLock(ModuleError, index=136):
    """There is less stake than that to lock."""


class NoExistingLock(ModuleError, index=137):
    """There is no lock."""


class ActiveLockExists(ModuleError, index=138):
    """There is a lock already."""


class UnlockAmountTooHigh(ModuleError, index=140):
    """Less is locked than that."""


class AccountRejectsLockedAlpha(ModuleError, index=146):
    """The receiver does not take locked stake."""

"""Errors of SubtensorModule about keys, identities, subnets and their mechanisms, by their indices in the dialect."""

from chain.runtime.errors import ModuleError


class RootNetworkDoesNotExist(ModuleError, index=0):
    """There is no root network."""


class NewHotKeyIsSameWithOld(ModuleError, index=22):
    """The new hotkey is the old one."""


class NewHotKeyNotCleanForRootSwap(ModuleError, index=23):
    """The new hotkey is in use on the root network."""


class HotKeyAlreadyDelegate(ModuleError, index=28):
    """The hotkey is in use already."""


class HotKeySetTxRateLimitExceeded(ModuleError, index=35):
    """The hotkey was swapped too recently."""


class TransactorAccountShouldBeHotKey(ModuleError, index=39):
    """The caller must be a hotkey."""


class FaucetDisabled(ModuleError, index=40):
    """There is no faucet on this chain."""


class AllNetworksInImmunity(ModuleError, index=44):
    """Every subnet is too young to make room for another."""


class NotEnoughBalanceToPaySwapHotKey(ModuleError, index=45):
    """The coldkey cannot pay for the swap."""


class ColdKeyAlreadyAssociated(ModuleError, index=58):
    """The coldkey is in use already."""


class NotEnoughBalanceToPaySwapColdKey(ModuleError, index=59):
    """The coldkey cannot pay for the swap."""


class ColdkeySwapAnnouncementNotFound(ModuleError, index=65):
    """The coldkey announced no swap."""


class ColdkeySwapTooEarly(ModuleError, index=66):
    """The announced swap may not happen yet."""


class ColdkeySwapReannouncedTooEarly(ModuleError, index=67):
    """Another swap may not be announced yet."""


class AnnouncedColdkeyHashDoesNotMatch(ModuleError, index=68):
    """Another new coldkey was announced."""


class ColdkeySwapAlreadyDisputed(ModuleError, index=69):
    """The swap is disputed already."""


class NewColdKeyIsHotkey(ModuleError, index=70):
    """The new coldkey is a hotkey."""


class InvalidIdentity(ModuleError, index=73):
    """The identity is too long, or its owner is not registered anywhere."""


class InputLengthsUnequal(ModuleError, index=80):
    """The lists differ in length."""


class ActivityCutoffTooLow(ModuleError, index=86):
    """The activity cutoff is below its minimum."""


class CallDisabled(ModuleError, index=87):
    """The call is switched off."""


class HotKeySwapOnSubnetIntervalNotPassed(ModuleError, index=95):
    """The hotkey was swapped on this subnet too recently."""


class Overflow(ModuleError, index=104):
    """A sum left its range."""


class SymbolDoesNotExist(ModuleError, index=108):
    """There is no such symbol."""


class SymbolAlreadyInUse(ModuleError, index=109):
    """Another subnet has this symbol."""


class IncorrectCommitRevealVersion(ModuleError, index=110):
    """The commit follows another version of the protocol."""


class InvalidRevealRound(ModuleError, index=111):
    """The round of the beacon is over."""


class RevealPeriodTooLarge(ModuleError, index=112):
    """The reveal period is above its maximum."""


class RevealPeriodTooSmall(ModuleError, index=113):
    """The reveal period is below its minimum."""


class UidMapCouldNotBeCleared(ModuleError, index=119):
    """The uids could not be renumbered."""


class TrimmingWouldExceedMaxImmunePercentage(ModuleError, index=120):
    """Too many of the remaining neurons would be immune."""


class TooManyUIDsPerMechanism(ModuleError, index=125):
    """Uids times mechanisms exceed what a subnet may have."""


class Deprecated(ModuleError, index=128):
    """The call does nothing any more."""


class ColdkeySwapAnnounced(ModuleError, index=130):
    """The coldkey is about to be swapped: it may do nothing else."""


class ColdkeySwapDisputed(ModuleError, index=131):
    """The coldkey's swap is disputed: it may do nothing."""


class ColdkeySwapClearTooEarly(ModuleError, index=132):
    """The announcement may not be withdrawn yet."""


class DisabledTemporarily(ModuleError, index=133):
    """The call is switched off for now."""


class TempoOutOfBounds(ModuleError, index=141):
    """The tempo is out of its range."""


class ActivityCutoffFactorMilliOutOfBounds(ModuleError, index=142):
    """The factor of the activity cutoff is out of its range."""


class EpochTriggerAlreadyPending(ModuleError, index=143):
    """An epoch was asked for already."""


class AutoEpochAlreadyImminent(ModuleError, index=144):
    """The next epoch is near enough."""


class DynamicTempoBlockedByCommitReveal(ModuleError, index=145):
    """The tempo may not change while weights must be committed."""

"""Errors of SubtensorModule that this ledger raises, by their indices in the dialect."""

from chain.runtime.errors import ModuleError


class InvalidIpType(ModuleError, index=1):
    """The address is neither IPv4 nor IPv6."""


class InvalidIpAddress(ModuleError, index=2):
    """The address cannot be served from."""


class InvalidPort(ModuleError, index=3):
    """The port is zero."""


class HotKeyNotRegisteredInSubNet(ModuleError, index=4):
    """The hotkey is not registered on this subnet."""


class HotKeyAccountNotExists(ModuleError, index=5):
    """Nobody owns the hotkey."""


class HotKeyNotRegisteredInNetwork(ModuleError, index=6):
    """The hotkey is not registered where it wants to serve."""


class NonAssociatedColdKey(ModuleError, index=7):
    """Another coldkey owns the hotkey."""


class NotEnoughStakeToWithdraw(ModuleError, index=9):
    """The coldkey holds less on this hotkey."""


class NotEnoughStakeToSetWeights(ModuleError, index=10):
    """The hotkey's stake is below the threshold for setting weights."""


class NotEnoughBalanceToStake(ModuleError, index=12):
    """The coldkey cannot pay the amount."""


class NeuronNoValidatorPermit(ModuleError, index=15):
    """The neuron may not set weights: it holds no validator permit."""


class WeightVecNotEqualSize(ModuleError, index=16):
    """There are not as many weights as uids."""


class DuplicateUids(ModuleError, index=17):
    """A uid is named twice."""


class UidVecContainInvalidOne(ModuleError, index=18):
    """A uid does not exist on this subnet."""


class WeightVecLengthIsLow(ModuleError, index=19):
    """Fewer weights than the subnet demands."""


class HotKeyAlreadyRegisteredInSubNet(ModuleError, index=21):
    """The hotkey is registered on this subnet already."""


class MaxWeightExceeded(ModuleError, index=27):
    """One weight is larger than the subnet allows."""


class SettingWeightsTooFast(ModuleError, index=29):
    """The neuron set weights too recently."""


class IncorrectWeightVersionKey(ModuleError, index=30):
    """The weights come from an outdated version."""


class ServingRateLimitExceeded(ModuleError, index=31):
    """The neuron announced its address too recently."""


class UidsLengthExceedUidsInSubNet(ModuleError, index=32):
    """More weights than the subnet has uids."""


class NetworkTxRateLimitExceeded(ModuleError, index=33):
    """A subnet was registered too recently."""


class DelegateTxRateLimitExceeded(ModuleError, index=34):
    """The take was changed too recently."""


class SubNetRegistrationDisabled(ModuleError, index=37):
    """The subnet does not accept registrations."""


class NotSubnetOwner(ModuleError, index=41):
    """The caller does not own the subnet."""


class RegistrationNotPermittedOnRootSubnet(ModuleError, index=42):
    """Nobody registers on the root network by this call."""


class CanNotSetRootNetworkWeights(ModuleError, index=47):
    """The root network has no weights."""


class NoNeuronIdAvailable(ModuleError, index=48):
    """Every uid is taken by a neuron that may not be replaced."""


class DelegateTakeTooLow(ModuleError, index=49):
    """The take is below the minimum, or not a decrease."""


class DelegateTakeTooHigh(ModuleError, index=50):
    """The take is above the maximum, or not an increase."""


class NoWeightsCommitFound(ModuleError, index=51):
    """The hotkey committed to nothing that could still be revealed."""


class InvalidRevealCommitHashNotMatch(ModuleError, index=52):
    """The hotkey did not commit to these weights."""


class CommitRevealEnabled(ModuleError, index=53):
    """Weights must be committed and revealed on this subnet."""


class CommitRevealDisabled(ModuleError, index=54):
    """Weights need not be committed on this subnet."""


class LiquidAlphaDisabled(ModuleError, index=55):
    """Liquid alpha is off on this subnet."""


class AlphaHighTooLow(ModuleError, index=56):
    """The higher alpha is below its minimum."""


class AlphaLowOutOfRange(ModuleError, index=57):
    """The lower alpha is below its minimum, or above the higher one."""


class TxRateLimitExceeded(ModuleError, index=64):
    """The caller sent such a transaction too recently."""


class MechanismDoesNotExist(ModuleError, index=74):
    """The subnet has no such mechanism."""


class StakeUnavailable(ModuleError, index=75):
    """The stake is locked."""


class SubnetNotExists(ModuleError, index=76):
    """There is no such subnet."""


class TooManyUnrevealedCommits(ModuleError, index=77):
    """The hotkey has too many commits that wait to be revealed."""


class ExpiredWeightCommit(ModuleError, index=78):
    """The epoch for revealing these weights is over."""


class RevealTooEarly(ModuleError, index=79):
    """The epoch for revealing these weights has not come."""


class CommittingWeightsTooFast(ModuleError, index=81):
    """The neuron committed or set weights too recently."""


class AmountTooLow(ModuleError, index=82):
    """The amount is too small."""


class InsufficientLiquidity(ModuleError, index=83):
    """The subnet's pool cannot pay this amount."""


class FirstEmissionBlockNumberAlreadySet(ModuleError, index=88):
    """The subnet was started already."""


class NeedWaitingMoreBlocksToStarCall(ModuleError, index=89):
    """The subnet may not be started yet."""


class SubtokenDisabled(ModuleError, index=94):
    """The subnet was not started: staking is closed."""


class AdminActionProhibitedDuringWeightsWindow(ModuleError, index=107):
    """The owner may not change this shortly before an epoch."""


class InvalidValue(ModuleError, index=114):
    """The value is out of range."""


class SubnetLimitReached(ModuleError, index=115):
    """There is no room for another subnet."""


class CannotAffordLockCost(ModuleError, index=116):
    """The coldkey cannot pay the cost of a subnet."""

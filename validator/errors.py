"""What can go wrong in a validator, in words for the person who runs it."""


class ValidatorError(Exception):
    """A validator cannot do what was asked; the message names the fix."""


class CorruptRecords(ValidatorError):
    """A file of evaluation records cannot be read."""


class MissingTexts(ValidatorError):
    """A folder that should hold texts is absent or holds none."""


class AnchorNotReady(ValidatorError):
    """The local model is not there yet, so nothing can be answered."""


class CannotConceal(ValidatorError):
    """The subnet hides weights in a way that neither this program nor the chain has."""


class SecretsUsedUp(ValidatorError):
    """The chain of committed secrets has no link for this epoch."""


class UnreachablePeer(ValidatorError):
    """Another validator does not answer, or answers what no bundle can be."""

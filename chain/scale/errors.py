"""The one error of the codec."""


class ScaleError(ValueError):
    """The bytes are not the canonical encoding of the type, or the value does not fit it."""

"""Reading typed fields of a JSON object, with errors that name the field."""

from collections.abc import Mapping, Sequence
from typing import NoReturn

from validator.api.errors import ApiError

_UNSUPPORTED: Mapping[str, tuple[object, ...]] = {
    "echo": (False,),
    "suffix": ("",),
    "best_of": (1,),
    "logit_bias": ({},),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "tools": ([],),
    "functions": ([],),
}


def refuse(field: str, message: str, code: str | None = None) -> NoReturn:
    """Raise the error of a field that cannot be used."""
    raise ApiError(400, message, code=code, param=field)


class Fields:
    """A JSON object whose fields are read with their bounds; null counts as absent."""

    def __init__(self, body: object, name: str = "body") -> None:
        if not isinstance(body, dict):
            refuse(name, f"{name} must be a JSON object")
        self._body: dict[str, object] = body

    def number(self, field: str, default: float, low: float, high: float) -> float:
        """A number within ``low`` and ``high``."""
        value = self._get(field)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            refuse(field, f"{field} must be a number from {low:g} to {high:g}")
        return float(value)

    def integer(self, field: str, default: int, low: int, high: int) -> int:
        """A whole number within ``low`` and ``high``."""
        value = self._get(field)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            refuse(field, f"{field} must be a whole number from {low} to {high}")
        return value

    def optional_integer(self, field: str, low: int, high: int) -> int | None:
        """A whole number, or None if the field is absent."""
        return None if self._get(field) is None else self.integer(field, low, low, high)

    def flag(self, field: str, default: bool = False) -> bool:
        """A boolean."""
        value = self._get(field)
        if value is None:
            return default
        if not isinstance(value, bool):
            refuse(field, f"{field} must be true or false")
        return value

    def text(self, field: str) -> str | None:
        """A string, or None if the field is absent."""
        value = self._get(field)
        if value is None or isinstance(value, str):
            return value
        refuse(field, f"{field} must be a string")

    def texts(self, field: str, at_most: int) -> tuple[str, ...]:
        """A string or a list of non-empty strings."""
        value = self._get(field)
        if value is None:
            return ()
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(word, str) and word for word in found):
            refuse(field, f"{field} must be a non-empty string or a list of them")
        if len(found) > at_most:
            refuse(field, f"{field} takes at most {at_most} strings")
        return tuple(found)

    def nested(self, field: str) -> "Fields":
        """A nested object, empty if absent."""
        return Fields(self._get(field) or {}, field)

    def raw(self, field: str) -> object:
        """The value as it is."""
        return self._get(field)

    def require_supported(self) -> None:
        """Refuse parameters that would change the answer and that we do not honour.

        Raises: ApiError.
        """
        for field, neutral in _UNSUPPORTED.items():
            value = self._get(field)
            if value is not None and value not in neutral:
                refuse(field, f"{field} is not supported here", code="unsupported_parameter")

    def _get(self, field: str) -> object:
        return self._body.get(field)


def is_tokens(value: object) -> bool:
    """Whether ``value`` is a non-empty list of token ids."""
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and len(value) > 0
        and all(isinstance(token, int) and not isinstance(token, bool) for token in value)
    )

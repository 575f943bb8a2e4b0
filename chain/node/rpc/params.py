"""Parameters of methods: each a function from a JSON value to what the method works with."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from chain.keys import InvalidAddress, ss58_decode
from chain.node.rpc.errors import InvalidParams

_NUMBER: Final = re.compile(r"0x[0-9a-fA-F]{1,16}|[0-9]{1,20}")

Json = object
Parser = Callable[[Json], object]

_HASH_SIZE: Final = 32
_MAX_BLOCK_NUMBER: Final = (1 << 32) - 1
_MAX_PAGE: Final = 1000
_MAX_KEYS: Final = 4096


@dataclass(frozen=True, slots=True)
class Param:
    """One positional parameter; those that may be missing are None then."""

    name: str
    parse: Parser
    required: bool = True


def optional(name: str, parse: Parser) -> Param:
    """A parameter that may be missing or null."""
    return Param(name, parse, required=False)


def parse_params(params: Sequence[Param], given: Json) -> list[object]:
    """Arguments for ``params`` from the array ``given``; names are not used.

    Raises:
        InvalidParams: too few, too many, or one does not parse.
    """
    if given is None:
        given = []
    if not isinstance(given, list):
        raise InvalidParams("expected an array")
    if len(given) > len(params):
        raise InvalidParams(f"expected at most {len(params)}, got {len(given)}")
    values = given + [None] * (len(params) - len(given))
    return [_parse_one(param, value) for param, value in zip(params, values, strict=True)]


def _parse_one(param: Param, value: Json) -> object:
    if value is None and not param.required:
        return None
    if value is None:
        raise InvalidParams(f"{param.name} is missing")
    try:
        return param.parse(value)
    except ValueError as error:
        raise InvalidParams(f"{param.name}: {error}") from error


def parse_text(value: Json) -> str:
    """A string."""
    if not isinstance(value, str):
        raise ValueError("expected a string")
    return value


def parse_hex(value: Json) -> bytes:
    """Bytes from hexadecimal digits, with or without 0x."""
    text = parse_text(value).removeprefix("0x")
    try:
        data = bytes.fromhex(text)
    except ValueError:
        raise ValueError("expected an even number of hexadecimal digits") from None
    if 2 * len(data) != len(text):
        raise ValueError("expected hexadecimal digits without spaces")
    return data


def parse_hash(value: Json) -> bytes:
    """A 32-byte hash."""
    data = parse_hex(value)
    if len(data) != _HASH_SIZE:
        raise ValueError(f"expected {_HASH_SIZE} bytes, got {len(data)}")
    return data


def parse_block_number(value: Json) -> int:
    """A block number, also as hexadecimal string."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise ValueError("expected a block number")
        value = int(value, 16 if value.startswith("0x") else 10)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_BLOCK_NUMBER:
        raise ValueError("expected a block number of 32 bits")
    return value


def parse_block_numbers(value: Json) -> int | list[int | None]:
    """A block number or a list of them, null for the newest."""
    if not isinstance(value, list):
        return parse_block_number(value)
    if len(value) > _MAX_KEYS:
        raise ValueError(f"expected at most {_MAX_KEYS} numbers")
    return [None if item is None else parse_block_number(item) for item in value]


def parse_page_size(value: Json) -> int:
    """How many items to return at most."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_PAGE:
        raise ValueError(f"expected a count of at most {_MAX_PAGE}")
    return value


def parse_keys(value: Json) -> list[bytes]:
    """A list of storage keys."""
    if not isinstance(value, list):
        raise ValueError("expected a list of keys")
    if len(value) > _MAX_KEYS:
        raise ValueError(f"expected at most {_MAX_KEYS} keys")
    return [parse_hex(item) for item in value]


def parse_account(value: Json) -> bytes:
    """32-byte account from an address, or from hexadecimal digits."""
    text = parse_text(value)
    if text.startswith("0x"):
        return parse_hash(text)
    try:
        return ss58_decode(text)
    except InvalidAddress as error:
        raise ValueError(str(error)) from error


def parse_subscription(value: Json) -> str:
    """Identifier of a subscription; an unknown one is no error."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("expected a subscription identifier")
    return str(value)

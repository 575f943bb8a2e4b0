"""Raw chain specifications: the JSON files in which Substrate chains describe their first state, key by key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson

from chain.crypto import blake2_256
from chain.node.errors import NodeError
from chain.node.genesis import ChainIdentity, Genesis

_KINDS: Final = frozenset({"Development", "Local", "Live"})


class InvalidSpec(NodeError):
    """The file is not a raw chain specification."""


def read_spec(path: Path) -> Genesis:
    """Genesis of the raw chain specification in ``path``.

    Raises:
        InvalidSpec: it is none.
    """
    try:
        return parse_spec(path.read_bytes())
    except OSError as error:
        raise InvalidSpec(f"cannot read {path}: {error.strerror}; check --spec") from error
    except ValueError as error:
        raise InvalidSpec(
            f"{path} is no raw chain specification ({error}); make one with chain export --raw"
        ) from error


def parse_spec(data: bytes) -> Genesis:
    """Genesis of the raw chain specification ``data``.

    Raises:
        ValueError: it is none, and why.
    """
    document = orjson.loads(data)
    try:
        items = {_parse_hex(key): _parse_hex(value) for key, value in document["genesis"]["raw"]["top"].items()}
        chain = _parse_identity(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"genesis.raw.top, name or properties: {error!r}") from error
    digest = blake2_256(b"".join(blake2_256(key) + blake2_256(items[key]) for key in sorted(items)))
    return Genesis(b"spec " + digest, items.copy, chain)


def encode_spec(items: Mapping[bytes, bytes], chain: ChainIdentity) -> bytes:
    """The raw chain specification of a chain that begins with ``items``."""
    document: dict[str, object] = {
        "name": chain.name,
        "id": chain.name.lower().replace(" ", "_"),
        "chainType": chain.kind,
        "bootNodes": [],
        "telemetryEndpoints": None,
        "protocolId": None,
        "properties": {
            "ss58Format": chain.ss58_format,
            "tokenDecimals": chain.token_decimals,
            "tokenSymbol": chain.token_symbol,
        },
        "codeSubstitutes": {},
        "genesis": {"raw": {"top": {_hex(key): _hex(items[key]) for key in sorted(items)}, "childrenDefault": {}}},
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"


def _parse_identity(document: Mapping[str, object]) -> ChainIdentity:
    given = document.get("properties") or {}
    if not isinstance(given, dict):
        raise TypeError("properties are no object")
    usual = ChainIdentity()
    kind = document.get("chainType", usual.kind)
    return ChainIdentity(
        str(document["name"]),
        kind if isinstance(kind, str) and kind in _KINDS else "Live",
        int(given.get("ss58Format", usual.ss58_format)),
        int(given.get("tokenDecimals", usual.token_decimals)),
        str(given.get("tokenSymbol", usual.token_symbol)),
    )


def _parse_hex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _hex(data: bytes) -> str:
    return "0x" + data.hex()

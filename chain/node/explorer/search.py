"""Finds what a person typed: a block's number or hash, an extrinsic's place or hash, an address or public key."""

from __future__ import annotations

import re
from typing import Final

from chain.keys import InvalidAddress, ss58_decode, ss58_encode
from chain.node.errors import UnknownBlock
from chain.node.explorer.errors import BadQuestion, NothingThere
from chain.node.explorer.reader import Reader
from chain.node.explorer.views import Found
from chain.node.ledger import Ledger
from chain.runtime.system import ACCOUNT

_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_PLACE: Final = re.compile(r"([0-9]{1,10})-([0-9]{1,10})")
_HASH: Final = re.compile(r"0x([0-9a-fA-F]{64})")


def find_anything(reader: Reader, ledger: Ledger, text: str) -> Found:
    """Where the text leads.

    Raises:
        BadQuestion: it is nothing that can be looked for.
        NothingThere: this chain does not have it.
    """
    text = text.strip().replace(",", "")
    if _NUMBER.fullmatch(text):
        return Found("block", str(reader.block(int(text)).number))
    if _PLACE.fullmatch(text):
        return Found("extrinsic", reader.extrinsic(*parse_place(text)).row.id)
    if found := _HASH.fullmatch(text):
        return _find_hash(ledger, bytes.fromhex(found[1]))
    try:
        return Found("account", ss58_encode(ss58_decode(text)))
    except InvalidAddress:
        raise BadQuestion(
            "Search for the number or hash of a block, the hash of an extrinsic (0x and 64 digits), or an address."
        ) from None


def parse_place(text: str) -> tuple[int, int]:
    """Block and index of ``123-4``.

    Raises:
        BadQuestion: the text has another form.
    """
    found = _PLACE.fullmatch(text)
    if found is None:
        raise BadQuestion(f"{text} is no place such as 123-4: a block and an index in it")
    return int(found[1]), int(found[2])


def _find_hash(ledger: Ledger, data: bytes) -> Found:
    try:
        return Found("block", str(ledger.number_of(data)))
    except UnknownBlock:
        place = ledger.locate(data)
    if place is not None:
        return Found("extrinsic", f"{place.number}-{place.index}")
    if ACCOUNT.contains(ledger.state, data):
        return Found("account", ss58_encode(data))
    raise NothingThere("No block, no extrinsic and no account of this chain has that hash or key.")

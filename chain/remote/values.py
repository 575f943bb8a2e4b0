"""What goes in and comes out of the client: calls, events, receipts, heads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chain.block import Header


@dataclass(frozen=True)
class Call:
    """A call of a pallet; bytes in ``params`` go as they are, addresses as SS58 text."""

    pallet: str
    function: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """What a pallet announced, with its fields by name (or position)."""

    pallet: str
    name: str
    fields: Any


@dataclass(frozen=True)
class Receipt:
    """Proof of work done: where the extrinsic is, what it cost in rao, what it caused."""

    extrinsic_hash: str
    block_hash: str
    block_number: int
    extrinsic_index: int
    fee: int
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Head:
    """A block that became the newest."""

    number: int
    hash: str
    parent_hash: str


def build_head(header: Mapping[str, Any]) -> Head:
    """Head of a header as nodes send it."""
    state_root, extrinsics_root = _unhex(header["stateRoot"]), _unhex(header["extrinsicsRoot"])
    logs = tuple(_unhex(log) for log in header["digest"]["logs"])
    number = int(header["number"], 16)
    block_hash = Header(_unhex(header["parentHash"]), number, state_root, extrinsics_root, logs).hash
    return Head(number, "0x" + block_hash.hex(), header["parentHash"])


def encode_params(value: Any) -> Any:
    """``value`` with bytes as the hexadecimal text that substrate-interface takes."""
    if isinstance(value, bytes | bytearray):
        return "0x" + bytes(value).hex()
    if isinstance(value, Mapping):
        return {key: encode_params(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode_params(item) for item in value]
    return value


def _unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))

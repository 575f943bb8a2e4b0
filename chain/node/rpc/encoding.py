"""How blocks and bytes look in JSON."""

from __future__ import annotations

from chain.block import Block, Header


def encode_hex(data: bytes) -> str:
    """0x and hexadecimal digits."""
    return "0x" + data.hex()


def encode_optional(data: bytes | None) -> str | None:
    """As :func:`encode_hex`, null for None."""
    return None if data is None else encode_hex(data)


def encode_header(header: Header) -> dict[str, object]:
    """A header as clients know it."""
    return {
        "parentHash": encode_hex(header.parent_hash),
        "number": hex(header.number),
        "stateRoot": encode_hex(header.state_root),
        "extrinsicsRoot": encode_hex(header.extrinsics_root),
        "digest": {"logs": [encode_hex(log) for log in header.logs]},
    }


def encode_block(block: Block) -> dict[str, object]:
    """A block without justifications."""
    extrinsics = [encode_hex(extrinsic) for extrinsic in block.extrinsics]
    return {"block": {"header": encode_header(block.header), "extrinsics": extrinsics}, "justifications": None}

"""Compact numbers and identities, as the answers of the subnet interfaces show them."""

from typing import Annotated

from chain.runtime.subtensor.types import ChainIdentity, CompactNetUid, SubnetIdentity
from chain.runtime.types import ALPHA, TAO
from chain.scale.containers import Compact
from chain.scale.types import U8, U128

__all__ = [
    "ChainIdentity",
    "CompactAlpha",
    "CompactNetUid",
    "CompactTao",
    "CompactU8",
    "CompactU128",
    "SubnetIdentity",
    "at",
]

CompactU8 = Annotated[int, Compact(U8)]
CompactU128 = Annotated[int, Compact(U128)]
CompactTao = Annotated[int, Compact(TAO)]
CompactAlpha = Annotated[int, Compact(ALPHA)]


def at(values: list[int], uid: int) -> int:
    """The uid's entry of a list that may be too short."""
    return values[uid] if uid < len(values) else 0

"""Compact numbers and identities, as the answers of the subnet interfaces show them."""

from typing import Annotated

from chain.runtime.types import ALPHA, NET_UID, TAO
from chain.scale.composite import struct
from chain.scale.containers import Compact
from chain.scale.types import U8, U128

CompactU8 = Annotated[int, Compact(U8)]
CompactU128 = Annotated[int, Compact(U128)]
CompactNetUid = Annotated[int, Compact(NET_UID)]
CompactTao = Annotated[int, Compact(TAO)]
CompactAlpha = Annotated[int, Compact(ALPHA)]


@struct("pallet_subtensor::pallet::ChainIdentityV2")
class ChainIdentity:
    """Who runs a coldkey."""

    name: bytes
    url: bytes
    github_repo: bytes
    image: bytes
    discord: bytes
    description: bytes
    additional: bytes


@struct("pallet_subtensor::pallet::SubnetIdentityV3")
class SubnetIdentity:
    """What a subnet is about."""

    subnet_name: bytes
    github_repo: bytes
    subnet_contact: bytes
    subnet_url: bytes
    discord: bytes
    description: bytes
    logo_url: bytes
    additional: bytes


def at(values: list[int], uid: int) -> int:
    """The uid's entry of a list that may be too short."""
    return values[uid] if uid < len(values) else 0

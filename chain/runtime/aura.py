"""Aura pallet: only the pace of blocks, by which clients turn blocks into time.

Who makes blocks, and how fast, is the business of the node; this is the pace that the chain's genesis was made for.
Clients reckon with it when a commitment of theirs opens.
"""

from chain.runtime import hive
from chain.runtime.api import Api, ApiContext
from chain.runtime.pallet import Constant
from chain.scale.hints import u64
from chain.scale.types import U64, erase

CONSTANTS = (
    Constant(
        "SlotDuration",
        erase(U64),
        hive.SLOT_DURATION.default,
        "The slot duration, in milliseconds.",
        hive.SLOT_DURATION,
    ),
)


def slot_duration(ctx: ApiContext) -> u64:
    """The slot duration, in milliseconds."""
    return hive.SLOT_DURATION.get(ctx.state)


API = Api("AuraApi", (slot_duration,))

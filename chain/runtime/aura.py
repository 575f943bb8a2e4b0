"""Aura pallet: only the pace of blocks, by which clients turn blocks into time.

Who makes blocks, and how fast, is the business of the node; a node that makes them at another pace keeps this figure,
because metadata belongs to the runtime and not to a node.
"""

from chain.runtime.api import Api, ApiContext
from chain.runtime.pallet import Constant
from chain.scale.hints import u64
from chain.scale.types import U64, erase

SLOT_DURATION_MS = 1_000

CONSTANTS = (Constant("SlotDuration", erase(U64), SLOT_DURATION_MS, "The slot duration, in milliseconds."),)


def slot_duration(ctx: ApiContext) -> u64:
    """The slot duration, in milliseconds."""
    return SLOT_DURATION_MS


API = Api("AuraApi", (slot_duration,))

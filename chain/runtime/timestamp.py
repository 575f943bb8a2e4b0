"""Timestamp pallet: the time of the block, set by its author as the first extrinsic."""

from typing import Annotated

from chain.runtime.dispatch import Context, call
from chain.runtime.errors import BadMandatory
from chain.runtime.pallet import Constant
from chain.runtime.storage import StorageValue
from chain.runtime.types import DispatchClass
from chain.scale.containers import Compact
from chain.scale.hints import TypeName
from chain.scale.types import BOOL, U64, erase

MINIMUM_PERIOD_MS = 1
"""Least distance between blocks."""

NOW = StorageValue("Timestamp", "Now", U64, default=0, docs="The current time for the current block.")
DID_UPDATE = StorageValue(
    "Timestamp", "DidUpdate", BOOL, default=False, docs="Whether the timestamp has been updated in this block."
)

CONSTANTS = (Constant("MinimumPeriod", erase(U64), MINIMUM_PERIOD_MS, "The minimum period between blocks."),)


@call(0, weight=150_000_000, dispatch_class=DispatchClass.Mandatory)
def set(ctx: Context, now: Annotated[int, Compact(U64), TypeName("T::Moment")]) -> None:
    """Set the current time."""
    ctx.ensure_none()
    previous = NOW.get(ctx.state)
    if now != ctx.timestamp or now < previous + MINIMUM_PERIOD_MS:
        raise BadMandatory(f"time {now} does not follow {previous}, or is not that of the block")
    NOW.put(ctx.state, now)

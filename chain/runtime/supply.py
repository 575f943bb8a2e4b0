"""Money that comes into being or ceases to be.

Rao are created only by a block's emission, which ``Issued`` tells. They are destroyed by registration and by
emission that nobody may keep, which ``Rescinded`` tells, and by what ``TransactionFeePaid``, ``DustLost`` and
``Burned`` tell of accounts. Whoever announces one of the two changes the counters at the same place.
"""

from chain.runtime.balances import TOTAL_ISSUANCE, Issued, Rescinded
from chain.runtime.dispatch import Context
from chain.runtime.storage import StateReader


def announce_issued(ctx: Context, amount: int) -> None:
    """Tell that ``amount`` rao were created."""
    if amount:
        ctx.deposit(Issued(amount))


def announce_destroyed(ctx: Context, amount: int) -> None:
    """Tell that ``amount`` rao were destroyed."""
    if amount:
        ctx.deposit(Rescinded(amount))


def get_held_by_accounts(state: StateReader) -> int:
    """Rao that accounts hold."""
    return TOTAL_ISSUANCE.get(state)

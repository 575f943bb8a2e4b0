"""What stake is worth in rao."""

from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.pools import get_pool
from chain.runtime.subtensor.subnets import get_all_netuids


def get_value(state: StateReader, hotkey: bytes) -> int:
    """Rao that the stake on a hotkey is worth in all subnets together, rounded down."""
    netuids = get_all_netuids(state)
    stakes = ((get_pool(state, netuid), storage.TOTAL_HOTKEY_ALPHA.get(state, hotkey, netuid)) for netuid in netuids)
    return sum(pool.price_u96f32 * stake for pool, stake in stakes) >> 32

"""The TAO and alpha of subnets.

``SubnetTAO`` is the TAO that lies in a subnet, and counts as issued. ``SubnetAlphaOut`` is alpha that somebody holds
or waits for: stake, pending emission, unclaimed root dividends. ``SubnetAlphaIn`` is the alpha of the pool.

On a stable subnet (``SubnetMechanism`` 0, and root) alpha is TAO: ``SubnetTAO == SubnetAlphaOut + SubnetAlphaIn``.
On a dynamic one (1) ``SubnetTAO`` and ``SubnetAlphaIn`` are the two sides of a pool, and alpha is created without TAO.
"""

from chain.runtime.dispatch import Context
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.supply import announce_destroyed, get_held_by_accounts
from chain.state.overlay import State

STABLE = 0
DYNAMIC = 1


def is_dynamic(state: StateReader, netuid: int) -> bool:
    """Whether alpha of the subnet has a market price."""
    return storage.SUBNET_MECHANISM.get(state, netuid) == DYNAMIC


def get_issuance(state: StateReader) -> int:
    """All rao that exist: those of accounts, and those in subnets."""
    return get_held_by_accounts(state) + storage.TOTAL_STAKE.get(state)


def get_alpha_issuance(state: StateReader, netuid: int) -> int:
    """All alpha of a subnet."""
    return storage.SUBNET_ALPHA_IN.get(state, netuid) + storage.SUBNET_ALPHA_OUT.get(state, netuid)


def record_issuance(state: State) -> None:
    """Let ``TotalIssuance`` show all rao that exist."""
    issuance = get_issuance(state)
    if issuance != storage.TOTAL_ISSUANCE.get(state):
        storage.TOTAL_ISSUANCE.put(state, issuance)


def change_tao(state: State, netuid: int, amount: int) -> None:
    """Add rao to a subnet, or take them out when negative."""
    storage.SUBNET_TAO.put(state, netuid, storage.SUBNET_TAO.get(state, netuid) + amount)
    storage.TOTAL_STAKE.put(state, storage.TOTAL_STAKE.get(state) + amount)


def change_alpha_out(state: State, netuid: int, amount: int) -> None:
    """Add to the alpha that somebody holds, or take away when negative."""
    storage.SUBNET_ALPHA_OUT.put(state, netuid, storage.SUBNET_ALPHA_OUT.get(state, netuid) + amount)


def change_alpha_in(state: State, netuid: int, amount: int) -> None:
    """Add to the alpha of the pool, or take away when negative."""
    storage.SUBNET_ALPHA_IN.put(state, netuid, storage.SUBNET_ALPHA_IN.get(state, netuid) + amount)


def lock(state: State, netuid: int, amount: int, price_u96f32: int) -> None:
    """Add rao to a subnet's own reserve, which belongs to nobody, and alpha to its pool.

    The alpha is what the rao buy at the price, rounded down; on a stable subnet as much.
    """
    change_tao(state, netuid, amount)
    change_alpha_in(state, netuid, (amount << 32) // price_u96f32 if is_dynamic(state, netuid) else amount)
    storage.SUBNET_LOCKED.put(state, netuid, storage.SUBNET_LOCKED.get(state, netuid) + amount)


def destroy_alpha(ctx: Context, netuid: int, amount: int) -> None:
    """Destroy alpha that somebody held; on a stable subnet together with the rao that it is."""
    change_alpha_out(ctx.state, netuid, -amount)
    if not is_dynamic(ctx.state, netuid):
        change_tao(ctx.state, netuid, -amount)
        announce_destroyed(ctx, amount)

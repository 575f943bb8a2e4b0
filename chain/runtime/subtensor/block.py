"""What the subnet modules do at the start of every block."""

from chain.runtime.dispatch import Context
from chain.runtime.subtensor import coinbase, distribution, epoch, schedule, storage
from chain.runtime.subtensor.events import EpochSkipped
from chain.runtime.subtensor.registration import decay_prices
from chain.runtime.subtensor.reserves import record_issuance
from chain.runtime.subtensor.subnets import get_netuids


def on_initialize(ctx: Context) -> None:
    """Let prices decay, mint, and run the epochs that are due."""
    decay_prices(ctx.state, ctx.block_number)
    coinbase.emit(ctx)
    netuids = get_netuids(ctx.state)
    for netuid in netuids:
        schedule.count_block(ctx.state, netuid)
    for netuid in schedule.choose_due(ctx, netuids):
        run_epoch(ctx, netuid)
    coinbase.move_prices(ctx.state, ctx.block_number)


def on_finalize(ctx: Context) -> None:
    """Note how much money exists after this block."""
    record_issuance(ctx.state)


def run_epoch(ctx: Context, netuid: int) -> None:
    """Run a subnet's epoch and pay it out."""
    state, block = ctx.state, ctx.block_number
    schedule.advance(state, netuid, block)
    if not epoch.has_unique_hotkeys(state, netuid):
        ctx.deposit(EpochSkipped(netuid, block))
        return
    pending = distribution.take_pending(state, netuid)
    outputs = ctx.compute_epoch(epoch.gather(state, netuid, block, pending.earned))
    epoch.write(state, netuid, outputs)
    distribution.distribute(ctx, netuid, pending, outputs)
    storage.LAST_MECHANISM_STEP_BLOCK.put(state, netuid, block)

"""What the subnet modules do at the start of every block."""

from chain.runtime.dispatch import Context
from chain.runtime.subtensor import coinbase, distribution, epoch, mechanisms, root_claims, schedule, storage, timelocks
from chain.runtime.subtensor.children import apply_pending_children
from chain.runtime.subtensor.events import EpochSkipped
from chain.runtime.subtensor.registration import decay_prices
from chain.runtime.subtensor.reserves import record_issuance
from chain.runtime.subtensor.storage_index import storage_index
from chain.runtime.subtensor.subnets import get_netuids


def on_initialize(ctx: Context) -> None:
    """Let prices decay, mint, run the epochs that are due, and settle what follows from them."""
    decay_prices(ctx.state, ctx.block_number)
    netuids = get_netuids(ctx.state)
    for netuid in netuids:
        timelocks.reveal_due(ctx, netuid)
    coinbase.emit(ctx)
    for netuid in netuids:
        schedule.count_block(ctx.state, netuid)
    ran = schedule.choose_due(ctx, netuids)
    for netuid in ran:
        run_epoch(ctx, netuid)
    coinbase.move_prices(ctx.state, ctx.block_number)
    coinbase.record_root_proportions(ctx.state)
    for netuid in ran:
        apply_pending_children(ctx, netuid)
    root_claims.claim_for_some(ctx)


def on_finalize(ctx: Context) -> None:
    """Note how much money exists after this block."""
    record_issuance(ctx.state)


def run_epoch(ctx: Context, netuid: int) -> None:
    """Run a subnet's epoch, one for each of its mechanisms, and pay it out."""
    state, block = ctx.state, ctx.block_number
    schedule.advance(state, netuid, block)
    if not epoch.has_unique_hotkeys(state, netuid):
        ctx.deposit(EpochSkipped(netuid, block))
        return
    pending = distribution.take_pending(state, netuid)
    slices = []
    for mechanism, emission in enumerate(mechanisms.split_emission(state, netuid, pending.earned)):
        inputs = epoch.gather(state, storage_index(netuid, mechanism), block, emission)
        slices.append(mechanisms.Slice(mechanism, emission, ctx.compute_epoch(inputs)))
    for item in slices:
        epoch.write_mechanism(ctx, storage_index(netuid, item.mechanism), item.outputs)
    outputs = mechanisms.merge(slices)
    epoch.write(state, netuid, outputs)
    distribution.distribute(ctx, netuid, pending, outputs)
    storage.LAST_MECHANISM_STEP_BLOCK.put(state, netuid, block)

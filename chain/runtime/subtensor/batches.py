"""Weights of several subnets, or several reveals, in one call.

Batches that range over subnets go through to the end: a part that is refused is undone alone and told by an event.
A batch of reveals is all or nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from chain.runtime.dispatch import Context, call
from chain.runtime.errors import DispatchError
from chain.runtime.outcome import describe_failure
from chain.runtime.subtensor.commits import do_commit, reveal_all
from chain.runtime.subtensor.key_errors import InputLengthsUnequal
from chain.runtime.subtensor.key_events import (
    BatchCompletedWithErrors,
    BatchWeightItemFailed,
    BatchWeightsCompleted,
    WeightsBatchRevealed,
)
from chain.runtime.subtensor.types import CompactNetUid
from chain.runtime.subtensor.weights import Submission, do_set_weights
from chain.runtime.types import Hash, NetUid, Pays
from chain.scale.hints import CompactU16, CompactU64, u16, u64

Row = list[tuple[CompactU16, CompactU16]]


@call(80, weight=95_460_000, pays=Pays.No)
def batch_set_weights(
    ctx: Context, netuids: list[CompactNetUid], weights: list[Row], version_keys: list[CompactU64]
) -> None:
    """Set the caller's weights on several subnets."""
    ensure_equal(netuids, weights, version_keys)
    parts = zip(netuids, weights, version_keys, strict=True)

    def set_one(netuid: int, row: list[tuple[int, int]], version_key: int) -> None:
        uids, values = [uid for uid, _ in row], [value for _, value in row]
        do_set_weights(ctx, Submission(netuid, 0, uids, values, version_key))

    _complete(ctx, netuids, [partial(set_one, *part) for part in parts])


@call(100, weight=82_010_000, pays=Pays.No)
def batch_commit_weights(ctx: Context, netuids: list[CompactNetUid], commit_hashes: list[Hash]) -> None:
    """Commit to the caller's weights on several subnets."""
    ensure_equal(netuids, commit_hashes)
    parts = zip(netuids, commit_hashes, strict=True)
    _complete(ctx, netuids, [partial(do_commit, ctx, netuid, 0, commit_hash) for netuid, commit_hash in parts])


@call(98, weight=412_000_000, pays=Pays.No)
def batch_reveal_weights(
    ctx: Context,
    netuid: NetUid,
    uids_list: list[list[u16]],
    values_list: list[list[u16]],
    salts_list: list[list[u16]],
    version_keys: list[u64],
) -> None:
    """Reveal several sets of the caller's weights of one subnet, in any order."""
    ensure_equal(uids_list, values_list, salts_list, version_keys)
    hashes = reveal_all(ctx, zip_reveals(netuid, uids_list, values_list, salts_list, version_keys))
    ctx.deposit(WeightsBatchRevealed(ctx.signer(), netuid, hashes))


def zip_reveals(
    netuid: int,
    uids_list: Sequence[list[int]],
    values_list: Sequence[list[int]],
    salts_list: Sequence[list[int]],
    version_keys: Sequence[int],
) -> list[tuple[Submission, list[int]]]:
    """Weights and their salts, each on its own."""
    rows = zip(uids_list, values_list, salts_list, version_keys, strict=True)
    return [(Submission(netuid, 0, uids, values, key), salt) for uids, values, salt, key in rows]


def _complete(ctx: Context, netuids: list[int], parts: Iterable[Callable[[], None]]) -> None:
    hotkey, failures = ctx.signer(), []
    for netuid, run in zip(netuids, parts, strict=True):
        try:
            with ctx.state.transaction():
                run()
        except DispatchError as error:
            failures.append(BatchWeightItemFailed(netuid, describe_failure(error)))
    for event in (BatchCompletedWithErrors(), *failures) if failures else ():
        ctx.deposit(event)
    ctx.deposit(BatchWeightsCompleted(netuids, hotkey))


def ensure_equal(*lists: Sequence[object]) -> None:
    """Let only lists of one length pass.

    Raises:
        InputLengthsUnequal: they differ.
    """
    if len({len(items) for items in lists}) > 1:
        raise InputLengthsUnequal

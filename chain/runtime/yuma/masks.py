"""Who counts in an epoch: activity, permits, stake, and which weights and bonds are still valid."""

from collections.abc import Sequence

from chain.runtime.fixed import truncated
from chain.runtime.yuma.rows import Matrix, Vector, filtered, normalised, rows_normalised
from chain.runtime.yuma.types import EpochInputs


def compute_stake(inputs: EpochInputs) -> Vector:
    """Stake shares that sum to about one; uids below the threshold count as zero, the owner's does not.

    Normalised with 64 fraction bits and rounded down, then narrowed to 32.
    """
    parameters = inputs.parameters
    counted = [
        stake if uid == parameters.owner_uid or stake >> 64 >= parameters.stake_threshold else 0
        for uid, stake in enumerate(inputs.stake)
    ]
    total = sum(counted)
    return [truncated(stake << 64, total) >> 32 if stake else 0 for stake in counted]


def is_active(inputs: EpochInputs) -> list[bool]:
    """Whether each uid updated within the activity cutoff."""
    cutoff = inputs.parameters.activity_cutoff_blocks
    return [updated + cutoff >= inputs.block for updated in inputs.last_update]


def with_owner(permits: Sequence[bool], owner_uid: int | None) -> list[bool]:
    """The permits with the subnet owner's forced."""
    return [permit or uid == owner_uid for uid, permit in enumerate(permits)]


def compute_permits(stake: Sequence[int], allowed: int) -> list[bool]:
    """Permits for the ``allowed`` highest stakes that are not zero; among equals the higher uid wins."""
    permits = [value != 0 for value in stake]
    if len(stake) >= allowed:
        ascending = sorted(range(len(stake)), key=lambda uid: stake[uid])
        for uid in ascending[: len(stake) - allowed]:
            permits[uid] = False
    return permits


def compute_active_stake(stake: Sequence[int], active: Sequence[bool], permits: Sequence[bool]) -> Vector:
    """Stake of those who are active and hold a permit, normalised."""
    counted = zip(stake, active, permits, strict=True)
    return normalised([value if alive and permitted else 0 for value, alive, permitted in counted])


def compute_valid_weights(inputs: EpochInputs, permits: Sequence[bool]) -> Matrix:
    """Weights that count, each row normalised.

    Dropped: rows without a permit, self-weights except the owner's, weights not newer than the registration they point
    at, and weights whose oldest live commit precedes that registration (when commit-reveal is on).
    """
    registered, updated, owner = inputs.registered_at, inputs.last_update, inputs.parameters.owner_uid
    commits = inputs.earliest_commit if inputs.parameters.commit_reveal else ()

    def is_valid(row: int, column: int) -> bool:
        if not permits[row] or (row == column and row != owner):
            return False
        if updated[row] <= registered[column]:
            return False
        return not commits or commits[row] >= registered[column]

    return rows_normalised(filtered(_widened(inputs.weights, inputs.size), is_valid))


def compute_valid_bonds(inputs: EpochInputs) -> Matrix:
    """Stored bonds as integers, without those to uids registered since the previous epoch."""
    previous = inputs.parameters.last_mechanism_step_block
    last_epoch = previous + 1 if previous else max(0, inputs.block - inputs.tempo)
    registered = inputs.registered_at
    return filtered(_widened(inputs.bonds, inputs.size), lambda _, column: last_epoch > registered[column])


def _widened(rows: Sequence[Sequence[tuple[int, int]]], size: int) -> Matrix:
    return [[(uid, value << 32) for uid, value in row if uid < size] for row in rows]

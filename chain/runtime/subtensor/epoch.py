"""The epoch of a subnet: gather its state, compute, write what comes out."""

from chain.runtime.dispatch import Context
from chain.runtime.storage import StateReader, StorageDoubleMap
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.commits import get_earliest_commits
from chain.runtime.subtensor.events import IncentiveAlphaEmittedToMiners
from chain.runtime.subtensor.inheritance import get_stake_weights
from chain.runtime.subtensor.neurons import get_hotkeys, get_registered_at, get_uid, padded
from chain.runtime.subtensor.storage_index import split_index
from chain.runtime.yuma import EpochInputs, EpochOutputs, EpochParameters
from chain.runtime.yuma.packed import PackedRow, U16Row
from chain.scale.compact import decode_compact, encode_compact
from chain.state.overlay import State

RowMap = StorageDoubleMap[int, int, list[tuple[int, int]]]


def gather(state: StateReader, index: int, block: int, emission: int) -> EpochInputs:
    """Inputs of an epoch of the mechanism at ``index`` that has ``emission`` rao of alpha to give."""
    netuid, _ = split_index(index)
    hotkeys = get_hotkeys(state, netuid)
    size = len(hotkeys)
    return EpochInputs(
        block=block,
        tempo=storage.TEMPO.get(state, netuid),
        rao_emission=emission,
        stake=get_stake_weights(state, netuid, hotkeys),
        registered_at=get_registered_at(state, netuid),
        last_update=padded(storage.LAST_UPDATE.get(state, index), size, 0),
        validator_permit=padded(storage.VALIDATOR_PERMIT.get(state, netuid), size, False),
        weights=get_rows(state, storage.WEIGHTS, index, size),
        bonds=get_rows(state, storage.BONDS, index, size),
        parameters=gather_parameters(state, netuid),
        earliest_commit=get_earliest_commits(state, index, block),
    )


def get_rows(state: StateReader, matrix: RowMap, index: int, size: int) -> list[U16Row]:
    """Rows of weights or bonds, as they lie in storage; empty where there is none."""
    rows: list[U16Row] = [()] * size
    for raw, data in state.iter_prefix(matrix.raw_key(index)):
        uid = int.from_bytes(raw[-2:], "little")
        if uid < size:
            rows[uid] = PackedRow(data[decode_compact(data)[1] :])
    return rows


def put_row(state: State, matrix: RowMap, index: int, uid: int, row: U16Row) -> None:
    """Store a row of weights or bonds; an empty one takes no place."""
    data = PackedRow.of(row).data
    state.put(matrix.raw_key(index, uid), encode_compact(len(row)) + data if row else None)


def gather_parameters(state: StateReader, netuid: int) -> EpochParameters:
    """Hyper-parameters of the subnet that the epoch reads."""
    low, high = storage.ALPHA_VALUES.get(state, netuid)
    return EpochParameters(
        kappa=storage.KAPPA.get(state, netuid),
        bonds_moving_average=storage.BONDS_MOVING_AVERAGE.get(state, netuid),
        bonds_penalty=storage.BONDS_PENALTY.get(state, netuid),
        activity_cutoff_blocks=get_activity_cutoff(state, netuid),
        max_allowed_validators=storage.MAX_ALLOWED_VALIDATORS.get(state, netuid),
        stake_threshold=storage.STAKE_THRESHOLD.get(state),
        owner_uid=get_uid(state, netuid, storage.SUBNET_OWNER_HOTKEY.get(state, netuid)),
        yuma3=storage.YUMA3_ON.get(state, netuid),
        liquid_alpha=storage.LIQUID_ALPHA_ON.get(state, netuid),
        alpha_low=low,
        alpha_high=high,
        alpha_sigmoid_steepness=storage.ALPHA_SIGMOID_STEEPNESS.get(state, netuid),
        commit_reveal=storage.COMMIT_REVEAL_WEIGHTS_ENABLED.get(state, netuid),
        last_mechanism_step_block=storage.LAST_MECHANISM_STEP_BLOCK.get(state, netuid),
    )


def get_activity_cutoff(state: StateReader, netuid: int) -> int:
    """Blocks without an update after which a neuron is inactive, rounded down, at least one."""
    factor_milli = storage.ACTIVITY_CUTOFF_FACTOR_MILLI.get(state, netuid)
    return max(1, factor_milli * storage.TEMPO.get(state, netuid) // 1_000)


def has_unique_hotkeys(state: StateReader, netuid: int) -> bool:
    """Whether every uid belongs to another hotkey."""
    hotkeys = get_hotkeys(state, netuid)
    return len(set(hotkeys)) == len(hotkeys)


def write(state: State, netuid: int, outputs: EpochOutputs) -> None:
    """Store what an epoch decided for the subnet as a whole, except the money."""
    storage.ACTIVE.put(state, netuid, list(outputs.active))
    storage.CONSENSUS.put(state, netuid, list(outputs.consensus))
    storage.DIVIDENDS.put(state, netuid, list(outputs.dividends))
    storage.EMISSION.put(state, netuid, list(outputs.emission))
    storage.STAKE_WEIGHT.put(state, netuid, list(outputs.stake_weight))
    storage.VALIDATOR_TRUST.put(state, netuid, list(outputs.validator_trust))
    storage.VALIDATOR_PERMIT.put(state, netuid, list(outputs.validator_permit))


def write_mechanism(ctx: Context, index: int, outputs: EpochOutputs) -> None:
    """Store what a mechanism keeps for itself, incentive and bonds, and tell what it pays for serving."""
    storage.INCENTIVE.put(ctx.state, index, list(outputs.incentive))
    for uid, row in enumerate(outputs.bonds):
        put_row(ctx.state, storage.BONDS, index, uid, row)
    ctx.deposit(IncentiveAlphaEmittedToMiners(index, list(outputs.server_emission)))

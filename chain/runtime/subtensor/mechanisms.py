"""Mechanisms: up to a few ways of judging the same miners, each with its own weights, that share a subnet's emission.

Each runs an epoch with its slice. Together they make up the subnet's record: what is paid adds up, all other numbers
(``Emission`` too, as on the public chain) are averages weighed by the slices, with 64 fraction bits, rounded down at
each slice, and whoever is active or permitted in one is so in all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from chain.runtime.storage import StateReader
from chain.runtime.subtensor import key_storage, storage
from chain.runtime.subtensor.errors import MechanismDoesNotExist
from chain.runtime.subtensor.key_errors import TooManyUIDsPerMechanism
from chain.runtime.subtensor.storage_index import storage_index
from chain.runtime.yuma import EpochOutputs
from chain.state.overlay import State

U16_MAX = 65_535
MOST_MECHANISMS = 16
MOST_UIDS_OF_ALL_MECHANISMS = 256


@dataclass(frozen=True)
class Slice:
    """What one mechanism made of its part of the emission."""

    mechanism: int
    emission: int
    outputs: EpochOutputs


def has_mechanism(state: StateReader, netuid: int, mechanism: int) -> bool:
    """Whether there is such a subnet, and it has this mechanism."""
    exists = storage.NETWORKS_ADDED.get(state, netuid)
    return exists and mechanism < storage.MECHANISM_COUNT_CURRENT.get(state, netuid)


def ensure_mechanism(state: StateReader, netuid: int, mechanism: int) -> None:
    """Let only mechanisms pass that a subnet has.

    Raises:
        MechanismDoesNotExist: the subnet lacks it, or there is no such subnet.
    """
    if not has_mechanism(state, netuid, mechanism):
        raise MechanismDoesNotExist


def ensure_few_uids(uids: int, mechanisms: int) -> None:
    """Let only subnets pass whose uids of several mechanisms are not too many.

    Raises:
        TooManyUIDsPerMechanism: they are.
    """
    if mechanisms > 1 and uids * mechanisms > MOST_UIDS_OF_ALL_MECHANISMS:
        raise TooManyUIDsPerMechanism


def split_emission(state: StateReader, netuid: int, emission: int) -> list[int]:
    """Parts of an emission by mechanism: as the owner says, or even; rounded down, mechanism 0 gets the rest."""
    count = storage.MECHANISM_COUNT_CURRENT.get(state, netuid)
    chosen = key_storage.MECHANISM_EMISSION_SPLIT.get(state, netuid)
    if chosen is None:
        parts = [emission // count] * count
    else:
        parts = [emission * weight // U16_MAX for weight in chosen[:count]]
        parts += [0] * (count - len(parts))
    return [parts[0] + emission - sum(parts), *parts[1:]]


def merge(slices: Sequence[Slice]) -> EpochOutputs:
    """One record of all mechanisms; bonds and incentive are those of mechanism 0, the others have their own."""
    if len(slices) == 1:
        return slices[0].outputs
    first = slices[0].outputs

    def added(values: Callable[[EpochOutputs], Sequence[int]]) -> tuple[int, ...]:
        return tuple(map(sum, zip(*(values(item.outputs) for item in slices), strict=True)))

    def any_of(values: Callable[[EpochOutputs], Sequence[bool]]) -> tuple[bool, ...]:
        return tuple(map(any, zip(*(values(item.outputs) for item in slices), strict=True)))

    return EpochOutputs(
        active=any_of(attrgetter("active")),
        consensus=_averaged(slices, attrgetter("consensus")),
        incentive=first.incentive,
        dividends=_averaged(slices, attrgetter("dividends")),
        validator_trust=_averaged(slices, attrgetter("validator_trust")),
        stake_weight=_averaged(slices, attrgetter("stake_weight")),
        validator_permit=any_of(attrgetter("validator_permit")),
        bonds=first.bonds,
        emission=_averaged(slices, attrgetter("emission")),
        server_emission=added(attrgetter("server_emission")),
        validator_emission=added(attrgetter("validator_emission")),
        trace=first.trace,
    )


def forget_mechanisms(state: State, netuid: int, first: int, count: int) -> None:
    """Remove everything of the mechanisms from ``first`` up to ``count``."""
    for mechanism in range(first, count):
        index = storage_index(netuid, mechanism)
        storage.WEIGHTS.clear(state, index)
        storage.BONDS.clear(state, index)
        storage.INCENTIVE.remove(state, index)
        storage.LAST_UPDATE.remove(state, index)
        storage.WEIGHT_COMMITS.clear(state, index)
        key_storage.TIMELOCKED_WEIGHT_COMMITS.clear(state, index)


def _averaged(slices: Sequence[Slice], values: Callable[[EpochOutputs], Sequence[int]]) -> tuple[int, ...]:
    total = sum(item.emission for item in slices)
    factors = [(item.emission << 64) // total if total else (item.mechanism == 0) << 64 for item in slices]
    columns = zip(*(values(item.outputs) for item in slices), strict=True)
    return tuple(
        sum((factor * value) >> 64 for factor, value in zip(factors, column, strict=True)) for column in columns
    )

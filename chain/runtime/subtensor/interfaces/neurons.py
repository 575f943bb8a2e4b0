"""NeuronInfoRuntimeApi: everything about the neurons of a subnet in one answer."""

from dataclasses import fields
from typing import Any  # fields of both kinds of neurons, by name

from chain.runtime.api import Api, ApiContext
from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.interfaces.shapes import CompactAlpha, CompactNetUid, at
from chain.runtime.subtensor.types import NO_AXON, NO_PROMETHEUS, AxonInfo, PrometheusInfo
from chain.runtime.types import AccountId, NetUid
from chain.scale.composite import struct
from chain.scale.hints import CompactU16, CompactU64, u16

NO_PRUNING_SCORE = 65_535
"""Pruning scores are no longer kept; the field stays."""


@struct("pallet_subtensor::rpc_info::neuron_info::NeuronInfoLite")
class NeuronInfoLite:
    """A neuron without its weights and bonds."""

    hotkey: AccountId
    coldkey: AccountId
    uid: CompactU16
    netuid: CompactNetUid
    active: bool
    axon_info: AxonInfo
    prometheus_info: PrometheusInfo
    stake: list[tuple[AccountId, CompactAlpha]]
    rank: CompactU16
    emission: CompactAlpha
    incentive: CompactU16
    consensus: CompactU16
    trust: CompactU16
    validator_trust: CompactU16
    dividends: CompactU16
    last_update: CompactU64
    validator_permit: bool
    pruning_score: CompactU16


@struct("pallet_subtensor::rpc_info::neuron_info::NeuronInfo")
class NeuronInfo:
    """A neuron with its weights and bonds."""

    hotkey: AccountId
    coldkey: AccountId
    uid: CompactU16
    netuid: CompactNetUid
    active: bool
    axon_info: AxonInfo
    prometheus_info: PrometheusInfo
    stake: list[tuple[AccountId, CompactAlpha]]
    rank: CompactU16
    emission: CompactAlpha
    incentive: CompactU16
    consensus: CompactU16
    trust: CompactU16
    validator_trust: CompactU16
    dividends: CompactU16
    last_update: CompactU64
    validator_permit: bool
    weights: list[tuple[CompactU16, CompactU16]]
    bonds: list[tuple[CompactU16, CompactU16]]
    pruning_score: CompactU16


class Scores:
    """The lists of a subnet that epochs write, read once."""

    def __init__(self, state: StateReader, netuid: int) -> None:
        self.state = state
        self.netuid = netuid
        self.active = storage.ACTIVE.get(state, netuid)
        self.permit = storage.VALIDATOR_PERMIT.get(state, netuid)
        self.emission = storage.EMISSION.get(state, netuid)
        self.incentive = storage.INCENTIVE.get(state, netuid)
        self.consensus = storage.CONSENSUS.get(state, netuid)
        self.trust = storage.VALIDATOR_TRUST.get(state, netuid)
        self.dividends = storage.DIVIDENDS.get(state, netuid)
        self.last_update = storage.LAST_UPDATE.get(state, netuid)

    def describe(self, uid: int) -> NeuronInfoLite:
        """One neuron."""
        state, netuid = self.state, self.netuid
        hotkey = storage.KEYS.get(state, netuid, uid)
        coldkey = storage.OWNER.get(state, hotkey)
        return NeuronInfoLite(
            hotkey=hotkey,
            coldkey=coldkey,
            uid=uid,
            netuid=netuid,
            active=uid < len(self.active) and self.active[uid],
            axon_info=storage.AXONS.get(state, netuid, hotkey) or NO_AXON,
            prometheus_info=storage.PROMETHEUS.get(state, netuid, hotkey) or NO_PROMETHEUS,
            stake=[(coldkey, storage.TOTAL_HOTKEY_ALPHA.get(state, hotkey, netuid))],
            rank=0,
            emission=at(self.emission, uid),
            incentive=at(self.incentive, uid),
            consensus=at(self.consensus, uid),
            trust=0,
            validator_trust=at(self.trust, uid),
            dividends=at(self.dividends, uid),
            last_update=at(self.last_update, uid),
            validator_permit=uid < len(self.permit) and self.permit[uid],
            pruning_score=NO_PRUNING_SCORE,
        )


def get_neurons_lite(ctx: ApiContext, netuid: NetUid) -> list[NeuronInfoLite]:
    """Neurons of a subnet by uid, without weights and bonds."""
    scores = Scores(ctx.state, netuid)
    return [scores.describe(uid) for uid in range(storage.SUBNETWORK_N.get(ctx.state, netuid))]


def get_neuron_lite(ctx: ApiContext, netuid: NetUid, uid: u16) -> NeuronInfoLite | None:
    """One neuron without weights and bonds; nothing where the uid is not given out."""
    if uid >= storage.SUBNETWORK_N.get(ctx.state, netuid):
        return None
    return Scores(ctx.state, netuid).describe(uid)


def get_neurons(ctx: ApiContext, netuid: NetUid) -> list[NeuronInfo]:
    """Neurons of a subnet by uid."""
    return [_with_rows(ctx.state, lite) for lite in get_neurons_lite(ctx, netuid)]


def get_neuron(ctx: ApiContext, netuid: NetUid, uid: u16) -> NeuronInfo | None:
    """One neuron; nothing where the uid is not given out."""
    lite = get_neuron_lite(ctx, netuid, uid)
    return _with_rows(ctx.state, lite) if lite else None


def _with_rows(state: StateReader, lite: NeuronInfoLite) -> NeuronInfo:
    shared: dict[str, Any] = {field.name: getattr(lite, field.name) for field in fields(NeuronInfoLite)}
    weights, bonds = (
        [entry for entry in item.get(state, lite.netuid, lite.uid) if entry[1]]
        for item in (storage.WEIGHTS, storage.BONDS)
    )
    return NeuronInfo(**shared, weights=weights, bonds=bonds)


API = Api("NeuronInfoRuntimeApi", (get_neurons, get_neuron, get_neurons_lite, get_neuron_lite))

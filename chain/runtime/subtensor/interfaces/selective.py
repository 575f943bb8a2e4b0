"""The metagraph with only the fields that were asked for, by their positions."""

from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, TypeVar, cast, get_type_hints

from chain.runtime import commitments
from chain.runtime.api import ApiContext
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.interfaces.metagraph import describe_mechanism, get_metagraph
from chain.runtime.subtensor.interfaces.metagraph_shape import Metagraph
from chain.runtime.subtensor.interfaces.shapes import CompactNetUid, CompactU8
from chain.runtime.subtensor.storage_index import storage_index
from chain.runtime.types import AccountId, MechId, NetUid
from chain.scale.composite import struct
from chain.scale.containers import Option
from chain.scale.hints import CompactU16, describe, of, u16
from chain.scale.source import Decoder, Encoder
from chain.scale.types import Type

V = TypeVar("V")


class Asked(Option[V]):
    """An option that may hold another: the value is ``None``, or a tuple of one."""

    @cached_property
    def encoder(self) -> Encoder:
        """Zero, or one and the value."""
        inner = self.inner.encoder
        return lambda value: b"\0" if value is None else b"\1" + inner(cast(tuple[V], value)[0])

    @cached_property
    def decoder(self) -> Decoder:
        """Zero, or one and the value."""
        plain = super().decoder

        def decode(data: bytes, offset: int, depth: int) -> tuple[object, int]:
            value, end = plain(data, offset, depth)
            return ((value,) if data[offset] else None), end

        return decode


_MORE: dict[str, object] = {"validators": list[CompactU16], "commitments": list[tuple[AccountId, list[CompactU8]]]}
_SHAPES = {**get_type_hints(Metagraph, include_extras=True), **_MORE}
NAMES = tuple(_SHAPES)
"""Fields by their positions."""


def _build() -> type[Any]:
    """The struct of all fields, each of which may be missing; only the netuid always is there."""
    optional = {name: Annotated[Any, Asked(describe(hint))] for name, hint in _SHAPES.items() if name != "netuid"}
    members = {
        "__doc__": "The fields of a subnet that were asked for.",
        "__module__": __name__,
        "__annotations__": {"netuid": CompactNetUid, **optional},
    }
    return struct("pallet_subtensor::rpc_info::metagraph::SelectiveMetagraph")(type("SelectiveMetagraph", (), members))


SelectiveMetagraph = _build()
SELECTIVE_METAGRAPH: Type[Any] = of(SelectiveMetagraph)
MaybeSelective = Annotated[Any, Option(SELECTIVE_METAGRAPH)]


def get_selective_metagraph(ctx: ApiContext, netuid: NetUid, metagraph_indexes: list[u16]) -> MaybeSelective:
    """Fields of a subnet by their positions in the metagraph; nothing where it does not exist."""
    return _select(ctx, get_metagraph(ctx, netuid), metagraph_indexes)


def get_selective_mechagraph(
    ctx: ApiContext, netuid: NetUid, subid: MechId, metagraph_indexes: list[u16]
) -> MaybeSelective:
    """Fields of a mechanism of a subnet by their positions; nothing where the subnet does not exist."""
    whole = get_metagraph(ctx, netuid)
    seen = whole and replace(whole, **describe_mechanism(ctx.state, storage_index(netuid, subid), whole.num_uids))
    return _select(ctx, seen, metagraph_indexes)


def _select(ctx: ApiContext, metagraph: Metagraph | None, positions: list[int]) -> object:
    if metagraph is None:
        return None
    values: dict[str, object] = dict.fromkeys(NAMES)
    for name in (NAMES[position] for position in positions if position < len(NAMES)):
        values[name] = (_find(ctx, metagraph, name),)
    return SelectiveMetagraph(**(values | {"netuid": metagraph.netuid}))


def _find(ctx: ApiContext, metagraph: Metagraph, name: str) -> object:
    if name == "validators":
        return _find_validators(ctx, metagraph)
    if name == "commitments":
        found = commitments.COMMITMENT_OF.items(ctx.state, metagraph.netuid)
        encode = commitments.COMMITMENT_OF.value.encode
        return [(hotkey, list(encode(registration))) for (_, hotkey), registration in found]
    return getattr(metagraph, name)


def _find_validators(ctx: ApiContext, metagraph: Metagraph) -> list[int]:
    """Those with a permit and more stake than everybody must have, by their stake, the least first."""
    threshold = storage.STAKE_THRESHOLD.get(ctx.state)
    stakes = [(stake, uid) for uid, stake in enumerate(metagraph.total_stake) if metagraph.validator_permit[uid]]
    return [uid for stake, uid in sorted(stakes) if stake > threshold]

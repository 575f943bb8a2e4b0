"""A subnet in one request, where the chain's runtime offers that; else item by item."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final, Protocol, cast

from chain.keys import ss58_encode
from chain.metagraph import Metagraph, Neuron, from_u16
from chain.remote.errors import RequestRefused, UnknownItem
from chain.remote.neurons import StorageClient, read_address, read_from_storage
from chain.runtime.subtensor.interfaces import metagraph_shape
from chain.scale.containers import Option
from chain.scale.errors import ScaleError
from chain.scale.hints import of
from chain.scale.types import Type

_log = logging.getLogger(__name__)
_METHOD: Final = "SubnetInfoRuntimeApi_get_metagraph"
_REPLY: Final = cast("Type[metagraph_shape.Metagraph | None]", Option(of(metagraph_shape.Metagraph)))


class SubnetClient(StorageClient, Protocol):
    """What reading needs of a client."""

    async def runtime_call(self, method: str, data: bytes, block_hash: str | None = None) -> bytes:
        """SCALE result of a runtime API."""
        ...


async def read_metagraph(client: SubnetClient, netuid: int, block_hash: str) -> Metagraph:
    """Subnet ``netuid`` at a block.

    Raises:
        UnknownItem: there is no such subnet.
    """
    try:
        found = _REPLY.decode(await client.runtime_call(_METHOD, netuid.to_bytes(2, "little"), block_hash))
    except (RequestRefused, ScaleError) as error:
        _log.debug("%s does not serve: %s", _METHOD, error)
        return await read_from_storage(client, netuid, block_hash)
    if found is None:
        raise UnknownItem(f"there is no subnet {netuid}")
    return _translate(found, block_hash)


def _translate(subnet: metagraph_shape.Metagraph, block_hash: str) -> Metagraph:
    return Metagraph(
        netuid=subnet.netuid,
        block=subnet.block,
        block_hash=block_hash,
        tempo=subnet.tempo,
        blocks_since_last_step=subnet.blocks_since_last_step,
        owner_hotkey=ss58_encode(subnet.owner_hotkey),
        neurons=tuple(_translate_neuron(subnet, uid) for uid in range(len(subnet.hotkeys))),
    )


def _translate_neuron(subnet: metagraph_shape.Metagraph, uid: int) -> Neuron:
    axon = subnet.axons[uid]
    return Neuron(
        uid=uid,
        hotkey=ss58_encode(subnet.hotkeys[uid]),
        coldkey=ss58_encode(subnet.coldkeys[uid]),
        stake=_entry(subnet.total_stake, uid),
        validator_permit=bool(_entry(subnet.validator_permit, uid)),
        active=bool(_entry(subnet.active, uid)),
        axon=read_address(axon.ip, axon.port, axon.ip_type),
        incentive=from_u16(_entry(subnet.incentives, uid)),
        dividends=from_u16(_entry(subnet.dividends, uid)),
        consensus=from_u16(_entry(subnet.consensus, uid)),
        trust=from_u16(_entry(subnet.trust, uid)),
        emission=_entry(subnet.emission, uid),
        last_update=_entry(subnet.last_update, uid),
        block_at_registration=_entry(subnet.block_at_registration, uid),
    )


def _entry(column: Sequence[Any], uid: int) -> Any:
    """Entry of a uid; a column may be shorter than the subnet until an epoch has written it."""
    return column[uid] if uid < len(column) else 0

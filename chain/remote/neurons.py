"""A subnet read from storage, item by item: works on every chain of the dialect."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from chain.metagraph import Metagraph, Neuron, from_u16

_PALLET: Final = "SubtensorModule"
_COLUMNS: Final = (
    "Active",
    "ValidatorPermit",
    "Incentive",
    "Dividends",
    "Consensus",
    "Emission",
    "LastUpdate",
)


class StorageClient(Protocol):
    """What reading needs of a client."""

    async def query(self, pallet: str, item: str, params: Sequence[Any] = (), block_hash: str | None = None) -> Any:
        """Value of a storage item."""
        ...

    async def query_map(
        self, pallet: str, item: str, params: Sequence[Any] = (), block_hash: str | None = None
    ) -> list[tuple[Any, Any]]:
        """Keys and values of a map."""
        ...


async def read_from_storage(client: StorageClient, netuid: int, block_hash: str) -> Metagraph:
    """Subnet ``netuid`` at a block."""

    async def value(item: str, *keys: Any) -> Any:
        return await client.query(_PALLET, item, list(keys), block_hash)

    async def table(item: str) -> dict[Any, Any]:
        return dict(await client.query_map(_PALLET, item, [netuid], block_hash))

    keys, axons, registered = await table("Keys"), await table("Axons"), await table("BlockAtRegistration")
    columns = {name: await value(name, netuid) for name in _COLUMNS}
    uids = sorted(keys)
    coldkeys = await asyncio.gather(*(value("Owner", keys[uid]) for uid in uids))
    stakes = await asyncio.gather(*(value("TotalHotkeyAlpha", keys[uid], netuid) for uid in uids))
    return Metagraph(
        netuid=netuid,
        block=await client.query("System", "Number", [], block_hash),
        block_hash=block_hash,
        tempo=await value("Tempo", netuid),
        blocks_since_last_step=await value("BlocksSinceLastStep", netuid),
        owner_hotkey=await value("SubnetOwnerHotkey", netuid),
        neurons=tuple(
            Neuron(
                uid=uid,
                hotkey=keys[uid],
                coldkey=coldkey,
                stake=stake,
                axon=_read_axon(axons.get(keys[uid])),
                block_at_registration=registered.get(uid, 0),
                **_read_row(columns, uid),
            )
            for uid, coldkey, stake in zip(uids, coldkeys, stakes, strict=True)
        ),
    )


def _read_row(columns: Mapping[str, Sequence[Any]], uid: int) -> dict[str, Any]:
    """Entries of one uid; columns are shorter than the subnet until an epoch has written them."""

    def entry(name: str) -> Any:
        column = columns[name]
        return column[uid] if uid < len(column) else 0

    return {
        "active": bool(entry("Active")),
        "validator_permit": bool(entry("ValidatorPermit")),
        "incentive": from_u16(entry("Incentive")),
        "dividends": from_u16(entry("Dividends")),
        "consensus": from_u16(entry("Consensus")),
        "trust": 0.0,
        "emission": entry("Emission"),
        "last_update": entry("LastUpdate"),
    }


def _read_axon(axon: Mapping[str, Any] | None) -> tuple[str, int] | None:
    return None if axon is None else read_address(axon["ip"], axon["port"], axon["ip_type"])


def read_address(ip: int, port: int, ip_type: int) -> tuple[str, int] | None:
    """Host and port of an axon, None where none is announced."""
    if port == 0:
        return None
    return str(ipaddress.IPv6Address(ip) if ip_type == 6 else ipaddress.IPv4Address(ip)), port

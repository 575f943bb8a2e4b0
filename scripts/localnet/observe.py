"""What a running network tells about itself, gathered into one snapshot."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from chain.client import ChainClient, ChainError
from localnet.plan import NETUID, MinerPlan, Plan
from localnet.provision import hotkey_address

_REQUEST_SECONDS = 3.0


@dataclass(frozen=True)
class MinerRow:
    """One miner; numbers that nobody has told yet are None. ``loss`` is in nats a token.

    ``available`` is what the first validator that answers says of it.
    """

    name: str
    hotkey: str
    domain: str
    state: str = "starting"
    loss: float | None = None
    audit_score: float | None = None
    weight: float | None = None
    incentive: float | None = None
    available: bool = False


@dataclass(frozen=True)
class Snapshot:
    """The network at one moment; ``bits_per_byte`` by mixture, best_single and anchor."""

    block: int | None = None
    epoch: int | None = None
    audits: int | None = None
    bits_per_byte: dict[str, float] | None = None
    miners: tuple[MinerRow, ...] = ()
    validators: tuple[str, ...] = field(default=())


class Observer:
    """Looks at the status files of miners, the status pages of validators, and the chain.

    What miners wrote before ``since``, in seconds since 1970, is of an earlier run.
    """

    def __init__(self, plan: Plan, client: ChainClient, http: aiohttp.ClientSession, since: float) -> None:
        self._plan = plan
        self._client = client
        self._http = http
        self._hotkeys = {role.name: hotkey_address(role.name) for role in plan.roles}
        self._since = since

    async def look(self) -> Snapshot:
        """Gather what can be had now; whoever does not answer is left out."""
        pages = await asyncio.gather(*(self._status(role.url) for role in self._plan.validators))
        page: dict[str, Any] = next((page for page in pages if page), {})
        scores = {row["hotkey"]: row for row in page.get("miners", ())}
        block, epoch = await self._height()
        return Snapshot(
            block=block,
            epoch=epoch,
            audits=page.get("audits", {}).get("rounds"),
            bits_per_byte=page.get("bits_per_byte"),
            miners=tuple(self._row(miner, scores) for miner in self._plan.miners),
            validators=tuple(role.name for role, page in zip(self._plan.validators, pages, strict=True) if page),
        )

    async def _height(self) -> tuple[int | None, int | None]:
        try:
            block = await self._client.block_number()
            epoch = await self._client.query("SubtensorModule", "SubnetEpochIndex", [NETUID])
        except ChainError:
            return None, None
        return block, int(epoch)

    def _row(self, miner: MinerPlan, scores: dict[str, dict[str, Any]]) -> MinerRow:
        own = read_status(self._plan.folders.of(miner.name) / "status.json", self._since)
        hotkey = self._hotkeys[miner.name]
        seen = scores.get(hotkey, {})
        return MinerRow(
            miner.name,
            hotkey,
            miner.domain,
            own.get("state", "starting"),
            own.get("loss"),
            seen.get("audit_score"),
            seen.get("weight"),
            seen.get("incentive"),
            bool(seen.get("available")),
        )

    async def _status(self, url: str) -> dict[str, Any] | None:
        timeout = aiohttp.ClientTimeout(total=_REQUEST_SECONDS)
        try:
            async with self._http.get(f"{url}/status", timeout=timeout) as reply:
                page = await reply.json()
                return page if reply.status == 200 and isinstance(page, dict) else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None


def read_status(path: Path, since: float) -> dict[str, Any]:
    """A miner's own status; empty when it wrote none after ``since``, in seconds since 1970."""
    try:
        if path.stat().st_mtime < since:
            return {}
        status = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return status if isinstance(status, dict) else {}

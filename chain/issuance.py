"""Whether a chain's money adds up: what there was, what blocks created and destroyed, and what there is.

    report = await audit_issuance(client)
    assert report.adds_up

Each figure has a source of its own: the first and the last from all balances, stakes, pending emissions and reserves at
genesis and at the head; the two between from the events of every block.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from chain.client import ChainClient
from chain.runtime import system
from chain.runtime.issuance import MONEY_PREFIXES, Flow, Holdings, count_flow, count_holdings
from chain.state.overlay import MemoryState

_AT_ONCE: Final = 64


@dataclass(frozen=True)
class IssuanceReport:
    """Rao by source; ``block`` is where the audit ended."""

    initial: int
    emitted: int
    burned: int
    final: int
    block: int

    @property
    def adds_up(self) -> bool:
        """Whether nothing came or went without a record."""
        return self.final == self.initial + self.emitted - self.burned


async def audit_issuance(client: ChainClient) -> IssuanceReport:
    """Count the money of the whole chain up to its head.

    Raises:
        ScaleError: the chain's events are not of this runtime.
    """
    head = await client.block_number()
    initial, final = await read_holdings(client, 0), await read_holdings(client, head)
    flow = await read_flow(client, 1, head)
    return IssuanceReport(initial.total, flow.emitted, flow.burned, final.total, head)


async def read_holdings(client: ChainClient, block: int) -> Holdings:
    """Money after a block, by where it is."""
    block_hash = await client.block_hash(block)
    state = MemoryState()
    for pairs in await asyncio.gather(*(client.storage_pairs(prefix, block_hash) for prefix in MONEY_PREFIXES)):
        state.update(pairs)
    return count_holdings(state)


async def read_flow(client: ChainClient, first: int, last: int) -> Flow:
    """Money that the blocks from ``first`` to ``last`` created and destroyed."""
    flow = Flow()
    for start in range(first, last + 1, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, last + 1))
        flow = sum(await asyncio.gather(*(_read_block(client, number) for number in numbers)), flow)
    return flow


async def _read_block(client: ChainClient, number: int) -> Flow:
    raw = await client.storage(system.EVENTS.prefix, await client.block_hash(number))
    return count_flow(record.event for record in system.EVENTS.decode(raw))

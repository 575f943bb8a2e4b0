"""The validator's window on the chain: the newest metagraph, whatever becomes of the connection."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from chain.client import ChainClient, ChainError, ChainUnreachable
from chain.metagraph import Metagraph, Neuron
from validator.latest import Latest

log = logging.getLogger(__name__)

PALLET = "SubtensorModule"
RETRY_SECONDS = 2.0
SILENCE_SECONDS = 60.0

Connect = Callable[[], AbstractAsyncContextManager[ChainClient]]


@dataclass(frozen=True)
class View:
    """The subnet as of one block."""

    metagraph: Metagraph
    weights: Mapping[int, list[tuple[int, int]]]
    epoch: int
    """Epochs that the subnet has had."""

    @property
    def block(self) -> int:
        """Number of the block."""
        return self.metagraph.block

    @property
    def last_epoch_block(self) -> int:
        """Block of the last epoch, which names the epoch that runs now."""
        return self.metagraph.block - self.metagraph.blocks_since_last_step

    def miners(self, own: str) -> tuple[Neuron, ...]:
        """Neurons that can be asked: all with an address but our own."""
        return tuple(neuron for neuron in self.metagraph.neurons if neuron.axon is not None and neuron.hotkey != own)

    def neuron(self, hotkey: str) -> Neuron | None:
        """The neuron of ``hotkey``."""
        return self.metagraph.by_hotkey().get(hotkey)


class Ledger:
    """Follows the chain and reconnects; ``views`` always holds the newest view there is."""

    def __init__(self, connect: Connect, netuid: int) -> None:
        self._connect = connect
        self.netuid = netuid
        self.views: Latest[View] = Latest()
        self.problem: str | None = "not connected yet"
        self.explorer: str | None = None
        """Where the chain's node shows its blocks to browsers."""
        self._client: ChainClient | None = None
        self._counts_epochs = True

    @property
    def client(self) -> ChainClient:
        """The open client.

        Raises: ChainUnreachable while there is none.
        """
        if self._client is None:
            raise ChainUnreachable(f"no connection to the chain: {self.problem}")
        return self._client

    async def follow(self) -> None:
        """Follow the chain's head for ever."""
        while True:
            try:
                async with self._connect() as client:
                    await self._watch(client)
                self.problem = "the chain ended the stream of blocks"
            except ChainError as error:
                self.problem = str(error)
            finally:
                self._client = None
            log.warning("chain: %s", self.problem)
            await asyncio.sleep(RETRY_SECONDS)

    async def _watch(self, client: ChainClient) -> None:
        self._client = client
        self.explorer = await client.explorer_url()
        heads = client.heads()
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    head = await anext(heads)
            except TimeoutError:
                self.problem = f"no new block for {SILENCE_SECONDS:.0f} s"
                raise ChainUnreachable(self.problem) from None
            self.views.set(await self._look(client, head.hash))
            self.problem = None

    async def _look(self, client: ChainClient, block_hash: str) -> View:
        metagraph = await client.metagraph(self.netuid, block_hash)
        weights = await client.weights(self.netuid, block_hash)
        return View(metagraph, weights, await self._epoch(client, metagraph))

    async def _epoch(self, client: ChainClient, metagraph: Metagraph) -> int:
        """The chain's own count of epochs; where it keeps none, those that we have seen."""
        if self._counts_epochs:
            try:
                return int(await client.query(PALLET, "SubnetEpochIndex", [self.netuid], metagraph.block_hash))
            except ChainError:
                self._counts_epochs = False
        known = self.views.value
        if known is None:
            return 0
        return known.epoch + (metagraph.block - metagraph.blocks_since_last_step > known.last_epoch_block)

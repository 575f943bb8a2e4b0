"""A miner's life on chain: registered, reachable, committed to its model, up to date about who may call."""

import asyncio
import ipaddress
import logging
from collections.abc import Callable
from dataclasses import dataclass

from chain.client import (
    Call,
    ChainClient,
    ChainUnreachable,
    DispatchError,
    InvalidTransaction,
    RequestRefused,
    SubmissionTimeout,
    connect,
)
from chain.keys import Keypair
from chain.metagraph import Metagraph
from miner.membership import Membership

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
SUBMIT_SECONDS = 60.0
RETRY_SECONDS = 2.0
REFRESH_BLOCKS = 2
COMMIT_BLOCKS = 20
"""Least distance of two commitments."""

AXON_VERSION = 1
_IPV4, _IPV6 = 4, 6
_PROTOCOL = 4


class NotRegistered(Exception):
    """The hotkey is not on the subnet and could not be put there."""


@dataclass(frozen=True)
class Place:
    """Where on which chain this miner lives."""

    chain_url: str
    netuid: int
    host: str
    """Address that others reach it at."""
    port: int


def axon_call(place: Place) -> Call:
    """The call that announces the address."""
    address = ipaddress.ip_address(place.host)
    params = {
        "netuid": place.netuid,
        "version": AXON_VERSION,
        "ip": int(address),
        "port": place.port,
        "ip_type": _IPV4 if address.version == _IPV4 else _IPV6,
        "protocol": _PROTOCOL,
        "placeholder1": 0,
        "placeholder2": 0,
    }
    return Call("SubtensorModule", "serve_axon", params)


def commitment_call(netuid: int, commitment: bytes) -> Call:
    """The call that publishes a model commitment."""
    info = {"fields": [[{"Raw32": "0x" + commitment.hex()}]]}
    return Call("Commitments", "set_commitment", {"netuid": netuid, "info": info})


@dataclass
class Presence:
    """Keeps a hotkey present on chain; survives a chain that goes away."""

    place: Place
    hotkey: Keypair
    unlock_coldkey: Callable[[], Keypair]
    """Called only when the hotkey has to be registered."""
    membership: Membership
    stake: int = 0
    """Rao to hold on the hotkey; bought once, when it has none."""
    _wanted: bytes | None = None
    _published: bytes | None = None
    _published_at: int = -COMMIT_BLOCKS
    _present: bool = True
    """Whether the chain answered last time; its first failure is told."""

    def commit(self, commitment: bytes) -> None:
        """Publish ``commitment`` as soon as the rate limit lets us."""
        self._wanted = commitment

    async def keep(self) -> None:
        """Stay present for ever; a chain that does not answer is tried again.

        Raises: NotRegistered, OtherChain, UnknownItem, and what unlocking the coldkey raises.
        """
        while True:
            try:
                async with connect(self.place.chain_url, timeout=CONNECT_SECONDS) as client:
                    await self._enter(client)
                    await self._follow(client)
            except (ChainUnreachable, SubmissionTimeout, RequestRefused) as error:
                logger.log(logging.WARNING if self._present else logging.DEBUG, "serving goes on, but %s", error)
                self._present = False
            await asyncio.sleep(RETRY_SECONDS)

    async def _enter(self, client: ChainClient) -> None:
        metagraph = await self._refresh(client)
        if metagraph.uid_of(self.hotkey.ss58_address) is None:
            await self._register(client)
            metagraph = await self._refresh(client)
        neuron = metagraph.by_hotkey().get(self.hotkey.ss58_address)
        if neuron is None:
            raise NotRegistered(f"hotkey {self.hotkey.ss58_address} lost its place on subnet {self.place.netuid}")
        if self.stake and not neuron.stake:
            await self._add_stake(client)
        if neuron.axon != (self.place.host, self.place.port):
            await self._try(client, axon_call(self.place), self.hotkey, "serve_axon")

    async def _register(self, client: ChainClient) -> None:
        params = {"netuid": self.place.netuid, "hotkey": self.hotkey.ss58_address}
        call = Call("SubtensorModule", "burned_register", params)
        try:
            receipt = await client.submit(call, self.unlock_coldkey(), timeout=SUBMIT_SECONDS)
        except (DispatchError, InvalidTransaction) as error:
            raise NotRegistered(
                f"registering on subnet {self.place.netuid} failed with {type(error).__name__}: {error}"
                " (fund the coldkey, or choose another subnet)"
            ) from error
        logger.info("registered on subnet %d in block %d", self.place.netuid, receipt.block_number)

    async def _add_stake(self, client: ChainClient) -> None:
        params = {"hotkey": self.hotkey.ss58_address, "netuid": self.place.netuid, "amount_staked": self.stake}
        await self._try(client, Call("SubtensorModule", "add_stake", params), self.unlock_coldkey(), "add_stake")

    async def _follow(self, client: ChainClient) -> None:
        async for head in client.heads():
            if head.number - self.membership.block >= REFRESH_BLOCKS:
                await self._refresh(client)
            if self._wanted != self._published and head.number - self._published_at >= COMMIT_BLOCKS:
                await self._publish(client, head.number)

    async def _publish(self, client: ChainClient, block: int) -> None:
        wanted = self._wanted
        assert wanted is not None
        self._published_at = block
        if await self._try(client, commitment_call(self.place.netuid, wanted), self.hotkey, "set_commitment"):
            self._published = wanted

    async def _refresh(self, client: ChainClient) -> Metagraph:
        metagraph = await client.metagraph(self.place.netuid)
        self.membership.update(metagraph)
        self._present = True
        return metagraph

    async def _try(self, client: ChainClient, call: Call, signer: Keypair, what: str) -> bool:
        """Submit; a refusal is told in the log and tried again when its time comes."""
        try:
            receipt = await client.submit(call, signer, timeout=SUBMIT_SECONDS)
        except (DispatchError, InvalidTransaction) as error:
            logger.warning("%s was refused: %s: %s", what, type(error).__name__, error)
            return False
        logger.info("%s in block %d", what, receipt.block_number)
        return True

"""A miner's life on chain: registered, reachable, committed to its model, up to date about who may call."""

import asyncio
import ipaddress
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

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
from chain.metagraph import Neuron
from miner.membership import Membership

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
SUBMIT_SECONDS = 60.0
RETRY_SECONDS = 2.0
REFRESH_BLOCKS = 2
RETRY_BLOCKS = 20
"""Least distance of two tries of the same kind, commitments among them."""

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
    may_register: Callable[[], bool] = lambda: True
    """Whether it is time to pay for a seat; asked while there is none. What it raises ends the miner."""
    _wanted: bytes | None = None
    _published: bytes | None = None
    _tried: dict[str, int] = field(default_factory=dict)
    """Block of the last try, by kind of call."""
    _reached: bool = True
    """Whether the chain answered last time; its first failure is told."""

    def commit(self, commitment: bytes) -> None:
        """Publish ``commitment`` as soon as the rate limit lets us."""
        self._wanted = commitment

    async def keep(self) -> None:
        """Stay present for ever; a chain that does not answer is tried again.

        Raises: NotRegistered, OtherChain, UnknownItem, and what unlocking the coldkey and ``may_register`` raise.
        """
        while True:
            try:
                async with connect(self.place.chain_url, timeout=CONNECT_SECONDS) as client:
                    await self._follow(client)
            except (ChainUnreachable, SubmissionTimeout, RequestRefused) as error:
                logger.log(logging.WARNING if self._reached else logging.DEBUG, "serving goes on, but %s", error)
                self._reached = False
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self, client: ChainClient) -> None:
        """Look at the chain now and at every few blocks, and put right what is missing."""
        await self._settle(client)
        async for head in client.heads():
            if head.number - self.membership.block >= REFRESH_BLOCKS:
                await self._settle(client)

    async def _settle(self, client: ChainClient) -> None:
        neuron = await self._refresh(client)
        if neuron is None and not self.may_register():
            return
        if neuron is None:
            await self._register(client)
            neuron = await self._refresh(client)
        if neuron is None:
            raise NotRegistered(f"hotkey {self.hotkey.ss58_address} has no place on subnet {self.place.netuid}")
        if self.stake and not neuron.stake and self._is_due("add_stake"):
            await self._add_stake(client)
        if neuron.axon != (self.place.host, self.place.port) and self._is_due("serve_axon"):
            await self._try(client, axon_call(self.place), self.hotkey)
        if self._wanted not in (None, self._published) and self._is_due("set_commitment"):
            await self._publish(client)

    def _is_due(self, kind: str) -> bool:
        """Whether a call of ``kind`` may be tried again; notes the try."""
        block = self.membership.block
        if block - self._tried.get(kind, -RETRY_BLOCKS) < RETRY_BLOCKS:
            return False
        self._tried[kind] = block
        return True

    async def _refresh(self, client: ChainClient) -> Neuron | None:
        """Our place on the newest metagraph, which counts for callers from now on."""
        metagraph = await client.metagraph(self.place.netuid)
        self.membership.update(metagraph)
        self._reached = True
        return metagraph.by_hotkey().get(self.hotkey.ss58_address)

    async def _register(self, client: ChainClient) -> None:
        params = {"netuid": self.place.netuid, "hotkey": self.hotkey.ss58_address}
        call = Call("SubtensorModule", "burned_register", params)
        coldkey = await asyncio.to_thread(self.unlock_coldkey)
        try:
            receipt = await client.submit(call, coldkey, timeout=SUBMIT_SECONDS)
        except (DispatchError, InvalidTransaction) as error:
            raise NotRegistered(
                f"registering on subnet {self.place.netuid} failed with {type(error).__name__}: {error}"
                " (fund the coldkey, or choose another subnet)"
            ) from error
        logger.info("registered on subnet %d in block %d", self.place.netuid, receipt.block_number)

    async def _add_stake(self, client: ChainClient) -> None:
        params = {"hotkey": self.hotkey.ss58_address, "netuid": self.place.netuid, "amount_staked": self.stake}
        coldkey = await asyncio.to_thread(self.unlock_coldkey)
        await self._try(client, Call("SubtensorModule", "add_stake", params), coldkey)

    async def _publish(self, client: ChainClient) -> None:
        wanted = self._wanted
        assert wanted is not None
        if await self._try(client, commitment_call(self.place.netuid, wanted), self.hotkey):
            self._published = wanted

    async def _try(self, client: ChainClient, call: Call, signer: Keypair) -> bool:
        """Submit; a refusal is told in the log, and tried again when it is due."""
        try:
            receipt = await client.submit(call, signer, timeout=SUBMIT_SECONDS)
        except (DispatchError, InvalidTransaction) as error:
            logger.warning("%s was refused: %s: %s", call.function, type(error).__name__, error)
            return False
        logger.info("%s in block %d", call.function, receipt.block_number)
        return True

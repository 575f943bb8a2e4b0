"""One channel per miner, kept in step with the metagraph."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from chain.keys import Keypair, ss58_decode, verify
from chain.metagraph import Neuron
from gating.objective import Question
from validator.answers import Selection
from validator.seats import FullSession
from wire.blocks import BLOCK
from wire.errors import ExpertError
from wire.expert import Description, ExpertChannel

log = logging.getLogger(__name__)

DESCRIBE_SECONDS = 3.0
DESCRIBE_AGAIN_SECONDS = 20.0
FIRST_REST_SECONDS = 1.0
LONGEST_REST_SECONDS = 60.0

Now = Callable[[], float]


@dataclass(frozen=True)
class Tongue:
    """What answers are about: hash of the outcomes' names (a subnet of text has its tokenizer's), and their number."""

    tokenizer_hash: str
    vocab_size: int


@dataclass
class Health:
    """How a peer has behaved lately; after faults it rests, longer each time, before apps ask it again."""

    faults: int = 0
    rests_until: float = 0.0

    def record(self, fault: bool, now: float) -> None:
        """Note one session."""
        self.faults = self.faults + 1 if fault else 0
        rest = min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * 2.0 ** min(self.faults, 16))
        self.rests_until = now + rest if fault else 0.0


@dataclass
class Peer:
    """One miner: where it is, what it says about itself, how it behaves."""

    hotkey: str
    address: str
    channel: ExpertChannel
    description: Description | None = None
    described_at: float = float("-inf")
    health: Health = field(default_factory=Health)

    @property
    def drafts(self) -> bool:
        """Whether its sessions take blocks and draft."""
        return self.description is not None and BLOCK in self.description.extensions

    def session(
        self, questions: Sequence[Question], *, step_timeout: float
    ) -> AbstractAsyncContextManager[FullSession]:
        """Open a session over ``questions``."""
        return self.channel.session(questions, step_timeout=step_timeout)

    def can_serve(self, now: float) -> bool:
        """Whether apps may be sent to it."""
        return self.description is not None and now >= self.health.rests_until


class ChannelBook:
    """All miners that the metagraph knows an address of, by hotkey."""

    def __init__(self, signer: Keypair, tongue: Tongue, now: Now) -> None:
        self._signer = signer
        self._tongue = tongue
        self._now = now
        self.peers: dict[str, Peer] = {}

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["ChannelBook"]:
        """Close all channels at the end of the block."""
        try:
            yield self
        finally:
            peers, self.peers = list(self.peers.values()), {}
            await asyncio.gather(*(peer.channel.close() for peer in peers))

    async def sync(self, miners: Iterable[Neuron]) -> None:
        """Open channels to new miners, close those of miners that left or moved."""
        wanted = dict(map(_address, miners))
        gone = [peer for peer in self.peers.values() if wanted.get(peer.hotkey) != peer.address]
        for peer in gone:
            del self.peers[peer.hotkey]
        for hotkey, address in wanted.items():
            if hotkey not in self.peers:
                self.peers[hotkey] = Peer(hotkey, address, self._connect(hotkey, address))
        await asyncio.gather(*(peer.channel.close() for peer in gone))

    async def describe(self) -> list[str]:
        """Ask the miners that have not been asked lately what they are; hotkeys of those with another model."""
        now = self._now()
        due = [peer for peer in self.peers.values() if self._is_due(peer, now)]
        before = [_commitment(peer) for peer in due]
        await asyncio.gather(*(self._describe(peer) for peer in due))
        changed = zip(due, before, strict=True)
        return [peer.hotkey for peer, known in changed if known is not None and _commitment(peer) != known]

    def candidates(self, selection: Selection) -> Mapping[str, Peer]:
        """Miners that may answer an app."""
        now = self._now()
        able = {hotkey: peer for hotkey, peer in self.peers.items() if peer.can_serve(now)}
        return {hotkey: peer for hotkey, peer in able.items() if _fits(peer, selection)}

    def serving(self) -> frozenset[str]:
        """Hotkeys of the miners that can serve apps now."""
        now = self._now()
        return frozenset(hotkey for hotkey, peer in self.peers.items() if peer.can_serve(now))

    def domain_of(self, hotkey: str) -> str | None:
        """The domain that a miner claims."""
        peer = self.peers.get(hotkey)
        return peer.description.domain if peer and peer.description else None

    def record(self, asked: Iterable[str], faults: Mapping[str, str]) -> None:
        """Note who answered a session and who failed it."""
        now = self._now()
        for hotkey in asked:
            if hotkey in self.peers:
                self.peers[hotkey].health.record(hotkey in faults, now)

    def _connect(self, hotkey: str, address: str) -> ExpertChannel:
        return ExpertChannel(
            address=address,
            signer=self._signer,
            receiver=ss58_decode(hotkey),
            verify=verify,
            vocab_size=self._tongue.vocab_size,
        )

    def _is_due(self, peer: Peer, now: float) -> bool:
        pause = DESCRIBE_AGAIN_SECONDS if peer.description else FIRST_REST_SECONDS
        return now - peer.described_at >= pause

    async def _describe(self, peer: Peer) -> None:
        peer.described_at = self._now()
        try:
            found = await peer.channel.describe(timeout=DESCRIBE_SECONDS)
        except ExpertError as fault:
            log.debug("%s does not describe itself: %s", peer.hotkey, fault)
            return
        if found.tokenizer_hash != self._tongue.tokenizer_hash:
            log.info("%s speaks in another tokenizer; it is not asked", peer.hotkey)
            peer.description = None
            return
        peer.description = found


def _commitment(peer: Peer) -> str | None:
    return None if peer.description is None else peer.description.model_commitment


def _address(neuron: Neuron) -> tuple[str, str]:
    assert neuron.axon is not None, "only miners with an address have channels"
    host, port = neuron.axon
    return neuron.hotkey, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _fits(peer: Peer, selection: Selection) -> bool:
    if selection.hotkeys and peer.hotkey not in selection.hotkeys:
        return False
    return selection.domain is None or (peer.description is not None and peer.description.domain == selection.domain)

"""A miner that computes nothing: it passes every question on to the best paid other miner."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import numpy as np
from numpy.typing import NDArray

from chain.keys import ss58_decode, ss58_encode
from chain.metagraph import Neuron
from miner.membership import Membership
from miner.service import Prefixes
from wire.blocks import BlockReply, BlockRequest
from wire.distribution import Distribution
from wire.errors import ExpertError, Refusal
from wire.expert import ExpertChannel, ExpertSession
from wire.identity import Identity
from wire.operations import ScoreReply, ScoreRequest

STEP_SECONDS = 2.0


class RelaySession:
    """A session that another miner answers."""

    def __init__(self, session: ExpertSession) -> None:
        self._session = session
        self.first = session.first

    async def advance(self, tokens: NDArray[np.uint32]) -> Distribution:
        """What the other miner says."""
        return await self._session.reveal(tokens.tolist())

    async def read(self, request: BlockRequest) -> BlockReply:
        """What the other miner says of a block, and drafts."""
        return await self._session.read(request)


class RelayEngine:
    """Answers with the work of the miner that earns most."""

    def __init__(self, identity: Identity, membership: Membership) -> None:
        self._identity = identity
        self._membership = membership

    async def score(self, caller: bytes, request: ScoreRequest) -> ScoreReply:
        """What the other miner says."""
        try:
            async with self._connect() as channel:
                return await channel.score(request.input_ids, timeout=STEP_SECONDS, score_from=request.score_from)
        except ExpertError as error:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, f"no answer: {error}") from error

    @asynccontextmanager
    async def session(self, caller: bytes, prefixes: Prefixes) -> AsyncIterator[RelaySession]:
        """A session with the other miner."""
        try:
            async with self._connect() as channel, channel.session(prefixes, step_timeout=STEP_SECONDS) as session:
                yield RelaySession(session)
        except ExpertError as error:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, f"no answer: {error}") from error

    def _connect(self) -> ExpertChannel:
        victim = self._choose()
        assert victim.axon is not None
        host, port = victim.axon
        return ExpertChannel(
            address=f"{host}:{port}",
            signer=self._identity.signer,
            receiver=ss58_decode(victim.hotkey),
            verify=self._identity.verify,
        )

    def _choose(self) -> Neuron:
        own = ss58_encode(self._identity.public_key)
        metagraph = self._membership.metagraph
        neurons = metagraph.neurons if metagraph is not None else ()
        others = [neuron for neuron in neurons if neuron.axon is not None and neuron.hotkey != own]
        if not others:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, "there is nobody to relay to")
        return max(others, key=lambda neuron: (neuron.incentive, -neuron.uid))

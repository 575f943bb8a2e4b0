"""A tiny expert for tests: the next token is the last one plus one, nearly always."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import grpc
import numpy as np

from chain.keys import Keypair, verify
from wire.distribution import Distribution
from wire.errors import Refusal
from wire.expert import ExpertChannel
from wire.identity import Identity
from wire.operations import Description, ScoreReply, ScoreRequest
from wire.server import ServerConfig, serving

VOCAB = 300
MINER = Keypair.from_uri("//Miner")
ALICE = Keypair.from_uri("//Alice")
MALLORY = Keypair.from_uri("//Mallory")


def successor(tokens) -> Distribution:
    logprobs = np.full((len(tokens), VOCAB), -8.0)
    logprobs[np.arange(len(tokens)), (np.asarray(tokens, dtype=int) + 1) % VOCAB] = 0.0
    return Distribution.from_logprobs(logprobs)


class TinySession:
    def __init__(self, prefixes) -> None:
        self.first = successor([prefix[-1] for prefix in prefixes])

    async def advance(self, tokens) -> Distribution:
        return successor(tokens)


class TinyExpert:
    """Knows every hotkey but Mallory's."""

    def __init__(self) -> None:
        self.open_sessions = 0
        self.failure: Exception | None = None

    def authorize(self, caller: bytes, method: str) -> None:
        if caller == MALLORY.public_key:
            raise Refusal(grpc.StatusCode.PERMISSION_DENIED, "hotkey is not registered (hivegate register)")

    def admit(self, caller: bytes, method: str) -> None:
        if self.failure is not None:
            raise self.failure

    def is_ready(self) -> bool:
        return True

    def describe(self) -> Description:
        return Description("counting", "ab" * 16, "cd" * 16, VOCAB, max_context=32, sessions=4)

    async def score(self, caller: bytes, request: ScoreRequest) -> ScoreReply:
        distributions = tuple(successor(row[request.score_from - 1 : -1]) for row in request.input_ids)
        targets = tuple(
            item.logprob(np.array(row[request.score_from :]))
            for item, row in zip(distributions, request.input_ids, strict=True)
        )
        return ScoreReply(distributions, targets)

    @asynccontextmanager
    async def session(self, caller: bytes, prefixes) -> AsyncIterator[TinySession]:
        self.open_sessions += 1
        try:
            yield TinySession(prefixes)
        finally:
            self.open_sessions -= 1


@asynccontextmanager
async def connected(handler=None, *, signer=ALICE, receiver=MINER.public_key, config: ServerConfig | None = None):
    """A channel to a fresh server of ``handler`` on a free port."""
    async with AsyncExitStack() as stack:
        identity = Identity(MINER, verify)
        port = await stack.enter_async_context(serving(handler or TinyExpert(), identity, "127.0.0.1:0", config))
        channel = ExpertChannel(address=f"127.0.0.1:{port}", signer=signer, receiver=receiver, verify=verify)
        yield await stack.enter_async_context(channel)

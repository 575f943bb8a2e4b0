"""Real experts over real gRPC, small enough to know every number they say."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import aiohttp
import grpc
import numpy as np
import openai
import pytest

from chain.keys import Keypair, verify
from gating.features import Features
from gating.router import LinUCBRouter
from gating.text.tokenizer import load_tokenizer, train_tokenizer
from validator.answers import Limits, MixtureService, Sources
from validator.api.admission import Admission, Capacity
from validator.api.completions import CompletionsApi, Kitchen
from validator.api.models import Listing
from validator.api.server import Faces, build_application, serve
from validator.api.sse import Broadcast
from validator.errors import AnchorNotReady
from validator.metrics import Metrics
from validator.organic import Statement
from validator.panel import Deadlines, Patience
from validator.routing import Gate
from validator.sessions import Sessions
from wire.blocks import BlockReply, BlockRequest
from wire.decoder import BlockDecoder, Feed, run
from wire.distribution import Distribution
from wire.errors import Refusal
from wire.expert import ExpertChannel
from wire.identity import Identity
from wire.operations import Description, ScoreReply, ScoreRequest
from wire.server import serving

VOCAB_SIZE = 320


def bigram_table(seed: int, sharpness: float = 2.0) -> np.ndarray:
    """Log-probabilities of the next token by the last one, [V, V]."""
    logits = sharpness * np.random.default_rng(seed).standard_normal((VOCAB_SIZE, VOCAB_SIZE))
    return np.asarray(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))


def learn_bigrams(tokens: list[int]) -> np.ndarray:
    """Log-probabilities of the next token by the last one, counted in a text."""
    counts = np.full((VOCAB_SIZE, VOCAB_SIZE), 0.01)
    np.add.at(counts, (tokens[:-1], tokens[1:]), 1.0)
    return np.asarray(np.log(counts / counts.sum(axis=1, keepdims=True)))


@dataclass
class BigramSession:
    """Says what the table says; ``hook`` may wait or refuse at a step, which is a token or a block."""

    table: np.ndarray
    last: np.ndarray
    hook: Callable[[int], object]
    forges: bool = False
    step: int = 0
    first: Distribution = field(init=False)

    def __post_init__(self) -> None:
        self.first = Distribution.from_logprobs(self.table[self.last], k=VOCAB_SIZE)
        self.decoder = BlockDecoder(self.first)

    def take(self, feed: Feed) -> Distribution:
        """A table needs no state: what is forgotten was never kept."""
        return Distribution.from_logprobs(self.table[feed.tokens.astype(int).ravel()], k=VOCAB_SIZE)

    async def advance(self, tokens: np.ndarray) -> Distribution:
        await self.wait()
        return run(self.decoder.advance(tokens), self.take)

    async def read(self, request: BlockRequest) -> BlockReply:
        await self.wait()
        reply = run(self.decoder.read(request), self.take)
        return replace(reply, drafted=reply.drafted ^ np.uint32(1)) if self.forges else reply

    async def wait(self) -> None:
        self.step += 1
        waiting = self.hook(self.step)
        if asyncio.iscoroutine(waiting):
            await waiting


@dataclass
class BigramExpert:
    """A miner that knows only which token follows which."""

    table: np.ndarray
    hook: Callable[[int], object] = lambda step: None
    domain: str = "bigrams"
    tokenizer_hash: str = "bigram-tokens"
    signs: bool = True
    forges: bool = False
    keypair: Keypair = field(default_factory=lambda: Keypair.from_seed(np.random.default_rng().bytes(32)))
    heard: list[list[list[int]]] = field(default_factory=list)

    @property
    def hotkey(self) -> str:
        return self.keypair.ss58_address

    def authorize(self, caller: bytes, method: str) -> None:
        """Everyone may call."""

    def admit(self, caller: bytes, method: str) -> None:
        """There is always room."""

    def is_ready(self) -> bool:
        return True

    def describe(self) -> Description:
        return Description(self.domain, self.tokenizer_hash, "00" * 32, VOCAB_SIZE, 256)

    async def score(self, caller: bytes, request: ScoreRequest) -> ScoreReply:
        raise NotImplementedError

    @asynccontextmanager
    async def session(self, caller: bytes, prefixes: tuple[tuple[int, ...], ...]) -> AsyncIterator[BigramSession]:
        self.heard.append([list(prefix) for prefix in prefixes])
        yield BigramSession(self.table, np.array([prefix[-1] for prefix in prefixes]), self.hook, self.forges)
        if not self.signs:
            raise Refusal(grpc.StatusCode.ABORTED, "I never said that")


@dataclass
class Reached:
    """An expert as the validator sees it."""

    hotkey: str
    channel: ExpertChannel
    port: int
    drafts: bool = True

    def session(self, prefixes, *, step_timeout):
        return self.channel.session(prefixes, step_timeout=step_timeout)


class BigramAnchorState:
    """The anchor's side of a session, computed at once."""

    def __init__(self, table: np.ndarray, last: np.ndarray) -> None:
        self.table = table
        self.logprobs = table[last].astype(np.float32)

    async def advance(self, tokens) -> None:
        self.logprobs = self.table[np.asarray(tokens)].astype(np.float32)


@dataclass
class BigramAnchor:
    """An anchor that knows only which token follows which."""

    table: np.ndarray
    vocab_size: int = VOCAB_SIZE

    async def start(self, prefixes) -> BigramAnchorState:
        return BigramAnchorState(self.table, np.array([prefix[-1] for prefix in prefixes]))

    async def start_blocks(self, prefixes) -> BigramSession:
        return BigramSession(self.table, np.array([prefix[-1] for prefix in prefixes]), lambda step: None)


@pytest.fixture
def caller() -> Keypair:
    return Keypair.from_uri("//Alice")


@pytest.fixture
async def serve_expert(caller):
    """Serves an expert on a free port and gives the validator's end of it."""
    async with AsyncExitStack() as stack:

        async def start(expert: BigramExpert, alive: bool = True) -> Reached:
            identity = Identity(expert.keypair, verify)
            async with AsyncExitStack() as server:
                port = await server.enter_async_context(serving(expert, identity, "127.0.0.1:0"))
                if alive:
                    stack.push_async_exit(server.pop_all())
            channel = ExpertChannel(
                address=f"127.0.0.1:{port}",
                signer=caller,
                receiver=expert.keypair.public_key,
                verify=verify,
                vocab_size=VOCAB_SIZE,
            )
            await stack.enter_async_context(channel)
            return Reached(expert.hotkey, channel, port)

        yield start


@pytest.fixture
def bigrams():
    """The building blocks, for tests that make their own experts."""

    class Blocks:
        vocab_size = VOCAB_SIZE
        table = staticmethod(bigram_table)
        learn = staticmethod(learn_bigrams)
        Expert = BigramExpert
        Anchor = BigramAnchor
        refusal = Refusal

    return Blocks


SAMPLE = "The quick brown fox jumps over the lazy dog. User: hello\n\nAssistant: good day to you, dear reader.\n" * 40


@pytest.fixture(scope="session")
def tokenizer_file(tmp_path_factory):
    """A byte-level vocabulary of the size that the bigram experts speak."""
    folder = tmp_path_factory.mktemp("tokens")
    (folder / "train" / "sample").mkdir(parents=True)
    (folder / "train" / "sample" / "text.txt").write_text(SAMPLE)
    train_tokenizer(folder / "train", folder / "tokenizer.json", VOCAB_SIZE)
    return folder / "tokenizer.json"


@pytest.fixture(scope="session")
def tokenizer(tokenizer_file):
    return load_tokenizer(tokenizer_file)


@pytest.fixture
async def api(bigrams, serve_expert, tokenizer):
    """A served API with two experts; ``mixture`` may be replaced, ``admission`` is small."""
    async with AsyncExitStack() as stack:
        experts = [bigrams.Expert(bigrams.table(seed)) for seed in (1, 2)]
        reached = {one.hotkey: one for one in [await serve_expert(expert) for expert in experts]}

        def candidates(selection):
            return {key: one for key, one in reached.items() if not selection.hotkeys or key in selection.hotkeys}

        gate = Gate(LinUCBRouter(), Features(), tokenizer.decode)
        sessions = Sessions(bigrams.Anchor(bigrams.table(0)), lambda rows: [], 1)
        kept: list[Statement] = []
        sources = Sources(sessions, candidates, gate, lambda asked, faults: None, kept.append)
        state = SimpleNamespace(
            mixture=MixtureService(sources, Limits(64, 8), Deadlines(Patience(5.0, 5.0), Patience(5.0, 5.0))),
            admission=Admission(Capacity(running=1, waiting=0)),
            broadcast=Broadcast(),
            metrics=Metrics(),
            hotkeys=tuple(reached),
            experts=experts,
            kept=kept,
        )
        listing = Listing(state.hotkeys, ("bigrams",), 2)
        kitchen = Kitchen(lambda: state.mixture, lambda: listing, tokenizer, state.admission, state.metrics)

        async def evaluate(windows, *, mixed):
            if state.mixture is None:
                raise AnchorNotReady("not loaded")
            return {"windows": windows, "mixed": mixed}

        faces = Faces(
            CompletionsApi(kitchen), lambda: listing, lambda: {"block": 1}, evaluate, state.broadcast, state.metrics
        )
        server = await stack.enter_async_context(AsyncExitStack())
        state.stop = server.aclose
        port = await server.enter_async_context(serve(build_application(faces), "127.0.0.1", 0))
        state.url = f"http://127.0.0.1:{port}"
        state.http = await stack.enter_async_context(aiohttp.ClientSession(state.url))
        client = openai.AsyncOpenAI(base_url=f"{state.url}/v1", api_key="none", max_retries=0)
        state.openai = await stack.enter_async_context(client)
        yield state

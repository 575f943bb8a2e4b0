"""Builds a miner from its settings and runs it until a signal."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import click

from chain.keys import Keypair, verify
from chain.wallet import Wallet
from gating.text.model import LanguageModel
from gating.text.tokenizer import TextTokenizer, load_tokenizer
from gating.text.training import model_directory
from miner.behaviour import Behaviour, NoiseExpert, TwoFacedExpert
from miner.commitment import compute_commitment
from miner.expert import Expert, LanguageExpert
from miner.learning import Learned, LearnerConfig, TextLearner, build_learner, limit_threads, load_or_build, to_seed
from miner.membership import Membership
from miner.presence import Place, Presence
from miner.relay import RelayEngine
from miner.service import Engine, LocalEngine, MinerService
from miner.status import Status, keep_status, write_status
from miner.worker import Worker
from wire.blocks import BLOCK
from wire.identity import Identity
from wire.nonces import NonceStore
from wire.operations import OPERATIONS, Description
from wire.server import ServerConfig, serving

logger = logging.getLogger(__name__)

_RELAY_STAKE = 10**9
"""Rao; a relay needs a validator permit to ask others."""
_NOISE_CONTEXT = 256


class VocabularyMismatch(Exception):
    """The model and the subnet's tokenizer do not speak of the same tokens."""


@dataclass(frozen=True)
class MinerConfig:
    """Everything a miner is told."""

    place: Place
    bind_host: str
    wallet: Wallet
    password: Callable[[], str]
    data_dir: Path
    domain: str
    corpus_dir: Path
    tokenizer_file: Path
    model: str | None = None
    train_seconds: float = 60.0
    rehearse: bool = True
    """Whether to learn, and to check what was learnt, before paying for a seat."""
    behaviour: Behaviour = Behaviour.HONEST

    @property
    def checkpoint_dir(self) -> Path:
        """Where model and training state are kept."""
        return self.data_dir / "checkpoint"


@dataclass
class Brain:
    """The model side of a miner, and what it says about itself."""

    expert: Expert
    learner: TextLearner | None
    tokenizer: TextTokenizer
    model_dir: Path | None
    commitment: bytes = b""

    def refresh_commitment(self) -> bytes:
        """Commit to the model as it was last saved."""
        self.commitment = compute_commitment(self.model_dir, self.tokenizer.hash)
        return self.commitment

    def describe(self, domain: str) -> Description:
        """What others are told."""
        return Description(
            domain=domain,
            tokenizer_hash=self.tokenizer.hash,
            model_commitment=self.commitment.hex(),
            vocab_size=self.expert.vocab_size,
            max_context=self.expert.context,
            extensions=(*OPERATIONS, BLOCK),
        )


def build_brain(config: MinerConfig, seed: int) -> Brain:
    """Load what was learnt, or begin anew.

    Raises: CorruptCheckpoint, CorpusError, CorpusTooShort, VocabularyMismatch, FileNotFoundError.
    """
    limit_threads()
    tokenizer = load_tokenizer(config.tokenizer_file)
    noise = NoiseExpert(tokenizer.vocab_size, _NOISE_CONTEXT, seed)
    if config.behaviour in (Behaviour.NOISE, Behaviour.RELAY):
        return Brain(noise, None, tokenizer, None)
    model = load_or_build(config.checkpoint_dir, config.model, tokenizer.vocab_size, seed)
    if model.vocab_size != tokenizer.vocab_size:
        raise VocabularyMismatch(
            f"the model has {model.vocab_size} tokens, the subnet's tokenizer {tokenizer.vocab_size}"
            " (choose a model that was trained with this tokenizer)"
        )
    expert: Expert = LanguageExpert(model)
    if config.behaviour is Behaviour.TWO_FACED:
        expert = TwoFacedExpert(expert, noise)
    return Brain(expert, _build_learner(config, model, tokenizer, seed), tokenizer, _saved(config, model))


def _build_learner(
    config: MinerConfig, model: LanguageModel, tokenizer: TextTokenizer, seed: int
) -> TextLearner | None:
    if config.behaviour is Behaviour.RANDOM or config.train_seconds <= 0:
        return None
    learning = LearnerConfig(config.corpus_dir, tokenizer, config.checkpoint_dir, config.train_seconds, seed)
    return build_learner(model, learning)


def _saved(config: MinerConfig, model: LanguageModel) -> Path:
    """Folder of the model's files; written now if there was no checkpoint."""
    directory = model_directory(config.checkpoint_dir)
    if not directory.is_dir():
        model.save(directory)
    return directory


@dataclass
class Miner:
    """A running miner."""

    config: MinerConfig
    hotkey: Keypair
    brain: Brain
    membership: Membership
    service: MinerService
    port: int

    def read_status(self, state: str | None = None) -> Status:
        """This moment."""
        learner = self.brain.learner
        learned = learner.learned if learner is not None else Learned()
        return Status(
            state=state or self._state(),
            domain=self.config.domain,
            hotkey=self.hotkey.ss58_address,
            uid=self.membership.uid_of(self.hotkey.public_key),
            steps=learned.steps,
            loss=learned.loss,
            heldout_bits_per_byte=learned.heldout_bits_per_byte,
            trained_seconds=learned.seconds,
            sessions=self.service.open_sessions,
            requests=self.service.requests,
            commitment=self.brain.commitment.hex(),
            block=self.membership.block,
            address=f"{self.config.place.host}:{self.port}",
        )

    def _state(self) -> str:
        learner = self.brain.learner
        if self.is_rehearsing:
            return "rehearsing"
        return "training" if learner is not None and not learner.finished else "serving"

    @property
    def is_rehearsing(self) -> bool:
        """Whether it learns for a seat that it has yet to pay for."""
        learner = self.brain.learner
        seated = self.membership.uid_of(self.hotkey.public_key) is not None
        return self.config.rehearse and not seated and learner is not None and not learner.settled

    def may_register(self) -> bool:
        """Whether to pay for a seat now.

        Raises: NothingLearnt.
        """
        if self.is_rehearsing:
            return False
        learner = self.brain.learner
        if self.config.rehearse and learner is not None:
            learner.check()
            logger.info("rehearsed: %s", learner.learned)
        return True


@asynccontextmanager
async def running(config: MinerConfig) -> AsyncIterator[Miner]:
    """A miner that serves, learns and is present on chain inside the block.

    On exit it answers what is in flight, refuses the rest, and keeps what it has learnt.

    Raises: WalletError, PortTaken, NotRegistered, NothingLearnt, and what ``build_brain`` raises.
    """
    config.data_dir.mkdir(parents=True, exist_ok=True)
    hotkey = await asyncio.to_thread(config.wallet.unlock_hotkey, config.password())
    brain = await asyncio.to_thread(build_brain, config, to_seed(hotkey.public_key))
    brain.refresh_commitment()
    identity, membership = Identity(hotkey, verify), Membership(config.place.netuid)
    async with AsyncExitStack() as stack:
        nonces = stack.enter_context(closing(NonceStore(config.data_dir / "nonces.log")))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        worker = Worker(brain.expert, membership.share_of, brain.learner)
        engine: Engine = LocalEngine(await stack.enter_async_context(worker))
        if config.behaviour is Behaviour.RELAY:
            engine = RelayEngine(identity, membership)
        service = MinerService(engine, membership, partial(brain.describe, config.domain))
        address = f"{config.bind_host}:{config.place.port}"
        port = await stack.enter_async_context(serving(service, identity, address, ServerConfig(nonces)))
        miner = Miner(config, hotkey, brain, membership, service, port)
        logger.info("serving %s on %s:%d", config.domain, config.bind_host, port)
        with _cancelled_at_exit([tasks.create_task(work) for work in _background(miner)]):
            try:
                yield miner
            finally:
                service.drain()
    write_status(config.data_dir / "status.json", miner.read_status("stopped"))


@contextmanager
def _cancelled_at_exit(tasks: Sequence[asyncio.Task[None]]) -> Iterator[None]:
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


def _background(miner: Miner) -> list[Coroutine[None, None, None]]:
    """What goes on beside serving, for ever."""
    config = miner.config
    presence = Presence(
        place=replace(config.place, port=miner.port),
        hotkey=miner.hotkey,
        unlock_coldkey=lambda: config.wallet.unlock_coldkey(config.password()),
        membership=miner.membership,
        stake=_RELAY_STAKE if config.behaviour is Behaviour.RELAY else 0,
        may_register=miner.may_register,
    )
    presence.commit(miner.brain.commitment)
    if miner.brain.learner is not None:
        miner.brain.learner.on_checkpoint = _committer(miner.brain, presence)
    return [presence.keep(), keep_status(config.data_dir / "status.json", miner.read_status)]


def _committer(brain: Brain, presence: Presence) -> Callable[[bool], None]:
    """Describes every checkpoint, and publishes the last."""

    def on_checkpoint(finished: bool) -> None:
        commitment = brain.refresh_commitment()
        if finished:
            presence.commit(commitment)

    return on_checkpoint


async def run_miner(config: MinerConfig) -> None:
    """Run until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(config) as miner:
        click.echo(f"serving {config.domain} on {config.bind_host}:{miner.port} as {miner.hotkey.ss58_address}")
        await stop.wait()

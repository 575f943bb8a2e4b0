"""Miners and a validator as processes of their own, without a chain: only what an answer takes.

Every process prints its port and works until its standard input is closed.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from chain.keys import Keypair, verify
from chain.metagraph import Metagraph, Neuron
from gating.features import Features
from gating.objective import AuditItem
from gating.router import LinUCBRouter, RouterSettings
from gating.text.model import LanguageModel, ModelConfig
from gating.text.tokenizer import load_tokenizer
from miner.expert import LanguageExpert
from miner.membership import Membership
from miner.service import LocalEngine, MinerService
from miner.worker import Worker
from validator.anchor import LocalAnchor
from validator.anchor import Worker as AnchorWorker
from validator.answers import Limits, MixtureService, Sources
from validator.api.admission import Admission, Capacity
from validator.api.completions import CompletionsApi, Kitchen
from validator.api.models import Listing
from validator.api.server import Faces, build_application, serve
from validator.api.sse import Broadcast
from validator.channels import Peer
from validator.metrics import Metrics
from validator.panel import Deadlines, Patience
from validator.routing import Gate
from validator.sessions import Sessions
from validator.settings import AuditPlan
from wire.blocks import BLOCK
from wire.expert import ExpertChannel
from wire.identity import Identity
from wire.operations import OPERATIONS, Description
from wire.server import serving

PLAN = AuditPlan()
CALLER = Keypair.from_uri("//Validator")
LONG = Patience(30.0, 30.0)


@dataclass(frozen=True)
class World:
    """Where everybody listens, and the processes, the validator's last."""

    miners: tuple[int, ...]
    api: int
    processes: tuple[int, ...]

    def processor_seconds(self) -> float:
        """Processor time that all have used so far."""
        return sum(map(_processor_seconds, self.processes))


@contextmanager
def running(tokenizer_file: Path, miners: int = 2) -> Iterator[World]:
    """A world of processes for the length of the block."""
    with ExitStack() as stack:
        made = [stack.enter_context(_process("miner", str(tokenizer_file), str(seed))) for seed in range(miners)]
        ports = tuple(port for port, _ in made)
        api, validator = stack.enter_context(_process("validator", str(tokenizer_file), *map(str, ports)))
        yield World(ports, api, (*(process for _, process in made), validator))


@contextmanager
def _process(role: str, *arguments: str) -> Iterator[tuple[int, int]]:
    """Port and number of a process."""
    command = [sys.executable, "-m", "simulate.drafting_world", role, *arguments]
    environment = {"PYTHONPATH": ":".join(sys.path), "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        try:
            yield int(child.stdout.readline()), child.pid
        finally:
            child.stdin.close()


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def miner_key(seed: int) -> Keypair:
    """Hotkey of the miner number ``seed``."""
    return Keypair.from_uri(f"//Miner//{seed}")


def connect(seed: int, port: int, vocab_size: int) -> ExpertChannel:
    """The validator's channel to a miner."""
    address, receiver = f"127.0.0.1:{port}", miner_key(seed).public_key
    return ExpertChannel(address=address, signer=CALLER, receiver=receiver, verify=verify, vocab_size=vocab_size)


def hidden(rows: int, vocab_size: int) -> list[AuditItem]:
    """Texts of the lengths that audits have."""
    random = np.random.default_rng()
    items = []
    for _ in range(rows):
        length = int(random.integers(8, PLAN.context + 1))
        tokens = [int(token) for token in random.integers(1, vocab_size, length + PLAN.outcomes)]
        items.append(AuditItem("hidden", tuple(tokens[:length]), tuple(tokens[length:])))
    return items


def _build_model(vocab_size: int, seed: int) -> LanguageModel:
    torch.set_num_threads(1)
    return LanguageModel.build(ModelConfig(vocab_size), seed)


@asynccontextmanager
async def _miner(tokenizer_file: Path, seed: int) -> AsyncIterator[int]:
    vocab_size = load_tokenizer(tokenizer_file).vocab_size
    membership = Membership(1)
    name = CALLER.ss58_address
    neuron = Neuron(0, name, name, 100, True, True, None, 0.0, 0.0, 0.0, 0.0, 0, 0, 0)
    membership.update(Metagraph(1, 1, "0x00", 20, 0, name, (neuron,)))
    description = Description("made", "made", "00", vocab_size, 256, extensions=(*OPERATIONS, BLOCK))
    async with AsyncExitStack() as stack:
        expert = LanguageExpert(_build_model(vocab_size, seed + 1))
        worker = await stack.enter_async_context(Worker(expert, membership.share_of))
        service = MinerService(LocalEngine(worker), membership, lambda: description)
        identity = Identity(miner_key(seed), verify)
        yield await stack.enter_async_context(serving(service, identity, "127.0.0.1:0"))


@asynccontextmanager
async def _validator(tokenizer_file: Path, ports: Sequence[int]) -> AsyncIterator[int]:
    tokenizer = load_tokenizer(tokenizer_file)
    async with AsyncExitStack() as stack:
        peers = {}
        for seed, port in enumerate(ports):
            channel = await stack.enter_async_context(connect(seed, port, tokenizer.vocab_size))
            peer = Peer(miner_key(seed).ss58_address, f"127.0.0.1:{port}", channel)
            peer.description = await channel.describe(timeout=30.0)
            peers[peer.hotkey] = peer
        worker = AnchorWorker()
        stack.callback(worker.close)
        sessions = Sessions(
            LocalAnchor(_build_model(tokenizer.vocab_size, 0), worker),
            lambda rows: hidden(rows, tokenizer.vocab_size),
            PLAN.rows,
        )
        gate = Gate(LinUCBRouter(RouterSettings(prior_gain=1.0)), Features(), tokenizer.decode)
        sources = Sources(sessions, lambda selection: peers, gate, lambda asked, faults: None)
        mixture = MixtureService(sources, Limits(PLAN.context, PLAN.steps, PLAN.outcomes), Deadlines(LONG, LONG))
        listing = Listing(tuple(peers), ("made",), PLAN.k)
        metrics, admission = Metrics(), Admission(Capacity())
        completions = CompletionsApi(Kitchen(lambda: mixture, lambda: listing, tokenizer, admission, metrics))
        faces = Faces(completions, lambda: listing, dict, _evaluate_nothing, Broadcast(), metrics)
        yield await stack.enter_async_context(serve(build_application(faces), "127.0.0.1", 0))


async def _evaluate_nothing(windows: int, *, mixed: bool) -> dict[str, object]:
    return {"windows": windows, "mixed": mixed}


async def _work(role: str, tokenizer_file: Path, numbers: list[int]) -> None:
    opening = _miner(tokenizer_file, numbers[0]) if role == "miner" else _validator(tokenizer_file, numbers)
    async with opening as port:
        print(port)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1], Path(sys.argv[2]), [int(number) for number in sys.argv[3:]]))

"""A whole node as one context: ledger, sequencer and server, stopped in reverse."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from chain.node.clock import Clock, SystemClock
from chain.node.core import Node
from chain.node.explorer.routes import build_explorer
from chain.node.genesis import ChainIdentity, Genesis
from chain.node.ledger import Ledger
from chain.node.rpc.author_methods import AuthorMethods
from chain.node.rpc.chain_methods import ChainMethods
from chain.node.rpc.engine_methods import EngineMethods
from chain.node.rpc.payment_methods import PaymentMethods
from chain.node.rpc.protocol import Dispatcher
from chain.node.rpc.registry import build_table
from chain.node.rpc.server import ServerConfig, serve
from chain.node.rpc.state_methods import StateMethods
from chain.node.rpc.stream_methods import StreamMethods
from chain.node.rpc.subtensor_methods import build_subtensor_methods
from chain.node.rpc.system_methods import SystemMethods
from chain.node.sequencer import IntervalSequencer, ManualSequencer, Sequencer
from chain.node.signatures.checker import build_checker

DEFAULT_HISTORY: Final = 2_400
_MAX_BATCH: Final = 256
_MAX_WORKERS: Final = 4


def count_spare_cores() -> int:
    """Processors beside the one that the node itself needs, at most a few."""
    return min(_MAX_WORKERS, max(1, len(os.sched_getaffinity(0)) - 1))


@dataclass(frozen=True)
class NodeConfig:
    """What a node is started with; blocks are made by request where ``manual``.

    ``history`` is how many old states can be read, None for all; blocks are always kept.
    """

    data_dir: Path
    genesis: Genesis
    server: ServerConfig = field(default_factory=ServerConfig)
    block_ms: int = 1000
    manual: bool = False
    history: int | None = DEFAULT_HISTORY
    signature_workers: int = field(default_factory=count_spare_cores)
    clock: Clock = field(default_factory=SystemClock)


@dataclass(frozen=True)
class RunningNode:
    """A node that serves at ``url``."""

    url: str
    node: Node
    sequencer: Sequencer


@asynccontextmanager
async def run_node(config: NodeConfig) -> AsyncIterator[RunningNode]:
    """Run a node for as long as the context lasts.

    Raises:
        NodeError: one of its kinds; the directory or the port cannot be used.
    """
    ledger = Ledger.open(config.data_dir, config.genesis, config.history)
    checker = build_checker(config.signature_workers)
    node = Node(ledger, config.clock, config.block_ms, checker)
    sequencer = ManualSequencer() if config.manual else IntervalSequencer(config.block_ms, config.clock)
    identity = config.genesis.chain
    pages = build_explorer(node, identity, config.server.origins)
    try:
        async with (
            serve(build_dispatcher(node, sequencer, identity), config.server, pages) as url,
            asyncio.TaskGroup() as tasks,
        ):
            running = [
                tasks.create_task(sequencer.run(node.seal), name="sequencer"),
                tasks.create_task(checker.run(), name="signatures"),
            ]
            try:
                yield RunningNode(url, node, sequencer)
            finally:
                for task in running:
                    task.cancel()
    finally:
        node.close()


def build_dispatcher(node: Node, sequencer: Sequencer, identity: ChainIdentity) -> Dispatcher:
    """The method table around ``node``."""
    system = SystemMethods(node, identity)
    services: list[object] = [system, ChainMethods(node), StateMethods(node), AuthorMethods(node), StreamMethods()]
    services += [build_subtensor_methods(node), PaymentMethods(node.ledger)]
    if isinstance(sequencer, ManualSequencer):
        services.append(EngineMethods(sequencer))
    table = build_table(services)
    system.names = tuple(table)
    return Dispatcher(table, _MAX_BATCH)

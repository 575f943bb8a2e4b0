"""The command that runs a node."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import uvloop

from chain.node.dev import build_preset_genesis
from chain.node.rpc.origin import OriginPolicy, parse_origins
from chain.node.rpc.server import ServerConfig
from chain.node.service import DEFAULT_HISTORY, NodeConfig, run_node
from chain.node.spec import read_spec
from chain.pages import EXPLORER_PATH
from chain.runtime.genesis import PRESETS

_COLLECTOR_THRESHOLD = 500_000
"""About as many objects as a full pool holds, none of them in a cycle."""


def parse_history(text: str) -> int | None:
    """A number of blocks, or ``archive``, which is None.

    Raises:
        BadParameter: it is neither.
    """
    if text == "archive":
        return None
    if not text.isdecimal() or int(text) == 0:
        raise click.BadParameter(f"{text!r} is neither a number of blocks above zero nor archive")
    return int(text)


@dataclass(frozen=True)
class RunFlags:
    """The flags of ``run``, by their names."""

    data_dir: Path | None
    tmp: bool
    dev: bool
    host: str
    port: int
    preset: str
    block_time: float | None
    tempo: int | None
    manual: bool
    history: int | None
    spec: Path | None
    at_block: int
    allow_origin: tuple[str, ...]

    @property
    def block_ms(self) -> int:
        """Milliseconds between blocks: those asked for, or those of the preset."""
        return PRESETS[self.preset].block_time_ms if self.block_time is None else round(self.block_time * 1000)


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the chain is kept; made where missing.")
@click.option("--tmp", is_flag=True, help="Keep the chain in a directory that goes away at the end.")
@click.option("--dev", is_flag=True, help="The development chain; as --tmp unless --data-dir is given.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=9944, show_default=True, help="Port; 0 for any.")
@click.option(
    "--preset",
    type=click.Choice(list(PRESETS)),
    default="dev",
    show_default=True,
    help="The rules that a new chain begins with: made for quick tests, or those of the public chain (commit-reveal, "
    "rate limits, prices of registration).",
)
@click.option("--block-time", type=click.FloatRange(0.02, 600), help="Seconds.  [default: 1, or 12 for mainnet-like]")
@click.option(
    "--tempo", type=click.IntRange(1, 65535), help="Blocks of an epoch.  [default: 20, or 360 for mainnet-like]"
)
@click.option("--manual", is_flag=True, help="Make blocks only when engine_createBlock asks.")
@click.option(
    "--history",
    type=parse_history,
    metavar="N|archive",
    default=str(DEFAULT_HISTORY),
    show_default=True,
    help="How many old states can be read; archive for all. Blocks are always kept.",
)
@click.option("--spec", type=click.Path(path_type=Path), help="Begin with this raw chain specification.")
@click.option(
    "--at-block", type=click.IntRange(0, 1 << 31), default=0, help="Begin as if that many blocks had passed; for tests."
)
@click.option("--allow-origin", multiple=True, help="Origin of web pages that may call the node; * for any.")
def run(**flags: Any) -> None:
    """Run the node until SIGTERM or Ctrl-C."""
    given = RunFlags(**flags)
    if given.data_dir is None and not (given.tmp or given.dev):
        raise click.UsageError("give --data-dir DIR, --tmp or --dev")
    if given.data_dir is not None and given.tmp:
        raise click.UsageError("give either --data-dir DIR or --tmp")
    if given.spec is not None and (given.dev or given.at_block or given.preset != "dev"):
        raise click.UsageError("--dev, --preset and --at-block are for chains of a preset, not for one of --spec")
    if given.dev and given.preset != "dev":
        raise click.UsageError("--dev is the development chain; give --tmp or --data-dir DIR with another preset")
    with _directory(given) as directory, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(_build_config(given, directory)))


@contextmanager
def _directory(flags: RunFlags) -> Iterator[Path]:
    if flags.data_dir is not None:
        yield flags.data_dir
        return
    with tempfile.TemporaryDirectory(prefix="hivegate-chain-") as name:
        yield Path(name)


def _build_config(flags: RunFlags, directory: Path) -> NodeConfig:
    try:
        origins = OriginPolicy(parse_origins(flags.allow_origin))
    except ValueError as error:
        raise click.UsageError(f"--allow-origin: {error}") from error
    tempo = flags.tempo or PRESETS[flags.preset].tempo
    genesis = (
        build_preset_genesis(flags.preset, tempo, flags.at_block, flags.block_ms)
        if flags.spec is None
        else read_spec(flags.spec)
    )
    return NodeConfig(
        directory,
        genesis,
        ServerConfig(flags.host, flags.port, origins=origins),
        block_ms=flags.block_ms,
        manual=flags.manual,
        history=flags.history,
    )


async def _serve(config: NodeConfig) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with run_node(config) as running:
        _spare_collector()
        click.echo(f"listening on {running.url}")
        click.echo(f"explorer at {running.url.replace('ws', 'http', 1)}{EXPLORER_PATH}/")
        sys.stdout.flush()
        await stop.wait()


def _spare_collector() -> None:
    """Keep the state, which holds no cycles, out of the way of the collector, which would walk it again and again."""
    gc.freeze()
    gc.set_threshold(_COLLECTOR_THRESHOLD)

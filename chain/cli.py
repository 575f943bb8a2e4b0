"""Commands of the ledger: run a node, look at a chain, take its blocks along."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import orjson
import uvloop

from chain.node.dev import build_dev_genesis
from chain.node.rpc.origin import OriginPolicy, parse_origins
from chain.node.rpc.server import ServerConfig
from chain.node.service import NodeConfig, run_node
from chain.remote.errors import ChainError
from chain.remote.link import Link
from chain.remote.values import build_head

_URL = click.option("--chain", "url", default="ws://127.0.0.1:9944", show_default=True, help="Node to ask.")


@click.group()
def group() -> None:
    """Run the ledger node, look at a chain."""


@group.command()
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the chain is kept; made where missing.")
@click.option("--tmp", is_flag=True, help="Keep the chain in a directory that goes away at the end.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=9944, show_default=True, help="Port; 0 for any.")
@click.option("--block-time", type=click.FloatRange(0.02, 600), default=1.0, show_default=True, help="Seconds.")
@click.option("--tempo", type=click.IntRange(1, 65535), default=20, show_default=True, help="Blocks of an epoch.")
@click.option("--manual", is_flag=True, help="Make blocks only when engine_createBlock asks.")
@click.option("--allow-origin", multiple=True, help="Origin of web pages that may call the node; * for any.")
def run(  # noqa: PLR0913 (one parameter for each flag)
    *,
    data_dir: Path | None,
    tmp: bool,
    tempo: int,
    block_time: float,
    manual: bool,
    host: str,
    port: int,
    allow_origin: tuple[str, ...],
) -> None:
    """Run the node until SIGTERM or Ctrl-C."""
    if tmp == (data_dir is not None):
        raise click.UsageError("give either --data-dir DIR or --tmp")
    try:
        origins = OriginPolicy(parse_origins(allow_origin))
    except ValueError as error:
        raise click.UsageError(f"--allow-origin: {error}") from error
    with ExitStack() as stack:
        directory = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hivegate-chain-")))
        config = NodeConfig(
            directory,
            build_dev_genesis(tempo),
            ServerConfig(host, port, origins=origins),
            block_ms=round(block_time * 1000),
            manual=manual,
        )
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(config))


@group.command()
@_URL
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(url: str, as_json: bool) -> None:
    """Show what a node serves."""
    found = asyncio.run(_ask_status(url))
    if as_json:
        click.echo(orjson.dumps(found))
        return
    for name, value in found.items():
        click.echo(f"{name:12} {value}")


@group.command()
@_URL
@click.option("--from", "first", type=click.IntRange(0), default=0, show_default=True, help="First block.")
@click.option("--to", "last", type=click.IntRange(0), help="Last block; the newest if not given.")
def export(url: str, first: int, last: int | None) -> None:
    """Write blocks as lines of JSON."""
    asyncio.run(_export(url, first, last))


async def _serve(config: NodeConfig) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with run_node(config) as running:
        click.echo(f"listening on {running.url}")
        sys.stdout.flush()
        await stop.wait()


async def _ask_status(url: str) -> dict[str, Any]:
    link = Link(url, timeout=5.0)
    try:
        head = build_head(await link.request("chain_getHeader"))
        final_hash = await link.request("chain_getFinalizedHead")
        version = await link.request("state_getRuntimeVersion")
        return {
            "chain": await link.request("system_chain"),
            "node": f"{await link.request('system_name')} {await link.request('system_version')}",
            "runtime": f"{version['specName']} {version['specVersion']}",
            "genesis": link.genesis_hash,
            "block": head.number,
            "hash": head.hash,
            "finalized": build_head(await link.request("chain_getHeader", [final_hash])).number,
        }
    finally:
        await link.close()


async def _export(url: str, first: int, last: int | None) -> None:
    link = Link(url, timeout=10.0)
    try:
        newest = build_head(await link.request("chain_getHeader")).number
        if last is not None and last > newest:
            raise ChainError(f"the chain ends at block {newest}; choose --to up to that")
        for number in range(first, (newest if last is None else last) + 1):
            block_hash = await link.request("chain_getBlockHash", [number])
            block = await link.request("chain_getBlock", [block_hash])
            click.echo(orjson.dumps({"hash": block_hash, **block["block"]}))
    finally:
        await link.close()

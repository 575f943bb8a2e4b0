"""Commands of the ledger: run a node, look at a chain, take its blocks along."""

from __future__ import annotations

import asyncio
from typing import Any

import click
import orjson

from chain.export_cli import export, import_
from chain.remote.link import Link
from chain.remote.values import build_head
from chain.run_cli import run

_URL = click.option("--chain", "url", default="ws://127.0.0.1:9944", show_default=True, help="Node to ask.")


@click.group()
def group() -> None:
    """Run the ledger node, look at a chain."""


for command in (run, export, import_):
    group.add_command(command)


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

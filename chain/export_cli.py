"""The commands that take a chain along: its blocks, its first state, or the state of a block to go on from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

import click
import orjson

from chain.block import Block, Header
from chain.node.genesis import ChainIdentity
from chain.node.snapshot import Snapshot, encode_snapshot, import_snapshot, read_snapshot
from chain.node.spec import encode_spec
from chain.remote.errors import ChainError
from chain.remote.link import Link
from chain.remote.values import build_head

_SECONDS = 30.0
_PAGE = 1000


@click.command()
@click.option("--chain", "url", default="ws://127.0.0.1:9944", show_default=True, help="Node to ask.")
@click.option("--from", "first", type=click.IntRange(0), default=0, show_default=True, help="First block.")
@click.option("--to", "last", type=click.IntRange(0), help="Last block; the newest if not given.")
@click.option("--raw", is_flag=True, help="Instead, a raw chain specification that begins with the state at --at.")
@click.option("--snapshot", is_flag=True, help="Instead, what chain import needs to go on from the last final block.")
@click.option("--at", type=click.IntRange(0), default=0, show_default=True, help="Block of --raw.")
@click.option(
    "--out", type=click.File("wb", lazy=True), default="-", help="File to write; standard output if not given."
)
def export(  # noqa: PLR0913 (one parameter for each flag)
    *, url: str, first: int, last: int | None, raw: bool, snapshot: bool, at: int, out: IO[bytes]
) -> None:
    """Write blocks as lines of JSON, or a state as one JSON document."""
    if raw and snapshot:
        raise click.UsageError("give either --raw or --snapshot")
    if raw:
        out.write(asyncio.run(_export_spec(url, at)))
    elif snapshot:
        out.write(asyncio.run(_export_snapshot(url)))
    else:
        asyncio.run(_export_blocks(url, out, first, last))


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--data-dir", type=click.Path(path_type=Path), required=True, help="Where to put the chain; empty.")
def import_(file: Path, data_dir: Path) -> None:
    """Begin a chain from a snapshot; chain run --data-dir goes on with it."""
    snapshot = read_snapshot(file)
    import_snapshot(snapshot, data_dir)
    click.echo(f"block {snapshot.head.number} 0x{snapshot.head.hash.hex()}")


async def _export_blocks(url: str, out: IO[bytes], first: int, last: int | None) -> None:
    async with _link(url) as link:
        newest = build_head(await link.request("chain_getHeader")).number
        if last is not None and last > newest:
            raise ChainError(f"the chain ends at block {newest}; choose --to up to that")
        for number in range(first, (newest if last is None else last) + 1):
            block_hash = await link.request("chain_getBlockHash", [number])
            block = await link.request("chain_getBlock", [block_hash])
            out.write(orjson.dumps({"hash": block_hash, **block["block"]}) + b"\n")


async def _export_spec(url: str, number: int) -> bytes:
    async with _link(url) as link:
        block_hash = await link.request("chain_getBlockHash", [number])
        if block_hash is None:
            raise ChainError(f"{url} has no block {number}; choose another --at")
        name, kind = await link.request("system_chain"), await link.request("system_chainType")
        given = await link.request("system_properties")
        units = (given.get("ss58Format", 42), given.get("tokenDecimals", 9), given.get("tokenSymbol", "TAO"))
        chain = ChainIdentity(name, kind if isinstance(kind, str) else "Live", *units)
        return encode_spec(await _read_state(link, block_hash), chain)


async def _export_snapshot(url: str) -> bytes:
    async with _link(url) as link:
        block_hash = await link.request("chain_getFinalizedHead")
        genesis, head = [await _read_block(link, at) for at in (link.genesis_hash, block_hash)]
        return encode_snapshot(Snapshot(genesis, head, await _read_state(link, block_hash)))


async def _read_block(link: Link, block_hash: str | None) -> Block:
    block = (await link.request("chain_getBlock", [block_hash]))["block"]
    header = block["header"]
    parent, state_root, root = (_parse(header[name]) for name in ("parentHash", "stateRoot", "extrinsicsRoot"))
    logs = tuple(map(_parse, header["digest"]["logs"]))
    return Block(
        Header(parent, int(header["number"], 16), state_root, root, logs), tuple(map(_parse, block["extrinsics"]))
    )


async def _read_state(link: Link, block_hash: str) -> dict[bytes, bytes]:
    items: dict[bytes, bytes] = {}
    start = "0x"
    while keys := await link.request("state_getKeysPaged", ["0x", _PAGE, start, block_hash]):
        [found] = await link.request("state_queryStorageAt", [keys, block_hash])
        items.update((_parse(key), _parse(value)) for key, value in found["changes"])
        start = keys[-1]
    return items


@asynccontextmanager
async def _link(url: str) -> AsyncIterator[Link]:
    link = Link(url, timeout=_SECONDS)
    try:
        yield link
    finally:
        await link.close()


def _parse(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))

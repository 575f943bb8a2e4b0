"""One signed extrinsic on its way into a block.

The bytes are signed once and may be handed in any number of times: their nonce lets them into one block at most.
So a lost connection or a restarted node is answered by looking for the hash in the chain, and else by the same bytes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from chain.remote.errors import RequestRefused
from chain.remote.faults import ALREADY_IMPORTED, build_invalid_transaction, is_refusal
from chain.remote.link import Link
from chain.remote.values import Head, build_head
from chain.runtime.errors import InvalidTransaction


@dataclass(frozen=True)
class Signed:
    """A signed extrinsic; ``after`` is the last block that cannot hold it."""

    raw: str
    hash: str
    after: int


@dataclass(frozen=True)
class Included:
    """Where an extrinsic is."""

    block_hash: str
    number: int
    index: int


async def hand_in(link: Link, extrinsic: Signed) -> None:
    """Give ``extrinsic`` to the node's pool, where it may be already.

    Raises:
        InvalidTransaction: the pool does not take it.
    """
    try:
        await link.request("author_submitExtrinsic", [extrinsic.raw])
    except RequestRefused as error:
        if error.code == ALREADY_IMPORTED:
            return
        if is_refusal(error):
            raise build_invalid_transaction(error) from error
        raise


async def is_included(link: Link, extrinsic: Signed) -> bool:
    """Whether ``extrinsic`` is in a block already."""
    found, _ = await _scan(link, extrinsic, extrinsic.after, await get_head(link))
    return found is not None


async def wait_included(link: Link, extrinsic: Signed) -> Included:
    """Where ``extrinsic`` is, as soon as it is in a block; handed in again for as long as it is not.

    Raises:
        InvalidTransaction: it will not be in a block any more.
    """
    scanned = extrinsic.after
    async with aclosing(stream_heads(link)) as heads:
        async for head in heads:
            scanned = min(scanned, head.number - 1)
            found, scanned = await _scan(link, extrinsic, scanned, head)
            if found:
                return found
            try:
                await hand_in(link, extrinsic)
            except InvalidTransaction:
                found, scanned = await _scan(link, extrinsic, scanned, await get_head(link))
                if found:
                    return found
                raise
    raise AssertionError("the stream of heads has no end")


async def wait_finalized(link: Link, extrinsic: Signed, included: Included) -> Included:
    """As :func:`wait_included`, once that block can no longer be replaced."""
    stream = link.stream("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads")
    async with aclosing(stream) as headers:
        async for header in headers:
            if build_head(header).number < included.number:
                continue
            if await link.request("chain_getBlockHash", [included.number]) == included.block_hash:
                return included
            included = await wait_included(link, extrinsic)
    raise AssertionError("the stream of heads has no end")


async def stream_heads(link: Link) -> AsyncGenerator[Head, None]:
    """Every new best block; one who was cut off, or is slow, may miss some before the newest."""
    last: str | None = None
    async with aclosing(link.stream("chain_subscribeNewHeads", "chain_unsubscribeNewHeads")) as headers:
        async for header in headers:
            head = build_head(header)
            if head.hash != last:
                last = head.hash
                yield head


async def get_head(link: Link) -> Head:
    """The newest block."""
    return build_head(await link.request("chain_getHeader"))


async def _scan(link: Link, extrinsic: Signed, scanned: int, head: Head) -> tuple[Included | None, int]:
    """Look into the blocks above ``scanned`` up to ``head``; gives the last one looked into."""
    for number in range(scanned + 1, head.number + 1):
        block_hash = head.hash if number == head.number else await link.request("chain_getBlockHash", [number])
        block = await link.request("chain_getBlock", [block_hash])
        if block is None:
            return None, scanned
        extrinsics = block["block"]["extrinsics"]
        if extrinsic.raw in extrinsics:
            return Included(block_hash, number, extrinsics.index(extrinsic.raw)), number
        scanned = number
    return None, scanned

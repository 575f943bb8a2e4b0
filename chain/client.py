"""The way to a chain for miners, validators and tools: any Substrate node that speaks the dialect, by its URL.

    async with connect("ws://127.0.0.1:9944") as client:
        receipt = await client.submit(Call("Balances", "transfer_keep_alive", {"dest": bob, "value": 1}), alice)

Lost connections come back by themselves; every request has a deadline.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from chain.keys import Keypair
from chain.metagraph import Metagraph
from chain.pages import EXPLORER_PATH, NODE_NAME
from chain.remote import codec
from chain.remote.errors import (
    ChainError,
    ChainUnreachable,
    OtherChain,
    RequestRefused,
    SubmissionTimeout,
    UnknownItem,
)
from chain.remote.interface import InterfaceThread
from chain.remote.link import Link
from chain.remote.submission import (
    Included,
    Signed,
    get_head,
    hand_in,
    is_included,
    stream_heads,
    wait_finalized,
    wait_included,
)
from chain.remote.subnets import read_metagraph
from chain.remote.values import Call, Event, Head, Receipt
from chain.runtime.errors import DispatchError, InvalidTransaction

__all__ = [
    "Call",
    "ChainClient",
    "ChainError",
    "ChainUnreachable",
    "DispatchError",
    "Event",
    "Head",
    "InvalidTransaction",
    "OtherChain",
    "Receipt",
    "RequestRefused",
    "SubmissionTimeout",
    "UnknownItem",
    "connect",
]

_SIGN_ATTEMPTS: Final = 3
_PAGE: Final = 500


class ChainClient:
    """An open client; made by :func:`connect`."""

    def __init__(self, link: Link, interface: InterfaceThread) -> None:
        self._link = link
        self._interface = interface
        self._signing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def block_number(self) -> int:
        """Number of the newest block."""
        return (await get_head(self._link)).number

    async def block_hash(self, number: int | None = None) -> str:
        """Hash of block ``number``, of the newest for None.

        Raises:
            UnknownItem: there is no such block.
        """
        found: str | None = await self._link.request("chain_getBlockHash", [] if number is None else [number])
        if found is None:
            raise UnknownItem(f"the chain has no block {number}")
        return found

    async def explorer_url(self) -> str | None:
        """Where the node shows its chain to browsers; None for nodes other than ours, which show nothing."""
        if await self._link.request("system_name") != NODE_NAME:
            return None
        return self._link.url.replace("ws", "http", 1).rstrip("/") + f"{EXPLORER_PATH}/"

    async def query(self, pallet: str, item: str, params: Sequence[Any] = (), block_hash: str | None = None) -> Any:
        """Value of a storage item; its default, or None, where it is not set."""
        return await self._interface.run(partial(codec.query, pallet, item, params, block_hash))

    async def query_map(
        self, pallet: str, item: str, params: Sequence[Any] = (), block_hash: str | None = None
    ) -> list[tuple[Any, Any]]:
        """Keys and values of a storage map; ``params`` are the first keys, if any."""
        return await self._interface.run(partial(codec.query_map, pallet, item, params, block_hash))

    async def storage(self, key: bytes, block_hash: str | None = None) -> bytes | None:
        """Raw value under a storage key; None where there is none."""
        params = ["0x" + key.hex()] + ([] if block_hash is None else [block_hash])
        found: str | None = await self._link.request("state_getStorage", params)
        return None if found is None else bytes.fromhex(found.removeprefix("0x"))

    async def storage_pairs(self, prefix: bytes, block_hash: str) -> dict[bytes, bytes]:
        """Raw keys that start with ``prefix``, and their values."""
        pairs: dict[bytes, bytes] = {}
        last = text = "0x" + prefix.hex()
        while keys := await self._link.request("state_getKeysPaged", [text, _PAGE, last, block_hash]):
            (found,) = await self._link.request("state_queryStorageAt", [keys, block_hash])
            pairs |= {bytes.fromhex(key[2:]): bytes.fromhex(value[2:]) for key, value in found["changes"] if value}
            last = keys[-1]
        return pairs

    async def events(self, block_hash: str) -> list[dict[str, Any]]:
        """Events of a block, as substrate-interface shows them."""
        return await self._interface.run(partial(codec.list_events, block_hash))

    async def runtime_call(self, method: str, data: bytes, block_hash: str | None = None) -> bytes:
        """SCALE result of a runtime API."""
        params = [method, "0x" + data.hex()] + ([] if block_hash is None else [block_hash])
        return bytes.fromhex((await self._link.request("state_call", params)).removeprefix("0x"))

    async def submit(
        self,
        call: Call,
        signer: Keypair,
        *,
        finalized: bool = False,
        timeout: float = 30.0,  # noqa: ASYNC109 (the caller names the deadline)
    ) -> Receipt:
        """Sign ``call``, get it into a block, and tell what it did there.

        Raises:
            DispatchError: the call failed in the block; its subclass tells why.
            InvalidTransaction: it could not be in a block.
            SubmissionTimeout: it was not in a block within ``timeout`` seconds.
            ChainUnreachable: nobody answers.
        """
        extrinsic: Signed | None = None
        try:
            async with asyncio.timeout(timeout):
                extrinsic = await self._sign_and_hand_in(call, signer)
                included = await wait_included(self._link, extrinsic)
                if finalized:
                    included = await wait_finalized(self._link, extrinsic, included)
                return await self._read_receipt(extrinsic, included)
        except TimeoutError:
            known = "it was not handed in" if extrinsic is None else f"{extrinsic.hash} may still land"
            what = f"{call.pallet}.{call.function}"
            raise SubmissionTimeout(f"{what} was not in a block within {timeout:g} s; {known}") from None

    async def metagraph(self, netuid: int, block_hash: str | None = None) -> Metagraph:
        """All neurons of a subnet at one block.

        Raises:
            UnknownItem: there is no such subnet.
        """
        return await read_metagraph(self, netuid, block_hash or await self.block_hash())

    async def weights(self, netuid: int, block_hash: str | None = None) -> dict[int, list[tuple[int, int]]]:
        """Weights that each uid has set: (uid, u16) pairs."""
        return await self._read_rows("Weights", netuid, block_hash)

    async def bonds(self, netuid: int, block_hash: str | None = None) -> dict[int, list[tuple[int, int]]]:
        """Bonds that each uid holds: (uid, u16) pairs."""
        return await self._read_rows("Bonds", netuid, block_hash)

    def heads(self) -> AsyncIterator[Head]:
        """Every new best block, over lost connections too; the slow see the newest and may miss some before."""
        return stream_heads(self._link)

    async def close(self) -> None:
        """Hang up."""
        await self._link.close()
        await self._interface.close()

    async def _read_rows(self, item: str, netuid: int, block_hash: str | None) -> dict[int, list[tuple[int, int]]]:
        rows = await self.query_map("SubtensorModule", item, [netuid], block_hash)
        return {uid: [(other, value) for other, value in row] for uid, row in rows}

    async def _sign_and_hand_in(self, call: Call, signer: Keypair) -> Signed:
        """Hand ``call`` in under the next free nonce; another one where somebody else took it first."""
        address = signer.ss58_address
        async with self._signing[address]:
            for attempt in range(_SIGN_ATTEMPTS):
                head = await get_head(self._link)
                nonce = await self._link.request("system_accountNextIndex", [address])
                raw, extrinsic_hash = await self._interface.run(partial(codec.sign, call, signer, nonce))
                extrinsic = Signed(raw, extrinsic_hash, head.number)
                try:
                    await hand_in(self._link, extrinsic)
                except InvalidTransaction as error:
                    if await is_included(self._link, extrinsic):  # the answer to the first try was lost
                        return extrinsic
                    if attempt + 1 == _SIGN_ATTEMPTS or not codec.is_nonce_taken(error):
                        raise
                else:
                    return extrinsic
        raise AssertionError("the last attempt returns or raises")

    async def _read_receipt(self, extrinsic: Signed, included: Included) -> Receipt:
        receipt, failure = await self._interface.run(partial(codec.read_receipt, extrinsic.hash, included))
        if failure is not None:
            failure.add_note(f"in block {receipt.block_number} at {receipt.extrinsic_index}, fee {receipt.fee} rao")
            raise failure
        return receipt


@asynccontextmanager
async def connect(url: str, *, timeout: float = 30.0) -> AsyncIterator[ChainClient]:  # noqa: ASYNC109 (the caller names the deadline)
    """A client of the node at ``url``; requests wait up to ``timeout`` seconds for it to answer.

    Raises:
        ChainUnreachable: nobody answers there in that time.
    """
    link = Link(url, timeout)
    client = ChainClient(link, InterfaceThread(url, timeout))
    try:
        await link.request("chain_getBlockHash", [0])
        yield client
    finally:
        await client.close()

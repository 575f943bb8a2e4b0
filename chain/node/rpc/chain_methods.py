"""Methods ``chain_*``: blocks, headers and the streams of both."""

from __future__ import annotations

from chain.block import Block
from chain.node.core import Node
from chain.node.errors import UnknownBlock
from chain.node.rpc.encoding import encode_block, encode_header, encode_hex
from chain.node.rpc.params import optional, parse_block_numbers, parse_hash
from chain.node.rpc.registry import Caller, Subscription, method, subscription

_AT = (optional("hash", parse_hash),)


class ChainMethods:
    """Reads blocks by number and hash."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._ledger = node.ledger

    @method("chain_getBlockHash", "chain_getHead", params=(optional("number", parse_block_numbers),))
    def get_block_hash(self, number: int | list[int | None] | None = None) -> object:
        if isinstance(number, list):
            return [self._hash_of(item) for item in number]
        return self._hash_of(number)

    @method("chain_getFinalizedHead", "chain_getFinalisedHead")
    def get_finalized_head(self) -> str:
        return encode_hex(self._ledger.finalized.hash)

    @method("chain_getHeader", params=_AT)
    def get_header(self, block_hash: bytes | None) -> object:
        try:
            return encode_header(self._find(block_hash).header)
        except UnknownBlock:
            return None

    @method("chain_getBlock", params=_AT)
    def get_block(self, block_hash: bytes | None) -> object:
        try:
            return encode_block(self._find(block_hash))
        except UnknownBlock:
            return None

    @subscription("chain_subscribeNewHeads", "chain_subscribeNewHead")
    def subscribe_new_heads(self, caller: Caller) -> Subscription:
        return self._subscribe_heads(caller, "chain_newHead")

    @subscription("chain_subscribeAllHeads")
    def subscribe_all_heads(self, caller: Caller) -> Subscription:
        return self._subscribe_heads(caller, "chain_allHead")

    @subscription("chain_subscribeFinalizedHeads", "chain_subscribeFinalisedHeads")
    def subscribe_finalized_heads(self, caller: Caller) -> Subscription:
        stream = caller.open("chain_finalizedHead")
        stream.notify(encode_header(self._ledger.finalized.header))
        stream.on_close(self._node.finalized.add(lambda block: stream.notify(encode_header(block.header))))
        return stream

    def _subscribe_heads(self, caller: Caller, name: str) -> Subscription:
        stream = caller.open(name)
        stream.notify(encode_header(self._ledger.head.header))
        stream.on_close(self._node.heads.add(lambda sealed: stream.notify(encode_header(sealed.block.header))))
        return stream

    def _hash_of(self, number: int | None) -> str | None:
        if number is None:
            return encode_hex(self._ledger.head.hash)
        try:
            return encode_hex(self._ledger.block(number).hash)
        except UnknownBlock:
            return None

    def _find(self, block_hash: bytes | None) -> Block:
        if block_hash is None:
            return self._ledger.head
        return self._ledger.block(self._ledger.number_of(block_hash))

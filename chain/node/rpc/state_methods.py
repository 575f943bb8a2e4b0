"""Methods ``state_*``: storage at any block, proofs, runtime calls, metadata, and the stream of changes."""

from __future__ import annotations

import asyncio
from functools import lru_cache, partial
from itertools import islice
from typing import Final

from chain.crypto import blake2_256
from chain.node.core import Node
from chain.node.ledger import SealedBlock
from chain.node.rpc.answers import RecentAnswers
from chain.node.rpc.encoding import encode_hex, encode_optional
from chain.node.rpc.errors import CLIENT_ERROR, RpcError
from chain.node.rpc.params import Param, optional, parse_hash, parse_hex, parse_keys, parse_page_size, parse_text
from chain.node.rpc.reading import discarded_told, find_number
from chain.node.rpc.registry import Caller, Subscription, method, subscription
from chain.node.rpc.version import encode_version
from chain.node.state import StateView
from chain.runtime.executive import UnknownRuntimeApi, call_api
from chain.runtime.runtime import RUNTIME

_AT: Final = optional("hash", parse_hash)
_KEY: Final = Param("key", parse_hex)
_MAX_LISTED: Final = 10_000


class StateMethods:
    """Reads the state after any block."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._ledger = node.ledger
        self._answers = RecentAnswers()

    @method("state_getStorage", "state_getStorageAt", params=(_KEY, _AT))
    def get_storage(self, key: bytes, at: bytes | None) -> str | None:
        return encode_optional(self._state(at).get(key))

    @method("state_getStorageHash", "state_getStorageHashAt", params=(_KEY, _AT))
    def get_storage_hash(self, key: bytes, at: bytes | None) -> str | None:
        value = self._state(at).get(key)
        return None if value is None else encode_hex(blake2_256(value))

    @method("state_getStorageSize", "state_getStorageSizeAt", params=(_KEY, _AT))
    def get_storage_size(self, key: bytes, at: bytes | None) -> int | None:
        value = self._state(at).get(key)
        return None if value is None else len(value)

    @method(
        "state_getKeysPaged",
        "state_getKeysPagedAt",
        params=(optional("prefix", parse_hex), Param("count", parse_page_size), optional("startKey", parse_hex), _AT),
    )
    def get_keys_paged(self, prefix: bytes | None, count: int, start: bytes | None, at: bytes | None) -> list[str]:
        items = self._state(at).iter_prefix(prefix or b"", start)
        return [encode_hex(key) for key, _ in islice(items, count)]

    @method("state_getKeys", params=(optional("prefix", parse_hex), _AT), unsafe=True)
    def get_keys(self, prefix: bytes | None, at: bytes | None) -> list[str]:
        return [key for key, _ in self._list(prefix, at)]

    @method("state_getPairs", params=(optional("prefix", parse_hex), _AT), unsafe=True)
    def get_pairs(self, prefix: bytes | None, at: bytes | None) -> list[tuple[str, str]]:
        return self._list(prefix, at)

    @method("state_queryStorageAt", params=(Param("keys", parse_keys), _AT))
    def query_storage_at(self, keys: list[bytes], at: bytes | None) -> list[dict[str, object]]:
        number = find_number(self._ledger, at)
        state = self._state(at)
        changes = [(encode_hex(key), encode_optional(state.get(key))) for key in keys]
        return [{"block": encode_hex(self._ledger.block(number).hash), "changes": changes}]

    @method("state_getReadProof", params=(Param("keys", parse_keys), _AT))
    async def get_read_proof(self, keys: list[bytes], at: bytes | None) -> dict[str, object]:
        number = find_number(self._ledger, at)
        with discarded_told(number):
            proof = await asyncio.to_thread(lambda: self._ledger.trie_at(number).prove(keys))
        return {"at": encode_hex(self._ledger.block(number).hash), "proof": [encode_hex(item) for item in proof]}

    @method("state_call", "state_callAt", params=(Param("method", parse_text), Param("data", parse_hex), _AT))
    async def call(self, name: str, data: bytes, at: bytes | None) -> str:
        number = find_number(self._ledger, at)
        if (known := self._answers.get((number, name, data))) is not None:
            return known
        try:
            with discarded_told(number):
                view = self._ledger.state_at(number)
                answer = encode_hex(await asyncio.to_thread(partial(call_api, view, name, data)))
                self._answers.put((number, name, data), answer)
                return answer
        except UnknownRuntimeApi as error:
            raise RpcError(CLIENT_ERROR, f"Client error: Execution failed: Other: {error}") from error
        except ValueError as error:
            reason = f"Client error: Execution failed: Bad input data provided to {name}: {error}"
            raise RpcError(CLIENT_ERROR, reason) from error

    @method("state_getMetadata", params=(_AT,))
    def get_metadata(self, at: bytes | None) -> str:
        find_number(self._ledger, at)
        return _encode_metadata(RUNTIME.metadata_v14(self._ledger.state))

    @method("state_getRuntimeVersion", "chain_getRuntimeVersion", params=(_AT,))
    def get_runtime_version(self, at: bytes | None) -> dict[str, object]:
        find_number(self._ledger, at)
        return encode_version()

    @subscription("state_subscribeRuntimeVersion", "chain_subscribeRuntimeVersion")
    def subscribe_runtime_version(self, caller: Caller) -> Subscription:
        stream = caller.open("state_runtimeVersion")
        stream.notify(encode_version())
        return stream

    @subscription("state_subscribeStorage", params=(optional("keys", parse_keys),))
    def subscribe_storage(self, caller: Caller, keys: list[bytes] | None) -> Subscription:
        stream = caller.open("state_storage")
        wanted = None if keys is None else frozenset(keys)
        state = self._ledger.state
        current = [(encode_hex(key), encode_optional(state.get(key))) for key in keys or ()]
        stream.notify({"block": encode_hex(self._ledger.head.hash), "changes": current})
        stream.on_close(self._node.heads.add(partial(_tell_changes, stream, wanted)))
        return stream

    def _state(self, at: bytes | None) -> StateView:
        number = find_number(self._ledger, at)
        with discarded_told(number):
            return self._ledger.state_at(number)

    def _list(self, prefix: bytes | None, at: bytes | None) -> list[tuple[str, str]]:
        items = list(islice(self._state(at).iter_prefix(prefix or b""), _MAX_LISTED + 1))
        if len(items) > _MAX_LISTED:
            raise RpcError(CLIENT_ERROR, f"Client error: more than {_MAX_LISTED} keys; use state_getKeysPaged")
        return [(encode_hex(key), encode_hex(value)) for key, value in items]


_encode_metadata = lru_cache(2)(encode_hex)
"""It is long and asked for often."""


def _tell_changes(stream: Subscription, wanted: frozenset[bytes] | None, sealed: SealedBlock) -> None:
    changes = [
        (encode_hex(key), encode_optional(value))
        for key, value in sealed.changes.items()
        if wanted is None or key in wanted
    ]
    if changes:
        stream.notify({"block": encode_hex(sealed.block.hash), "changes": changes})

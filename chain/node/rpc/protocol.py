"""JSON-RPC 2.0 without transport: bytes of a request in, bytes of the reply out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Final, cast

import orjson

from chain.node.rpc.errors import (
    BATCH_TOO_LARGE,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    RpcError,
)
from chain.node.rpc.params import Json, parse_params
from chain.node.rpc.registry import Caller, Kind, Method, Subscription

_log = logging.getLogger(__name__)
_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks: ``caller`` holds its subscriptions, None where it cannot have any; ``local`` on this machine."""

    caller: Caller | None = None
    local: bool = True


@dataclass(slots=True)
class Reply:
    """What goes back; the subscriptions in ``opened`` may speak once it is on its way."""

    payload: bytes | None
    opened: list[Subscription] = field(default_factory=list)


class Dispatcher:
    """Answers requests from a method table; never raises, whatever the request."""

    def __init__(self, table: Mapping[str, Method], max_batch: int) -> None:
        self._table = table
        self._max_batch = max_batch

    async def answer(self, data: bytes | str, client: Client) -> Reply:
        """Reply to one request or one batch."""
        try:
            request = orjson.loads(data)
        except orjson.JSONDecodeError:
            return Reply(_encode_error(None, RpcError(PARSE_ERROR, "Parse error")))
        if not isinstance(request, list):
            reply = Reply(None)
            reply.payload = await self._answer_one(request, client, reply.opened)
            return reply
        return await self._answer_batch(request, client)

    async def _answer_batch(self, requests: list[Json], client: Client) -> Reply:
        if not requests:
            return Reply(_encode_error(None, RpcError(INVALID_REQUEST, "Invalid request")))
        if len(requests) > self._max_batch:
            error = RpcError(
                BATCH_TOO_LARGE, "The batch request was too large", f"Exceeded max limit of {self._max_batch}"
            )
            return Reply(_encode_error(None, error))
        reply = Reply(None)
        answers = [await self._answer_one(request, client, reply.opened) for request in requests]
        given = [answer for answer in answers if answer is not None]
        if given:
            reply.payload = b"[" + b",".join(given) + b"]"
        return reply

    async def _answer_one(self, request: Json, client: Client, opened: list[Subscription]) -> bytes | None:
        """Encoded reply, None to a notification."""
        identifier = request.get("id", _MISSING) if isinstance(request, dict) else None
        if not isinstance(request, dict) or not _is_request(request, identifier):
            return _encode_error(None, RpcError(INVALID_REQUEST, "Invalid request"))
        try:
            result = await self._call(request["method"], request.get("params"), client, opened)
            payload = orjson.dumps({"jsonrpc": "2.0", "id": _known(identifier), "result": result})
        except RpcError as error:
            payload = _encode_error(_known(identifier), error)
        except Exception:  # noqa: BLE001 the border: a bug must not take the server down
            _log.exception("method %s failed", request["method"])
            payload = _encode_error(_known(identifier), RpcError(INTERNAL_ERROR, "Internal error"))
        return None if identifier is _MISSING else payload

    async def _call(self, name: str, params: Json, client: Client, opened: list[Subscription]) -> object:
        found = self._table.get(name)
        if found is None or (found.kind is not Kind.PLAIN and client.caller is None):
            raise RpcError(METHOD_NOT_FOUND, "Method not found")
        if found.unsafe and not client.local:
            raise RpcError(METHOD_NOT_FOUND, "RPC call is unsafe to be called externally")
        arguments = parse_params(found.params, params)
        if found.kind is Kind.PLAIN:
            result = found.handler(*arguments)
            return await result if isawaitable(result) else result
        result = found.handler(client.caller, *arguments)
        if found.kind is Kind.CALLER:
            return result
        stream = cast(Subscription, result)
        opened.append(stream)
        return stream.identifier


def encode_notification(name: str, identifier: str, result: object) -> bytes:
    """Bytes of one notification of a subscription."""
    return orjson.dumps({"jsonrpc": "2.0", "method": name, "params": {"subscription": identifier, "result": result}})


def _is_request(request: Mapping[str, Json], identifier: Json) -> bool:
    plain = identifier is _MISSING or identifier is None or isinstance(identifier, str | int | float)
    return plain and not isinstance(identifier, bool) and isinstance(request.get("method"), str)


def _known(identifier: Json) -> Json:
    return None if identifier is _MISSING else identifier


def _encode_error(identifier: Json, error: RpcError) -> bytes:
    return orjson.dumps({"jsonrpc": "2.0", "id": identifier, "error": error.to_json()})

"""JSON-RPC 2.0 without transport: bytes of a request in, bytes of the reply out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
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
_Answer = bytes | None


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
        reply = self.begin(data, client)
        return reply if isinstance(reply, Reply) else await reply

    def begin(self, data: bytes | str, client: Client) -> Reply | Awaitable[Reply]:
        """As :meth:`answer`, without a detour where nothing has to be waited for."""
        try:
            request = orjson.loads(data)
        except orjson.JSONDecodeError:
            return Reply(_encode_error(None, RpcError(PARSE_ERROR, "Parse error")))
        if isinstance(request, list):
            return self._begin_batch(request, client)
        opened: list[Subscription] = []
        answer = self._begin_one(request, client, opened)
        return _reply_later(answer, opened) if isawaitable(answer) else Reply(answer, opened)

    def _begin_batch(self, requests: list[Json], client: Client) -> Reply | Awaitable[Reply]:
        if not requests:
            return Reply(_encode_error(None, RpcError(INVALID_REQUEST, "Invalid request")))
        if len(requests) > self._max_batch:
            error = RpcError(
                BATCH_TOO_LARGE, "The batch request was too large", f"Exceeded max limit of {self._max_batch}"
            )
            return Reply(_encode_error(None, error))
        opened: list[Subscription] = []
        return _reply_to_batch([self._begin_one(request, client, opened) for request in requests], opened)

    def _begin_one(self, request: Json, client: Client, opened: list[Subscription]) -> _Answer | Awaitable[_Answer]:
        """Encoded reply, None to a notification."""
        identifier = request.get("id", _MISSING) if isinstance(request, dict) else None
        if not isinstance(request, dict) or not _is_request(request, identifier):
            return _encode_error(None, RpcError(INVALID_REQUEST, "Invalid request"))
        name = request["method"]
        try:
            result = self._call(name, request.get("params"), client, opened)
            if isawaitable(result):
                return _finish(name, identifier, result)
            return _encode_result(identifier, result)
        except Exception as error:  # noqa: BLE001 the border: a bug must not take the server down
            return _encode_failure(name, identifier, error)

    def _call(self, name: str, params: Json, client: Client, opened: list[Subscription]) -> object:
        found = self._table.get(name)
        if found is None or (found.kind is not Kind.PLAIN and client.caller is None):
            raise RpcError(METHOD_NOT_FOUND, "Method not found")
        if found.unsafe and not client.local:
            raise RpcError(METHOD_NOT_FOUND, "RPC call is unsafe to be called externally")
        arguments = parse_params(found.params, params)
        if found.kind is Kind.PLAIN:
            return found.handler(*arguments)
        result = found.handler(client.caller, *arguments)
        if found.kind is Kind.CALLER:
            return result
        return _open_later(result, opened) if isawaitable(result) else _open(result, opened)


async def _finish(name: str, identifier: Json, pending: Awaitable[object]) -> _Answer:
    try:
        return _encode_result(identifier, await pending)
    except Exception as error:  # noqa: BLE001 the border, for what was waited for
        return _encode_failure(name, identifier, error)


async def _reply_later(answer: Awaitable[_Answer], opened: list[Subscription]) -> Reply:
    return Reply(await answer, opened)


async def _reply_to_batch(answers: list[_Answer | Awaitable[_Answer]], opened: list[Subscription]) -> Reply:
    waited = iter(await asyncio.gather(*(answer for answer in answers if isawaitable(answer))))
    given = [next(waited) if isawaitable(answer) else answer for answer in answers]
    payload = b",".join(answer for answer in given if answer is not None)
    return Reply(b"[" + payload + b"]" if payload else None, opened)


def _open(result: object, opened: list[Subscription]) -> str:
    stream = cast(Subscription, result)
    opened.append(stream)
    return stream.identifier


async def _open_later(pending: Awaitable[object], opened: list[Subscription]) -> str:
    return _open(await pending, opened)


def encode_notification(name: str, identifier: str, result: object) -> bytes:
    """Bytes of one notification of a subscription."""
    return orjson.dumps({"jsonrpc": "2.0", "method": name, "params": {"subscription": identifier, "result": result}})


def _is_request(request: Mapping[str, Json], identifier: Json) -> bool:
    plain = identifier is _MISSING or identifier is None or isinstance(identifier, str | int | float)
    return plain and not isinstance(identifier, bool) and isinstance(request.get("method"), str)


def _encode_result(identifier: Json, result: object) -> _Answer:
    if identifier is _MISSING:
        return None
    return orjson.dumps({"jsonrpc": "2.0", "id": identifier, "result": result})


def _encode_failure(name: str, identifier: Json, error: Exception) -> _Answer:
    """Refusals as they are; anything else is a bug, and only told to the log."""
    if not isinstance(error, RpcError):
        _log.error("method %s failed", name, exc_info=error)
        error = RpcError(INTERNAL_ERROR, "Internal error")
    return None if identifier is _MISSING else _encode_error(identifier, error)


def _encode_error(identifier: Json, error: RpcError) -> bytes:
    return orjson.dumps({"jsonrpc": "2.0", "id": identifier, "error": error.to_json()})

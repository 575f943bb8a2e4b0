"""JSON-RPC 2.0 without transport: bytes of a request in, bytes of the reply out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

import orjson

from chain.node.rpc.encoding import encode_hex
from chain.node.rpc.errors import (
    BATCH_TOO_LARGE,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    RpcError,
)
from chain.node.rpc.params import Json, parse_params
from chain.node.rpc.refusals import describe_refusal
from chain.node.rpc.registry import Caller, Kind, Method, Subscription
from chain.record import record

_log = logging.getLogger(__name__)
_MISSING: Final = object()
_IDENTIFIERS: Final = (int, str, float)
_Answer = bytes | None

Pending = asyncio.Future[object]
"""What a reply waits for; cancelling it calls the reply off."""


@record
class Client:
    """Who asks: ``caller`` holds its subscriptions, None where it cannot have any; ``local`` on this machine."""

    caller: Caller | None = None
    local: bool = True


@dataclass(slots=True)
class Reply:
    """What goes back; the subscriptions in ``opened`` may speak once it is on its way."""

    payload: bytes | None
    opened: list[Subscription] = field(default_factory=list)


Tell = Callable[[Reply], None]


@record
class _Later:
    """The answer to one request, which can be encoded once ``pending`` is done."""

    name: str
    identifier: Json
    pending: Pending

    def encode(self) -> _Answer:
        try:
            return _encode_result(self.identifier, self.pending.result())
        except Exception as error:  # noqa: BLE001 the border, for what was waited for
            return _encode_failure(self.name, self.identifier, error)


class Dispatcher:
    """Answers requests from a method table; never raises, whatever the request.

    Results are what JSON knows, and bytes, which become 0x and hexadecimal digits.
    """

    def __init__(self, table: Mapping[str, Method], max_batch: int) -> None:
        self._table = table
        self._max_batch = max_batch

    async def answer(self, data: bytes | str, client: Client) -> Reply:
        """Reply to one request or one batch."""
        told: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        pending = self.begin(data, client, told.set_result)
        try:
            return await told
        finally:
            if pending is not None:
                pending.cancel()

    def begin(self, data: bytes | str, client: Client, tell: Tell) -> Pending | None:
        """As :meth:`answer`, through ``tell``: at once, or when what is given back is done."""
        try:
            request = orjson.loads(data)
        except orjson.JSONDecodeError:
            tell(Reply(_encode_error(None, RpcError(PARSE_ERROR, "Parse error"))))
            return None
        opened: list[Subscription] = []
        if isinstance(request, list):
            return self._begin_batch(request, client, lambda payload: tell(Reply(payload, opened)), opened)
        answer = self._begin_one(request, client, opened)
        if not isinstance(answer, _Later):
            tell(Reply(answer, opened))
            return None
        return _when(answer.pending, lambda: tell(Reply(answer.encode(), opened)))

    def _begin_batch(
        self, requests: list[Json], client: Client, tell: Callable[[_Answer], None], opened: list[Subscription]
    ) -> Pending | None:
        if not requests:
            tell(_encode_error(None, RpcError(INVALID_REQUEST, "Invalid request")))
            return None
        if len(requests) > self._max_batch:
            reason = f"Exceeded max limit of {self._max_batch}"
            tell(_encode_error(None, RpcError(BATCH_TOO_LARGE, "The batch request was too large", reason)))
            return None
        answers = [self._begin_one(request, client, opened) for request in requests]
        waited = [answer.pending for answer in answers if isinstance(answer, _Later)]
        if not waited:
            tell(_encode_batch(answers))
            return None
        return _when(asyncio.ensure_future(_settle(waited)), lambda: tell(_encode_batch(answers)))

    def _begin_one(self, request: Json, client: Client, opened: list[Subscription]) -> _Answer | _Later:
        """Encoded reply, None to a notification; or what will be one."""
        identifier = request.get("id", _MISSING) if isinstance(request, dict) else None
        if not isinstance(request, dict) or not _is_request(request, identifier):
            return _encode_error(None, RpcError(INVALID_REQUEST, "Invalid request"))
        name = request["method"]
        try:
            result = self._call(name, request.get("params"), client, opened)
            if isinstance(result, Awaitable):
                return _Later(name, identifier, asyncio.ensure_future(result))
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
        return _open_later(result, opened) if isinstance(result, Awaitable) else _open(result, opened)


def _when(pending: Pending, tell: Callable[[], None]) -> Pending:
    """Call ``tell`` once ``pending`` is done, unless that is called off."""
    pending.add_done_callback(lambda done: None if done.cancelled() else tell())
    return pending


async def _settle(waited: Iterable[Pending]) -> object:
    return await asyncio.gather(*waited, return_exceptions=True)


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
    plain = identifier is _MISSING or identifier is None or type(identifier) in _IDENTIFIERS
    return plain and isinstance(request.get("method"), str)


def _encode_result(identifier: Json, result: object) -> _Answer:
    if identifier is _MISSING:
        return None
    return orjson.dumps({"jsonrpc": "2.0", "id": identifier, "result": result}, default=encode_hex)


def _encode_batch(answers: Iterable[_Answer | _Later]) -> _Answer:
    given = [answer.encode() if isinstance(answer, _Later) else answer for answer in answers]
    payload = b",".join(answer for answer in given if answer is not None)
    return b"[" + payload + b"]" if payload else None


def _encode_failure(name: str, identifier: Json, error: Exception) -> _Answer:
    """Refusals as they are known; anything else is a bug, and only told to the log."""
    refusal = error if isinstance(error, RpcError) else describe_refusal(error)
    if refusal is None:
        _log.error("method %s failed", name, exc_info=error)
        refusal = RpcError(INTERNAL_ERROR, "Internal error")
    return None if identifier is _MISSING else _encode_error(identifier, refusal)


def _encode_error(identifier: Json, error: RpcError) -> bytes:
    return orjson.dumps({"jsonrpc": "2.0", "id": identifier, "error": error.to_json()})

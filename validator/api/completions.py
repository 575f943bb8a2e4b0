"""Handlers of ``/v1/completions`` and ``/v1/chat/completions``."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import orjson
from aiohttp import web

from gating.text.tokenizer import TextTokenizer
from validator.answers import Answer, MixtureService
from validator.api.admission import Admission
from validator.api.dialects import ChatDialect, CompletionDialect, Dialect, Json
from validator.api.errors import ApiError, describe_error
from validator.api.fields import Fields
from validator.api.models import Listing
from validator.api.requests import Ask, read_chat, read_completion, read_wishes
from validator.api.speech import Piece, Speaker
from validator.api.sse import EventStream
from validator.metrics import Metrics

DEADLINE_SECONDS = 120.0
START_SECONDS = 5
REQUEST_ID_HEADER = "x-request-id"
REQUEST_ID = web.RequestKey("request_id", str)


@dataclass(frozen=True)
class Kitchen:
    """What it takes to answer."""

    mixture: Callable[[], MixtureService | None]
    listing: Callable[[], Listing]
    tokenizer: TextTokenizer
    admission: Admission
    metrics: Metrics


class CompletionsApi:
    """Answers requests for text."""

    def __init__(self, kitchen: Kitchen) -> None:
        self._kitchen = kitchen

    async def completions(self, request: web.Request) -> web.StreamResponse:
        """``POST /v1/completions``."""
        fields = await read_json(request)
        ask = self._read(fields, read_completion)
        return await self._answer(request, ask, CompletionDialect(ask.style))

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """``POST /v1/chat/completions``."""
        fields = await read_json(request)
        ask = self._read(fields, read_chat)
        return await self._answer(request, ask, ChatDialect(ask.style))

    def _read(self, fields: Fields, read: Callable[..., Ask]) -> Ask:
        wishes = read_wishes(fields)
        selection = self._kitchen.listing().select(wishes)
        return read(fields, selection, wishes, self._kitchen.tokenizer)

    async def _answer(self, request: web.Request, ask: Ask, dialect: Dialect) -> web.StreamResponse:
        service = self._kitchen.mixture()
        if service is None:
            raise ApiError(
                503, "the validator is still loading its anchor model; try again soon", retry_after=START_SECONDS
            )
        serving = _Serving(service, self._kitchen, ask, dialect)
        deadline = asyncio.get_running_loop().time() + (ask.deadline_seconds or DEADLINE_SECONDS)
        async with AsyncExitStack() as stack:
            stack.enter_context(self._kitchen.metrics.request(ask.style.stream))
            try:
                async with asyncio.timeout_at(deadline):
                    await stack.enter_async_context(self._kitchen.admission.slot())
                    await serving.open(stack)
                    if not ask.style.stream:
                        return await serving.whole()
            except TimeoutError as error:
                raise ApiError(408, "the answer was not ready before its deadline", code="timeout") from error
            return await serving.stream(request, deadline)


class _Serving:
    """One request being answered."""

    def __init__(self, service: MixtureService, kitchen: Kitchen, ask: Ask, dialect: Dialect) -> None:
        self._service = service
        self._kitchen = kitchen
        self._ask = ask
        self._dialect = dialect
        self._answers: list[Answer] = []
        self._speakers: list[Speaker] = []

    async def open(self, stack: AsyncExitStack) -> None:
        """Ask the experts of every question; ``stack`` closes their sessions."""
        first = 0
        for question in self._ask.questions:
            answer = await stack.enter_async_context(self._service.open(question))
            self._answers.append(answer)
            self._speakers.append(Speaker(answer, self._ask.style, self._kitchen.tokenizer, first))
            first += question.choices
        stack.callback(self._count)

    async def whole(self) -> web.Response:
        """The answer as one JSON object."""
        texts = await asyncio.gather(*(_collect(speaker) for speaker in self._speakers))
        choices = [choice for text in texts for choice in text]
        body = orjson.dumps(self._dialect.whole(choices, self._usage()))
        return web.Response(body=body, content_type="application/json", headers=_headers(self._answers))

    async def stream(self, request: web.Request, deadline: float) -> web.StreamResponse:
        """The answer as server-sent events, ending with ``[DONE]``."""
        events = EventStream({**_headers(self._answers), REQUEST_ID_HEADER: request[REQUEST_ID]})
        response = await events.start(request)
        try:
            async with asyncio.timeout_at(deadline):
                async for chunk in self._chunks():
                    await events.send(orjson.dumps(chunk))
        except TimeoutError:
            late = ApiError(408, "the answer was not complete before its deadline", code="timeout")
            await events.send(orjson.dumps(describe_error(late)))
        await events.send(b"[DONE]")
        return response

    async def _chunks(self) -> AsyncIterator[Json]:
        for opening in self._dialect.opening(sum(question.choices for question in self._ask.questions)):
            yield opening
        for speaker in self._speakers:
            async for piece in speaker.pieces():
                yield self._dialect.chunk(piece)
        if self._ask.style.include_usage:
            yield self._dialect.usage_chunk(self._usage())

    def _usage(self) -> Json:
        asked, spoken = self._tokens()
        return {"prompt_tokens": asked, "completion_tokens": spoken, "total_tokens": asked + spoken}

    def _tokens(self) -> tuple[int, int]:
        asked = sum(len(question.prompt) for question in self._ask.questions)
        return asked, sum(speaker.tokens_spoken for speaker in self._speakers)

    def _count(self) -> None:
        self._kitchen.metrics.count_tokens(*self._tokens())


async def _collect(speaker: Speaker) -> Sequence[Sequence[Piece]]:
    found: dict[int, list[Piece]] = {}
    async for piece in speaker.pieces():
        found.setdefault(piece.choice, []).append(piece)
    return [found[choice] for choice in sorted(found)]


def _headers(answers: Sequence[Answer]) -> dict[str, str]:
    """Who answers, and with which weights; one group per prompt, parted by semicolons."""
    experts = ";".join(",".join(answer.weights) for answer in answers)
    weights = ";".join(",".join(f"{weight:.4f}" for weight in answer.weights.values()) for answer in answers)
    return {"x-moe-experts": experts, "x-moe-weights": weights}


async def read_json(request: web.Request) -> Fields:
    """The request's JSON object.

    Raises: ApiError 400.
    """
    try:
        return Fields(orjson.loads(await request.read()))
    except orjson.JSONDecodeError as error:
        raise ApiError(400, "the body is not valid JSON") from error

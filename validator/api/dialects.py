"""The two formats of OpenAI's text API: completions and chat completions."""

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from validator.api.requests import Style
from validator.api.speech import Piece, Word, explain

Json = dict[str, object]


class Dialect(Protocol):
    """Formats one answer, streamed or whole."""

    def opening(self, choices: int) -> Iterable[Json]:
        """Chunks that come before any text."""

    def chunk(self, piece: Piece) -> Json:
        """One chunk of a stream."""

    def usage_chunk(self, usage: Json) -> Json:
        """The last chunk of a stream whose client wants usage."""

    def whole(self, choices: Sequence[Sequence[Piece]], usage: Json) -> Json:
        """The answer in one object."""


class _Envelope:
    """What both formats share: id, time, model."""

    prefix = ""

    def __init__(self, style: Style) -> None:
        self.style = style
        self._id = f"{self.prefix}-{uuid.uuid4().hex}"
        self._created = int(time.time())

    def wrap(self, kind: str, choices: list[Json], usage: Json | None = None) -> Json:
        body: Json = {"id": self._id, "object": kind, "created": self._created, "model": self.style.model}
        body["choices"] = choices
        if usage is not None:
            body["usage"] = usage
        return body

    def finish(self, choice: Json, words: Sequence[Word]) -> Json:
        """Add the explanation if it was asked for."""
        if self.style.explain:
            choice["moe"] = explain(tuple(words))
        return choice


class CompletionDialect(_Envelope):
    """``/v1/completions``."""

    prefix = "cmpl"

    def opening(self, choices: int) -> Iterable[Json]:
        """Completions begin with text."""
        return ()

    def chunk(self, piece: Piece) -> Json:
        """One chunk of a stream."""
        return self.wrap("text_completion", [self._choice(piece)])

    def usage_chunk(self, usage: Json) -> Json:
        """The last chunk of a stream whose client wants usage."""
        return self.wrap("text_completion", [], usage)

    def whole(self, choices: Sequence[Sequence[Piece]], usage: Json) -> Json:
        """The answer in one object."""
        return self.wrap("text_completion", [self._choice(join(pieces)) for pieces in choices], usage)

    def _choice(self, piece: Piece) -> Json:
        logprobs = None if self.style.logprobs is None else self._logprobs(piece.words)
        choice: Json = {"index": piece.choice, "text": piece.text, "logprobs": logprobs}
        choice["finish_reason"] = piece.finish_reason
        return self.finish(choice, piece.words)

    def _logprobs(self, words: Sequence[Word]) -> Json:
        texts = [_text(word.piece) for word in words]
        offsets = [sum(map(len, texts[:at])) for at in range(len(texts))]
        return {
            "tokens": texts,
            "token_logprobs": [word.spoken.logprob for word in words],
            "top_logprobs": [{_text(piece): value for piece, value in word.top} for word in words],
            "text_offset": offsets,
        }


class ChatDialect(_Envelope):
    """``/v1/chat/completions``."""

    prefix = "chatcmpl"

    def opening(self, choices: int) -> Iterable[Json]:
        """The first chunk of each choice names the speaker."""
        for index in range(choices):
            yield self._chunk({"index": index, "delta": {"role": "assistant", "content": ""}, "finish_reason": None})

    def chunk(self, piece: Piece) -> Json:
        """One chunk of a stream."""
        delta: Json = {"content": piece.text} if piece.text else {}
        choice: Json = {"index": piece.choice, "delta": delta, "finish_reason": piece.finish_reason}
        return self._chunk(self._with_logprobs(choice, piece.words))

    def usage_chunk(self, usage: Json) -> Json:
        """The last chunk of a stream whose client wants usage."""
        return self.wrap("chat.completion.chunk", [], usage)

    def whole(self, choices: Sequence[Sequence[Piece]], usage: Json) -> Json:
        """The answer in one object."""
        return self.wrap("chat.completion", [self._choice(join(pieces)) for pieces in choices], usage)

    def _choice(self, piece: Piece) -> Json:
        message: Json = {"role": "assistant", "content": piece.text, "refusal": None}
        choice: Json = {"index": piece.choice, "message": message, "finish_reason": piece.finish_reason}
        return self._with_logprobs(choice, piece.words)

    def _chunk(self, choice: Json) -> Json:
        return self.wrap("chat.completion.chunk", [choice])

    def _with_logprobs(self, choice: Json, words: Sequence[Word]) -> Json:
        content = None if self.style.logprobs is None else [_chat_logprob(word) for word in words]
        choice["logprobs"] = None if content is None else {"content": content, "refusal": None}
        return self.finish(choice, words)


def join(pieces: Sequence[Piece]) -> Piece:
    """All pieces of one choice as one."""
    words = tuple(word for piece in pieces for word in piece.words)
    return Piece(pieces[-1].choice, "".join(piece.text for piece in pieces), words, pieces[-1].finish_reason)


def _chat_logprob(word: Word) -> Mapping[str, object]:
    top = [_scored(piece, logprob) for piece, logprob in word.top]
    return {**_scored(word.piece, word.spoken.logprob), "top_logprobs": top}


def _scored(piece: bytes, logprob: float) -> Json:
    return {"token": _text(piece), "logprob": logprob, "bytes": list(piece)}


def _text(piece: bytes) -> str:
    return piece.decode("utf-8", "replace")

"""An answer as pieces of text: what the transports send, whatever their format."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from gating.text.tokenizer import TextTokenizer
from validator.answers import Answer
from validator.api.requests import Style
from validator.spoken import Spoken
from validator.transcript import Transcript


@dataclass(frozen=True)
class Word:
    """One token of an answer, with its bytes."""

    piece: bytes
    spoken: Spoken
    top: tuple[tuple[bytes, float], ...] = ()


@dataclass(frozen=True)
class Piece:
    """Text that one choice adds, the tokens behind it, and why it ended if it did."""

    choice: int
    text: str
    words: tuple[Word, ...] = ()
    finish_reason: str | None = None


@dataclass
class _Voice:
    """One choice while it is being spoken."""

    choice: int
    transcript: Transcript
    pending: list[Word] = field(default_factory=list)
    spoken: int = 0
    done: bool = False


class Speaker:
    """Turns the tokens of one answer into pieces of text."""

    def __init__(self, answer: Answer, style: Style, tokenizer: TextTokenizer, first_choice: int = 0) -> None:
        self._answer = answer
        self._style = style
        self._tokenizer = tokenizer
        count = answer.question.choices
        self._voices = [_Voice(first_choice + at, Transcript(style.stop)) for at in range(count)]

    @property
    def tokens_spoken(self) -> int:
        """Tokens of all choices so far."""
        return sum(voice.spoken for voice in self._voices)

    async def pieces(self) -> AsyncIterator[Piece]:
        """Pieces of all choices as they come; the last of each choice says why it ended."""
        async for step in self._answer.spoken():
            for voice, spoken in zip(self._voices, step, strict=True):
                if not voice.done and (piece := self._hear(voice, spoken)):
                    yield piece
            if all(voice.done for voice in self._voices):
                break

    def _hear(self, voice: _Voice, spoken: Spoken) -> Piece | None:
        voice.spoken += 1
        voice.pending.append(self._word(spoken))
        text = voice.transcript.add(voice.pending[-1].piece)
        reason = self._reason_to_end(voice, spoken)
        if reason:
            text += voice.transcript.finish()
            voice.done = True
        elif not text:
            return None
        words, voice.pending = tuple(voice.pending), []
        return Piece(voice.choice, text, words, reason)

    def _reason_to_end(self, voice: _Voice, spoken: Spoken) -> str | None:
        if voice.transcript.stopped or spoken.token == self._tokenizer.end_of_text:
            return "stop"
        return "length" if voice.spoken >= self._answer.question.max_tokens else None

    def _word(self, spoken: Spoken) -> Word:
        wanted = spoken.top[: self._style.logprobs or 0]
        piece = self._tokenizer.token_bytes
        return Word(piece(spoken.token), spoken, tuple((piece(token), logprob) for token, logprob in wanted))


def explain(words: tuple[Word, ...]) -> list[Mapping[str, object]]:
    """Who spoke each token, for the ``moe.explain`` extension."""
    return [
        {
            "token": word.piece.decode("utf-8", "replace"),
            "logprob": word.spoken.logprob,
            "weights": word.spoken.weights,
            "shares": word.spoken.shares,
            "drafter": word.spoken.drafter,
        }
        for word in words
    ]

"""Answers of runtime calls that may be asked again: the state after a block never changes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

_KEPT: Final = 256
_KEPT_BYTES: Final = 16 << 20

Question = tuple[int, str, bytes]
"""Block number, method and arguments."""


class RecentAnswers:
    """The answers that were used last, up to a bound in number and size."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Question, str] = OrderedDict()
        self._size_bytes = 0

    def get(self, question: Question) -> str | None:
        """The answer, where it is known."""
        answer = self._answers.get(question)
        if answer is not None:
            self._answers.move_to_end(question)
        return answer

    def put(self, question: Question, answer: str) -> None:
        """Remember an answer, in the place of older ones where there is no room."""
        if question in self._answers:
            return
        self._answers[question] = answer
        self._size_bytes += len(question[2]) + len(answer)
        while len(self._answers) > _KEPT or self._size_bytes > _KEPT_BYTES:
            (_, _, data), old = self._answers.popitem(last=False)
            self._size_bytes -= len(data) + len(old)

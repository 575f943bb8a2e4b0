"""Text of one choice as its tokens arrive: UTF-8 put together, stop sequences found."""

import codecs
from collections.abc import Sequence


class Transcript:
    """Turns tokens into text that is safe to send.

    Text that may be the beginning of a stop sequence, or part of a character, is held back.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._stop = tuple(stop)
        self._held = ""
        self.stopped = False

    def add(self, piece: bytes) -> str:
        """Text that may be sent now that the bytes of one more token are known."""
        if self.stopped:
            return ""
        self._held += self._decoder.decode(piece)
        cut = min((at for word in self._stop if (at := self._held.find(word)) >= 0), default=-1)
        if cut >= 0:
            self.stopped = True
            text, self._held = self._held[:cut], ""
            return text
        return self._release(self._ambiguous())

    def finish(self) -> str:
        """The rest of the text, once no more tokens come."""
        if self.stopped:
            return ""
        self._held += self._decoder.decode(b"", final=True)
        return self._release(0)

    def _ambiguous(self) -> int:
        """Length of the longest end of the held text that begins a stop sequence."""
        longest = min(len(self._held), max(map(len, self._stop), default=0))
        lengths = range(longest, 0, -1)
        return next((n for n in lengths if any(word.startswith(self._held[-n:]) for word in self._stop)), 0)

    def _release(self, keep: int) -> str:
        cut = len(self._held) - keep
        text, self._held = self._held[:cut], self._held[cut:]
        return text

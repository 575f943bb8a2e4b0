"""Held-out text, cut into windows: some tokens to read, then the tokens to foretell."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gating.text.tokenizer import TextTokenizer
from validator.errors import MissingTexts

GOLDEN = 0.6180339887498949
"""Successive multiples of this spread evenly over the unit interval, however many there are."""


@dataclass(frozen=True)
class Span:
    """Tokens that are given and tokens that are scored, in a window."""

    prefix: int = 32
    target: int = 64


@dataclass(frozen=True)
class Window:
    """One stretch of held-out text; ``position`` is its first token's place.

    One that changes its domain halfway names both, as ``a+b``.
    """

    number: int
    domain: str
    position: int
    prefix: tuple[int, ...]
    target: tuple[int, ...]

    def split(self, length: int) -> list["Window"]:
        """The window in pieces of at most ``length`` scored tokens, each given all before it."""
        starts = range(0, len(self.target), length)
        return [
            replace(self, prefix=self.prefix + self.target[:at], target=self.target[at : at + length]) for at in starts
        ]


class HeldOut:
    """All held-out texts, tokenised; gives windows by number, domain after domain."""

    def __init__(self, texts: Mapping[str, list[int]], span: Span) -> None:
        self._span = span
        self._texts = texts
        self.domains = tuple(sorted(texts))

    def window(self, number: int, *, mixed: bool = False) -> Window:
        """The ``number``-th window; consecutive numbers go round the domains, mixed ones round their pairs."""
        domains = len(self.domains)
        window = self._cut(self.domains[number % domains], number, number // domains)
        if not mixed or domains == 1:
            return window
        turn = number // domains
        other = self._cut(self.domains[(number + 1 + turn % (domains - 1)) % domains], number, turn)
        half = self._span.target // 2
        return replace(
            window, domain=f"{window.domain}+{other.domain}", target=window.target[:half] + other.target[half:]
        )

    def _cut(self, domain: str, number: int, turn: int) -> Window:
        """The window of a domain's ``turn``-th turn."""
        tokens = self._texts[domain]
        room = len(tokens) - self._span.prefix - self._span.target
        position = int((turn + 1) * GOLDEN % 1.0 * (room + 1))
        cut = position + self._span.prefix
        target = tuple(tokens[cut : cut + self._span.target])
        return Window(number, domain, position, tuple(tokens[position:cut]), target)


def load_held_out(directory: Path, tokenizer: TextTokenizer, span: Span) -> HeldOut:
    """Texts of ``<directory>/<domain>.txt``.

    Raises: MissingTexts.
    """
    texts = {path.stem: tokenizer.encode(path.read_text("utf-8")) for path in sorted(directory.glob("*.txt"))}
    long_enough = {name: tokens for name, tokens in texts.items() if len(tokens) > span.prefix + span.target}
    if not long_enough:
        raise MissingTexts(f"no text in {directory} (point --evaluation at a folder of <domain>.txt files)")
    return HeldOut(long_enough, span)

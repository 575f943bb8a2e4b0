"""Next-token audits: windows of private text, scored by the logarithm of the probability of what follows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gating.features import Vector
from gating.objective import AuditItem, Question, uniform_integers
from gating.principal import PrincipalFeatures, fit_principal, load_principal
from gating.text.sources import CorpusError
from gating.text.tokenizer import TextTokenizer
from gating.text.words import telling_words


@dataclass(frozen=True)
class AuditShape:
    """How many tokens an item shows, drawn between two bounds, how many it asks for, and what may be told of it."""

    shortest_prefix: int = 24
    longest_prefix: int = 64
    steps: int = 32
    tells_words: bool = False
    """Whether words that many texts share may be published."""


@dataclass(frozen=True)
class TextItem(AuditItem):
    """Hidden text: a prefix of tokens, and the tokens that follow; ``context`` is the prefix in characters."""

    context: str

    @property
    def prefix(self) -> tuple[int, ...]:
        """The tokens that are shown."""
        return tuple(self.question)

    @property
    def continuation(self) -> tuple[int, ...]:
        """The tokens that follow."""
        return self.outcomes


@dataclass(frozen=True, eq=False)
class TextEyes:
    """The gate reads tokens as characters."""

    features: PrincipalFeatures
    tokenizer: TextTokenizer

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self.features.dimension

    def encode(self, question: Question) -> Vector:
        """Unit vector of some tokens, float64 [dimension]."""
        return self.features.encode(self.tokenizer.decode([int(token) for token in question]))

    def save(self, path: Path) -> str:
        """Write atomically; the SHA-256 of the state."""
        return self.features.save(path)


class NextTokenObjective:
    """Draws audit items from the validator's own texts, domain by domain in turn."""

    def __init__(
        self, streams: Mapping[str, list[int]], tokenizer: TextTokenizer, shape: AuditShape | None = None
    ) -> None:
        self.shape = shape or AuditShape()
        self._tokenizer = tokenizer
        needed = self.shape.longest_prefix + self.shape.steps
        self._streams = {name: tokens for name, tokens in sorted(streams.items()) if len(tokens) >= needed}
        if not self._streams:
            raise CorpusError(f"no audit text is {needed} tokens long (prepare the corpora, or add text)")

    @property
    def domains(self) -> tuple[str, ...]:
        return tuple(self._streams)

    @property
    def outcomes(self) -> int:
        """Number of tokens."""
        return self._tokenizer.vocab_size

    @property
    def language(self) -> str:
        """Hash of the tokenizer."""
        return self._tokenizer.hash

    def fit_eyes(self, items: Sequence[AuditItem], dimension: int) -> TextEyes:
        """What tells the domains of ``items`` apart, and principal components of their texts."""
        texts, domains = [self._read(item) for item in items], [item.domain for item in items]
        return TextEyes(fit_principal(texts, dimension, domains), self._tokenizer)

    def load_eyes(self, path: Path) -> TextEyes:
        """Components as they were saved."""
        return TextEyes(load_principal(path), self._tokenizer)

    def draw(self, seed: bytes, count: int) -> list[TextItem]:
        """``count`` items that follow from the seed alone; domains take turns from a drawn start."""
        integers = uniform_integers(seed)
        first = next(integers)
        domains = self.domains
        return [self._item(domains[(first + turn) % len(domains)], integers) for turn in range(count)]

    def _item(self, domain: str, integers: Iterator[int]) -> TextItem:
        shape, tokens = self.shape, self._streams[domain]
        length = shape.shortest_prefix + next(integers) % (shape.longest_prefix - shape.shortest_prefix + 1)
        start = next(integers) % (len(tokens) - length - shape.steps + 1)
        prefix = tuple(tokens[start : start + length])
        continuation = tuple(tokens[start + length : start + length + shape.steps])
        return TextItem(domain, prefix, continuation, self._tokenizer.decode(prefix))

    def describe(self, groups: Sequence[Sequence[AuditItem]]) -> list[tuple[str, ...]]:
        """Words that many items of a group and few of the others hold; none unless words may be told."""
        if not self.shape.tells_words:
            return [()] * len(groups)
        return telling_words([list(map(self._read, group)) for group in groups])

    def _read(self, item: AuditItem) -> str:
        return self._tokenizer.decode([int(token) for token in item.question])


def load_objective(texts: Path, tokenizer: TextTokenizer, shape: AuditShape | None = None) -> NextTokenObjective:
    """The objective of the texts ``<texts>/<domain>.txt``.

    Raises: CorpusError when there is no text or none is long enough.
    """
    files = sorted(texts.glob("*.txt"))
    if not files:
        raise CorpusError(f"no audit text in {texts} (prepare the corpora first)")
    found = {file.stem: file.read_bytes().decode("utf-8", "ignore") for file in files}
    return build_objective(found, tokenizer, shape)


def build_objective(
    texts: Mapping[str, str], tokenizer: TextTokenizer, shape: AuditShape | None = None
) -> NextTokenObjective:
    """The objective of texts by domain.

    Raises: CorpusError when none is long enough.
    """
    return NextTokenObjective({name: tokenizer.encode(text) for name, text in texts.items()}, tokenizer, shape)

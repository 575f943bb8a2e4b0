"""Split the text of every domain into train, audit and evaluation parts that share nothing.

A document's part follows from its content hash alone, so adding documents never moves one that was
trained on into an audit. Within a domain no paragraph of note occurs twice: later copies are cut out
(licence texts, file headers and manual pages repeat each other), so audit and evaluation text was not
seen in training. Whitespace and newlines stay as they are. Public local text is demo grade: whoever
has the same files knows the answers.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gating.checkpoint import write_file
from gating.text.sources import CorpusError, CorpusSource, default_corpora, folder_source, read_folder

__all__ = [
    "CorpusError",
    "CorpusSource",
    "build_splits",
    "default_corpora",
    "folder_source",
    "read_folder",
]

_VERSION = 1
_TRAIN_BYTES = 1_500_000
_HELD_OUT_BYTES = 96_000
_EVALUATION_SHARE = 0.10
_AUDIT_SHARE = 0.30
_LEAST_DOCUMENTS = 16
"""No part is made of fewer, where there are as many; a generated header alone could fill one."""
_MOST_WAITING = 4096
_NOTABLE_PARAGRAPH = 100
_SHORTEST_DOCUMENT = 200
_BLANK_LINES = re.compile(r"(\n(?:[ \t\r\f]*\.?[ \t\r\f]*\n)+[ \t]*)")  # licence files may write an empty line as " ."
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass
class _Part:
    """Sections up to a limit; those of a document that has given its share wait until all documents were heard."""

    limit: int
    size: int = 0
    sections: list[str] = field(default_factory=list)
    given: Counter[int] = field(default_factory=Counter)
    """Bytes by number of the document."""
    waiting: list[str] = field(default_factory=list)

    def offer(self, document: int, text: str) -> None:
        if self.full:
            return
        if self.given[document] * _LEAST_DOCUMENTS < self.limit:
            self.given[document] += self._take(text)
        elif len(self.waiting) < _MOST_WAITING:
            self.waiting.append(text)

    def fill(self) -> None:
        while self.waiting and not self.full:
            self._take(self.waiting.pop(0))

    def _take(self, text: str) -> int:
        self.sections.append(text)
        size = len(text.encode())
        self.size += size
        return size

    @property
    def full(self) -> bool:
        return self.size >= self.limit


def _sections(text: str, limit: int) -> Iterator[str]:
    """Cut a document at blank lines into sections of about ``limit`` characters at most."""
    section = ""
    for piece in _BLANK_LINES.split(text):
        if section and len(section) + len(piece) > limit:
            yield section
            section = ""
        section += piece
    yield section


def _without_copies(text: str, seen: set[bytes]) -> str:
    """Leave out paragraphs that came before, however wrapped or indented; remember the others."""
    kept = []
    for piece in _BLANK_LINES.split(text):
        folded = "".join(piece.split()).lower()
        if len(folded) >= _NOTABLE_PARAGRAPH:
            digest = hashlib.blake2b(folded.encode(), digest_size=16).digest()
            if digest in seen:
                continue
            seen.add(digest)
        kept.append(piece)
    return "".join(kept)


def _all_sections(source: CorpusSource) -> Iterator[tuple[int, bytes, str]]:
    """Number of the document, content hash and text of every section, freed from what others already said."""
    seen: set[bytes] = set()
    for number, document in enumerate(source.documents()):
        for section in _sections(document, source.section_bytes):
            text = _without_copies(section, seen)
            if len(text) >= max(_SHORTEST_DOCUMENT, len(section) // 2):
                yield number, hashlib.sha256(section.encode()).digest(), text


def _part_name(digest: bytes, validators: int) -> str:
    share = int.from_bytes(digest[:8]) / 2**64
    if share < _EVALUATION_SHARE:
        return "evaluation"
    if share < _EVALUATION_SHARE + _AUDIT_SHARE:
        return f"validator-{int.from_bytes(digest[8:16]) % validators}"
    return "train"


def _split(source: CorpusSource, validators: int) -> dict[str, str]:
    """Text of each part of one domain; reads only as many documents as the parts can hold."""
    parts = {name: _Part(_HELD_OUT_BYTES) for name in _part_names(validators)}
    parts["train"] = _Part(_TRAIN_BYTES)
    for document, digest, text in _all_sections(source):
        parts[_part_name(digest, validators)].offer(document, text)
        if all(part.full for part in parts.values()):
            break
    for part in parts.values():
        part.fill()
    if missing := [name for name, part in parts.items() if not part.sections]:
        raise CorpusError(
            f"corpus {source.name} is too small: no text is left for {', '.join(missing)} "
            "(add files; about 200 KB of distinct text is enough)"
        )
    return {name: "\n\n".join(part.sections) for name, part in parts.items()}


def _part_names(validators: int) -> list[str]:
    return ["train", "evaluation", *(f"validator-{index}" for index in range(validators))]


def _part_path(out_dir: Path, part: str, domain: str) -> Path:
    if part == "train":
        return out_dir / "train" / domain / "text.txt"
    if part == "evaluation":
        return out_dir / "evaluation" / f"{domain}.txt"
    return out_dir / "audit" / part / f"{domain}.txt"


def _source(name: str, source: CorpusSource | Path) -> CorpusSource:
    if not _NAME.fullmatch(name):
        raise CorpusError(f"corpus name {name!r} is not usable (use a-z, 0-9, - and _, at most 32)")
    return folder_source(name, source) if isinstance(source, Path) else source


def _is_current(manifest: Path, request: Mapping[str, object], files: Iterable[Path]) -> bool:
    try:
        previous = json.loads(manifest.read_text())
    except (FileNotFoundError, ValueError):
        return False
    return bool(previous == request) and all(path.is_file() for path in files)


def build_splits(sources: Mapping[str, CorpusSource | Path], out_dir: Path, validators: int) -> None:
    """Write ``train/<domain>/text.txt``, ``audit/validator-<i>/<domain>.txt``, ``evaluation/<domain>.txt``.

    Does nothing when they are there already and the sources have not changed.

    Raises: CorpusError when a source is missing, unreadable or too small.
    """
    found = {name: _source(name, source) for name, source in sources.items()}
    fingerprints = {name: source.fingerprint for name, source in found.items()}
    request = {"version": _VERSION, "validators": validators, "sources": fingerprints}
    manifest = out_dir / "splits.json"
    paths = [_part_path(out_dir, part, name) for part in _part_names(validators) for name in found]
    if _is_current(manifest, request, paths):
        return
    manifest.unlink(missing_ok=True)
    for name, source in found.items():
        for part, text in _split(source, validators).items():
            write_file(_part_path(out_dir, part, name), text.encode())
    write_file(manifest, json.dumps(request, indent=1, sort_keys=True).encode())

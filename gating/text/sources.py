"""Where text comes from: the demo corpora of this machine, or a folder of the user."""

import hashlib
import importlib.metadata
import importlib.util
import inspect
import re
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

_TRIPLE_QUOTED = re.compile(r':[ \t]*\n[ \t]+[rR]?"""(.*?)"""', re.DOTALL)
_SHORTEST_DOCSTRING = 200
_LONGEST_COPYRIGHT = 20_000  # longer ones are lists of file names
_LARGEST_FILE_BYTES = 8_000_000
_SKIPPED_PARTS = frozenset({"test", "tests", "idlelib", "lib2to3", "site-packages", "encodings", "pydoc_data"})


class CorpusError(Exception):
    """Text that is missing, unreadable or too little; the message says what to do."""


@dataclass(frozen=True)
class CorpusSource:
    """One domain's documents in a fixed pseudo-random order.

    ``documents`` is lazy: a caller that has enough stops reading. ``fingerprint`` changes when the
    documents may have changed. Documents longer than ``section_bytes`` are cut at blank lines.
    """

    name: str
    fingerprint: str
    documents: Callable[[], Iterable[str]]
    section_bytes: int = 8_192


def _read(path: Path) -> str:
    """Text of a file with its newlines as they are; undecodable bytes and binary files give nothing."""
    raw = path.read_bytes()[:_LARGEST_FILE_BYTES]
    return "" if b"\0" in raw else raw.decode("utf-8", "ignore")


def _shuffled(root: Path, paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: hashlib.sha256(str(path.relative_to(root)).encode()).digest())


def _files(root: Path, patterns: tuple[str, ...]) -> list[Path]:
    return _shuffled(root, {path for pattern in patterns for path in root.glob(pattern) if path.is_file()})


def _read_all(root: Path, patterns: tuple[str, ...]) -> Iterator[str]:
    return (_read(path) for path in _files(root, patterns))


def _python_sources() -> Iterator[str]:
    root = Path(sysconfig.get_path("stdlib"))
    for path in _files(root, ("*.py", "*/*.py", "*/*/*.py")):
        if _SKIPPED_PARTS.isdisjoint(path.relative_to(root).parts):
            yield _read(path)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise CorpusError(f"package {name} is not installed (install it, or pass --corpus NAME=DIR)")
    return Path(spec.origin).parent


def _headers() -> Iterator[str]:
    return _read_all(_package("torch") / "include", ("**/*.h", "**/*.hpp"))


def _topics() -> Iterator[str]:
    from pydoc_data.topics import topics  # noqa: PLC0415 - 700 KB of text, wanted only here

    return (topics[name] for name in sorted(topics, key=lambda name: hashlib.sha256(name.encode()).digest()))


def _docstrings() -> Iterator[str]:
    root = _package("transformers") / "models"
    for path in _files(root, ("*/modeling_*.py", "*/configuration_*.py", "*/*processing_*.py")):
        for match in _TRIPLE_QUOTED.finditer(_read(path)):
            text = inspect.cleandoc(match[1])
            if len(text) >= _SHORTEST_DOCSTRING:
                yield text + "\n"


def _licences() -> Iterator[str]:
    system = Path("/usr/share")
    if system.is_dir():
        yield from _read_all(system, ("common-licenses/*",))
        yield from (text for text in _read_all(system, ("doc/*/copyright",)) if len(text) < _LONGEST_COPYRIGHT)
    packages = Path(sysconfig.get_path("purelib"))
    yield from _read_all(packages, ("*.dist-info/**/*LICEN[SC]E*", "*.dist-info/**/*NOTICE*", "*/*LICENSE*"))


def _versions(*packages: str) -> str:
    return " ".join([sys.version.split()[0], *(f"{name}={importlib.metadata.version(name)}" for name in packages)])


def default_corpora() -> dict[str, CorpusSource]:
    """The five demo-grade domains of this machine: public, static text, good for showing and testing only."""
    interpreter, libraries = _versions(), _versions("torch", "transformers")
    sources = (
        CorpusSource("python", interpreter, _python_sources),
        CorpusSource("cpp", libraries, _headers),
        CorpusSource("reference", interpreter, _topics, section_bytes=4_096),
        CorpusSource("docstrings", libraries, _docstrings),
        CorpusSource("legal", libraries, _licences, section_bytes=4_096),
    )
    return {source.name: source for source in sources}


def _folder_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise CorpusError(f"corpus folder {folder} does not exist (create it and put text files in it)")
    files = [
        path
        for path in _files(folder, ("**/*",))
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    if not files:
        raise CorpusError(f"corpus folder {folder} is empty (put text files in it)")
    return files


def folder_source(name: str, folder: Path) -> CorpusSource:
    """The text files of the user's own folder, sub-folders too; hidden and binary files are left out.

    Raises: CorpusError when there is no such folder or nothing in it.
    """
    stats = ((path, path.stat()) for path in _folder_files(folder))
    listing = "\n".join(f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in stats)
    fingerprint = hashlib.sha256(listing.encode()).hexdigest()
    return CorpusSource(name, fingerprint, partial(_read_folder, folder))


def _read_folder(folder: Path) -> Iterator[str]:
    return (_read(path) for path in _folder_files(folder))


def read_folder(folder: Path) -> str:
    """All text of a folder, joined by blank lines: what a miner trains on.

    Raises: CorpusError when there is no folder, no file, or no text.
    """
    text = "\n\n".join(filter(None, _read_folder(folder)))
    if not text.strip():
        raise CorpusError(f"corpus folder {folder} has no readable text (put UTF-8 text files in it)")
    return text

"""Eight domains of real text that every installation has, or folders given instead."""

import importlib.metadata
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gating.text.sources import CorpusError, CorpusSource, default_corpora

FEWEST_DOMAINS = 2
_LARGEST_FILE_BYTES = 2_000_000


def eight_corpora() -> dict[str, CorpusSource]:
    """The five domains of a local network, and operator tables, type stubs and readmes of installed packages."""
    packages = " ".join(f"{name}={importlib.metadata.version(name)}" for name in ("torch", "numpy"))
    more = (
        CorpusSource("operators", packages, _operators, section_bytes=4_096),
        CorpusSource("readmes", packages, _readmes, section_bytes=4_096),
        CorpusSource("stubs", packages, _stubs, section_bytes=8_192),
    )
    return default_corpora() | {source.name: source for source in more}


def read_sources(folders: Sequence[str]) -> Mapping[str, CorpusSource | Path]:
    """Sources of ``NAME=DIR`` arguments; the eight corpora when there are none.

    Raises: CorpusError.
    """
    if not folders:
        return eight_corpora()
    named = [folder.partition("=") for folder in folders]
    if bad := [name for name, equals, folder in named if not (name and equals and folder)]:
        raise CorpusError(f"{bad[0]!r} is not a corpus (write NAME=DIR)")
    sources = {name: Path(folder) for name, _, folder in named}
    if len(sources) < FEWEST_DOMAINS:
        raise CorpusError(f"{len(sources)} corpus is too few to route between (give {FEWEST_DOMAINS} or more)")
    return sources


def _read(paths: Iterator[Path]) -> Iterator[str]:
    for path in sorted(paths, key=lambda path: (path.name, str(path))):
        yield path.read_bytes()[:_LARGEST_FILE_BYTES].decode("utf-8", "ignore")


def _packages() -> Path:
    return Path(sysconfig.get_path("purelib"))


def _operators() -> Iterator[str]:
    return _read(_packages().glob("torchgen/**/*.yaml"))


def _stubs() -> Iterator[str]:
    names = ("numpy/**/*.pyi", "torch/**/*.pyi")
    return _read(path for name in names for path in _packages().glob(name) if path.name != "_VF.pyi")


def _readmes() -> Iterator[str]:
    return _read(_packages().glob("*.dist-info/METADATA"))

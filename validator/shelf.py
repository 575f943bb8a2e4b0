"""Samples on disk: our own bundles until nobody asks for them, and what follows from those of all validators."""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from gating.checkpoint import CorruptCheckpoint, write_file
from validator.findings import Findings

KEPT_EPOCHS = 8
"""Bundles of a validator that are kept, and that count."""


@dataclass(frozen=True)
class Entry:
    """One of our bundles: its hash, its epoch, and the number of the first round that is not in it."""

    digest: str
    epoch: int
    stop: int


class Shelf:
    """Our own bundles by hash, newest last; every change is durable."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.entries = _load_entries(folder / "index.json")

    @property
    def newest(self) -> Entry | None:
        """The bundle that was made last."""
        return self.entries[-1] if self.entries else None

    def put(self, entry: Entry, data: bytes) -> None:
        """Keep a bundle; the oldest goes when there are too many."""
        write_file(self._path(entry), gzip.compress(data, 6))
        for old in self.entries[: -KEPT_EPOCHS + 1]:
            self._path(old).unlink(missing_ok=True)
        self.entries = (*self.entries[-KEPT_EPOCHS + 1 :], entry)
        write_file(self._folder / "index.json", orjson.dumps([vars(one) for one in self.entries]))

    def find(self, digest: str, known_epoch: int | None) -> bytes | None:
        """The gzipped bundle of a hash; None where there is none, or its epoch's weights are still a secret."""
        found = next((entry for entry in self.entries if entry.digest == digest), None)
        if found is None or known_epoch is None or found.epoch > known_epoch:
            return None
        path = self._path(found)
        return path.read_bytes() if path.exists() else None

    def _path(self, entry: Entry) -> Path:
        return self._folder / f"{entry.digest}.jsonl.gz"


class Library:
    """What follows from the samples of each validator, oldest first, as many epochs as count."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.findings = {path.stem: _load_findings(path) for path in sorted(folder.glob("*.json"))}
        """By validator; replaced as a whole, so that other threads can read it."""

    def put(self, found: Findings) -> None:
        """Keep findings, in place of those of the same validator and epoch."""
        others = [one for one in self.findings.get(found.validator, ()) if one.epoch != found.epoch]
        kept = sorted([*others, found], key=lambda one: one.epoch)[-KEPT_EPOCHS:]
        self.findings = {**self.findings, found.validator: tuple(kept)}
        write_file(self._folder / f"{found.validator}.json", orjson.dumps([one.encode() for one in kept]))

    def of(self, validator: str, until: int | None = None) -> tuple[Findings, ...]:
        """Findings of a validator, up to an epoch."""
        return tuple(one for one in self.findings.get(validator, ()) if until is None or one.epoch <= until)

    def keep_only(self, validators: Iterable[str]) -> None:
        """Forget validators that are none any more."""
        gone_ones = self.findings.keys() - set(validators)
        self.findings = {name: found for name, found in self.findings.items() if name not in gone_ones}
        for gone in gone_ones:
            (self._folder / f"{gone}.json").unlink(missing_ok=True)


def _load_entries(path: Path) -> tuple[Entry, ...]:
    if not path.exists():
        return ()
    try:
        return tuple(Entry(str(one["digest"]), int(one["epoch"]), int(one["stop"])) for one in _parse(path))
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptCheckpoint(path, repr(error)) from error


def _load_findings(path: Path) -> tuple[Findings, ...]:
    try:
        return tuple(Findings.decode(one) for one in _parse(path))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CorruptCheckpoint(path, repr(error)) from error


def _parse(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(path.read_bytes())
    return found

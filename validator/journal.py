"""Append-only JSON lines, rotated and bounded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson


@dataclass(frozen=True)
class Bounds:
    """Largest size of one file in bytes, and how many full files are kept beside it."""

    size_bytes: int = 8_000_000
    kept: int = 8


class Journal:
    """Records of what happened, newest last; the oldest file goes when the bounds are reached."""

    def __init__(self, path: Path, bounds: Bounds = Bounds()) -> None:
        self.path = path
        self._bounds = bounds

    def append(self, *records: Mapping[str, object]) -> None:
        """Write records and hand them to the operating system."""
        lines = b"".join(orjson.dumps(record) + b"\n" for record in records)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and self.path.stat().st_size + len(lines) > self._bounds.size_bytes:
            self._rotate()
        self._end_last_line()
        with self.path.open("ab") as file:
            file.write(lines)

    def read(self) -> Iterator[dict[str, object]]:
        """All records that are kept, oldest first; a line cut short by a crash is passed over."""
        for path in [*(self._full(at) for at in range(self._bounds.kept, 0, -1)), self.path]:
            if path.exists():
                yield from _records(path)

    def last(self) -> dict[str, object] | None:
        """The newest record."""
        newest = None
        for newest in self.read():  # noqa: B007
            pass
        return newest

    def _full(self, at: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{at}")

    def _rotate(self) -> None:
        self._full(self._bounds.kept).unlink(missing_ok=True)
        for at in range(self._bounds.kept - 1, 0, -1):
            if self._full(at).exists():
                self._full(at).replace(self._full(at + 1))
        self.path.replace(self._full(1))

    def _end_last_line(self) -> None:
        """Finish a line that a crash cut short, so that it spoils no other."""
        if not self.path.exists() or self.path.stat().st_size == 0:
            return
        with self.path.open("rb+") as file:
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                file.write(b"\n")


def _records(path: Path) -> Iterator[dict[str, object]]:
    with path.open("rb") as file:
        for line in file:
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if isinstance(record, dict):
                yield record

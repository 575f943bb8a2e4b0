"""RocksDB with column families of bytes: opening, one synced batch, ordered reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rocksdict import DBRecoveryMode, Options, Rdict, WriteBatch, WriteOptions

from chain.node.errors import NodeError, StoreCorrupt, StoreLocked

_WRITE_BUFFER_BYTES: Final = 8 << 20
_LOG_FILES: Final = 2
_LOG_FILE_BYTES: Final = 1 << 20

Write = tuple[str, bytes, bytes | None]
"""Family, key, value; None deletes."""


class Database:
    """An open directory. Reading is safe from any thread; one writer at a time."""

    def __init__(self, path: Path, database: Rdict, families: Iterable[str]) -> None:
        self._path = path
        self._database = database
        self._families = {name: database.get_column_family(name) for name in families}
        self._handles = {name: database.get_column_family_handle(name) for name in families}
        self._synced = WriteOptions()
        self._synced.sync = True

    @classmethod
    def open(cls, path: Path, families: tuple[str, ...]) -> Database:
        """Open ``path``, made where it is missing.

        Raises:
            StoreLocked: another process has it open.
            StoreCorrupt: it is no database, or a damaged one.
            NodeError: the directory cannot be made or written.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NodeError(
                f"cannot use {path} as data directory: {error.strerror}; choose another --data-dir"
            ) from error
        with _translated(path):
            database = Rdict(str(path), _build_options(), {name: _build_options() for name in families})
            return cls(path, database, families)

    def get(self, family: str, key: bytes) -> bytes | None:
        """Value at ``key``.

        Raises:
            StoreCorrupt: it cannot be read.
        """
        with _translated(self._path):
            value: bytes | None = self._families[family].get(key)
        return value

    def write(self, writes: Iterable[Write]) -> None:
        """All of ``writes`` or, after a crash, none; on disk when this returns.

        Raises:
            NodeError: the disk does not take them.
        """
        batch = WriteBatch(raw_mode=True)
        for family, key, value in writes:
            if value is None:
                batch.delete(key, self._handles[family])
            else:
                batch.put(key, value, self._handles[family])
        with _translated(self._path):
            self._database.write(batch, self._synced)

    def iterate(self, family: str, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Items from ``start`` on, in order of keys.

        Raises:
            StoreCorrupt: one cannot be read.
        """
        cursor = self._families[family].iter()
        cursor.seek(start)
        while cursor.valid():
            yield cursor.key(), cursor.value()
            cursor.next()
        with _translated(self._path):
            cursor.status()

    def find_at_or_before(self, family: str, key: bytes) -> tuple[bytes, bytes] | None:
        """Last item whose key is not above ``key``."""
        cursor = self._families[family].iter()
        cursor.seek_for_prev(key)
        with _translated(self._path):
            cursor.status()
        return (cursor.key(), cursor.value()) if cursor.valid() else None

    def close(self) -> None:
        """Let go of the directory."""
        for family in self._families.values():
            family.close()
        self._families.clear()
        self._handles.clear()
        self._database.close()


def _build_options() -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.create_missing_column_families(True)
    options.set_write_buffer_size(_WRITE_BUFFER_BYTES)
    options.set_keep_log_file_num(_LOG_FILES)
    options.set_max_log_file_size(_LOG_FILE_BYTES)
    # A torn last record was never acknowledged; damage anywhere else must be an error, not a silent loss.
    options.set_wal_recovery_mode(DBRecoveryMode.tolerate_corrupted_tail_records())
    return options


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn errors of the database into ours."""
    try:
        yield
    except Exception as error:  # rocksdict raises nothing narrower
        reason = " ".join(str(error).split())
        lowered = reason.lower()
        if "lock" in lowered and "block" not in lowered:
            raise StoreLocked(f"{path} is in use by another node; stop it or choose another --data-dir") from error
        if "no space" in lowered:
            raise NodeError(f"{path} is full ({reason}); make room and start again") from error
        hint = "restore a backup or choose an empty --data-dir"
        raise StoreCorrupt(f"{path} is not a readable chain ({reason}); {hint}") from error

"""Files that are whole or absent: atomic writes, atomic directories, arrays with a hash."""

import hashlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[np.generic]]

_META = "__meta__"


class CorruptCheckpoint(Exception):
    """A saved state that is damaged or not what its name says."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"checkpoint {path} is damaged: {reason} (delete it to start afresh)")
        self.path = path


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``; a reader sees the old or the new bytes, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _previous(path: Path) -> Path:
    return path.with_name(f".{path.name}.previous")


def recover_directory(path: Path) -> None:
    """Put back the last whole directory if a crash fell between its two renames."""
    previous = _previous(path)
    if previous.is_dir() and not path.exists():
        previous.rename(path)


@contextmanager
def replace_directory(path: Path) -> Iterator[Path]:
    """Give an empty directory that takes the place of ``path`` when the block ends well.

    Files are synced before the rename. The old directory is kept beside until the new one stands, so
    that ``recover_directory`` can undo a crash in between.
    """
    recover_directory(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-"))
    previous = _previous(path)
    try:
        yield fresh
        for file in fresh.rglob("*"):
            _sync(file)
        _sync(fresh)
        fresh.chmod(0o755)
        shutil.rmtree(previous, ignore_errors=True)
        if path.exists():
            path.rename(previous)
        fresh.rename(path)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        recover_directory(path)
        raise
    _sync(path.parent)
    shutil.rmtree(previous, ignore_errors=True)


def pack_arrays(arrays: Arrays, meta: Mapping[str, object]) -> bytes:
    """Bytes of an uncompressed npz with ``meta`` as JSON; equal input gives equal bytes."""
    if _META in arrays:
        raise ValueError(f"{_META} is reserved")
    encoded = np.frombuffer(json.dumps(meta, sort_keys=True).encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in [_META, *sorted(arrays)]:
            array = encoded if name == _META else arrays[name]
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue())
    return buffer.getvalue()


def save_arrays(path: Path, arrays: Arrays, meta: Mapping[str, object]) -> str:
    """Write arrays and ``meta`` atomically; the SHA-256 of the content, which may be published."""
    body = pack_arrays(arrays, meta)
    digest = hashlib.sha256(body)
    write_file(path, digest.digest() + body)
    return digest.hexdigest()


def read_digest(path: Path) -> str:
    """What ``save_arrays`` gave for the file in ``path``.

    Raises: FileNotFoundError.
    """
    with path.open("rb") as file:
        return file.read(32).hex()


def load_arrays(path: Path) -> tuple[dict[str, NDArray[np.generic]], dict[str, object]]:
    """Arrays and ``meta`` of a file written by ``save_arrays``.

    Raises: FileNotFoundError, CorruptCheckpoint.
    """
    raw = path.read_bytes()
    if hashlib.sha256(raw[32:]).digest() != raw[:32]:
        raise CorruptCheckpoint(path, "its hash does not match")
    with np.load(io.BytesIO(raw[32:]), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    meta = json.loads(arrays.pop(_META).tobytes())
    if not isinstance(meta, dict):
        raise CorruptCheckpoint(path, "its header is not an object")
    return arrays, meta

"""The data folder of a local network: one launcher at a time, the same network every time."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localnet.errors import DataDirInUse, OtherNetwork


@contextmanager
def occupy(root: Path) -> Iterator[None]:
    """Hold the data folder for this process; the system frees it however the process ends.

    Raises: DataDirInUse.
    """
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise DataDirInUse(
                f"{root} is in use by process {holder} (stop that network, or pass another --data-dir)"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def settle(manifest: Path, wishes: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """What a network keeps for life: chosen at its first start, the same at every later one.

    A wish of None takes what is stored, or the default.

    Raises: OtherNetwork when a wish differs from what is stored.
    """
    stored = _load(manifest, defaults)
    for name, wish in wishes.items():
        if stored is not None and wish is not None and wish != stored[name]:
            raise OtherNetwork(
                f"{manifest.parent} holds a network with {name} {stored[name]}, not {wish} "
                f"(leave out --{name}, or pass another --data-dir)"
            )
    if stored is not None:
        return stored
    chosen = {name: defaults[name] if wish is None else wish for name, wish in wishes.items()}
    fresh = manifest.with_suffix(".new")
    fresh.write_text(json.dumps(chosen, indent=1))
    fresh.replace(manifest)
    return chosen


def _load(manifest: Path, defaults: dict[str, Any]) -> dict[str, Any] | None:
    """What is stored; what an older version did not store was as it is by default."""
    try:
        stored = json.loads(manifest.read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise OtherNetwork(f"{manifest} cannot be read: {error} (delete its folder to start afresh)") from error
    assert isinstance(stored, dict)
    return {**defaults, **stored}

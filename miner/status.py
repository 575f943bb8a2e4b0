"""What a miner tells about itself in a file, about once a second."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

STATUS_SECONDS = 1.0


@dataclass(frozen=True)
class Status:
    """One moment of a miner; nothing in it is secret."""

    state: str
    domain: str
    hotkey: str
    uid: int | None
    steps: int
    loss: float | None
    """Nats per token, a moving mean."""
    heldout_bits_per_byte: float | None
    trained_seconds: float
    sessions: int
    """Open now."""
    requests: int
    """Answered since the start."""
    commitment: str
    block: int
    address: str


def write_status(file: Path, status: Status) -> None:
    """Replace ``file``; a reader sees the old or the new, never a part."""
    fresh = file.with_name(f".{file.name}.tmp")
    fresh.write_bytes(orjson.dumps(asdict(status)))
    os.replace(fresh, file)


async def keep_status(file: Path, read: Callable[[], Status]) -> None:
    """Write the status for ever."""
    while True:
        write_status(file, read())
        await asyncio.sleep(STATUS_SECONDS)

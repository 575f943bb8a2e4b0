"""The wishes of whoever types ``hivegate up``."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BEHAVIOURS = ("random", "noise", "two-faced", "relay")


@dataclass(frozen=True)
class Settings:
    """One run of a local network; times are seconds.

    ``bad_miners`` counts the dishonest miners of each kind, which come on top of ``miners`` honest ones.
    ``commit_reveal`` has the subnet hide weights until an epoch later.
    ``newcomer`` and ``leaver`` count epochs after the founders have learnt: then the last honest miner rehearses,
    to join once it has learnt, and the best paid of the others leaves.
    ``duration`` counts from the start of the command; None runs until interrupted.
    """

    data_dir: Path
    port_base: int
    miners: int
    bad_miners: Mapping[str, int]
    corpora: Mapping[str, Path]
    duration: float | None
    block_time: float
    tempo: int
    train_seconds: float
    anchor_seconds: float
    windows: int
    validators: int = 3
    commit_reveal: bool = False
    newcomer: int | None = None
    leaver: int | None = None


def default_data_dir() -> Path:
    """Where a local network keeps its chain, wallets and models unless told otherwise."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "hivegate" / "localnet"

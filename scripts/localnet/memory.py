"""Memory that a set of processes really uses, shared pages counted once."""

from collections.abc import Iterable
from pathlib import Path


def sum_pss(pids: Iterable[int], proc: Path = Path("/proc")) -> int:
    """Proportional set size of processes and their descendants, in bytes; what has ended counts nothing.

    Zero on systems without ``smaps_rollup``.
    """
    return sum(_pss(proc / str(pid)) for pid in _with_descendants(set(pids), proc))


def _with_descendants(pids: set[int], proc: Path) -> set[int]:
    found, fresh = set(pids), pids
    while fresh:
        fresh = {child for pid in fresh for child in _children(proc / str(pid))} - found
        found |= fresh
    return found


def _children(folder: Path) -> list[int]:
    try:
        return [int(pid) for path in folder.glob("task/*/children") for pid in path.read_text().split()]
    except OSError:
        return []


def _pss(folder: Path) -> int:
    try:
        lines = (folder / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))

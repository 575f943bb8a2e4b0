"""Weights that are committed and not yet revealed, kept so that a restart loses none.

The file is for this user alone. A salt hides weights for an epoch or so; it guards nothing afterwards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from gating.checkpoint import CorruptCheckpoint, write_file

FORMAT = 1

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Commit:
    """Weights that the chain holds a hash or a ciphertext of; ``digest`` is that hash, or the ciphertext's.

    They were made at block ``made_at`` in epoch ``made_in``. ``salt`` is empty where the chain opens them by itself.
    ``block`` is None until the commit is known to be in one; until then its epochs are a guess. ``facts`` are what may
    be shown with the weights.
    """

    digest: str
    uids: tuple[int, ...]
    values: tuple[int, ...]
    salt: tuple[int, ...]
    version_key: int
    made_at: int
    made_in: int
    epoch: int
    reveal_epoch: int
    block: int | None = None
    facts: Facts = field(default_factory=dict)

    @property
    def weights(self) -> list[tuple[int, int]]:
        """Uids and weights, as they were committed."""
        return list(zip(self.uids, self.values, strict=True))

    def landed(self, block: int, epoch: int, reveal_epoch: int) -> "Commit":
        """The same, known to be in a block."""
        return replace(self, block=block, epoch=epoch, reveal_epoch=reveal_epoch)


class Vault:
    """The commits that wait, oldest first, and the facts of the newest that does not; every change is durable."""

    def __init__(self, path: Path, commits: Iterable[Commit] = (), shown: Facts | None = None) -> None:
        self._path = path
        self.commits = tuple(commits)
        self.shown = shown

    def put(self, commit: Commit) -> None:
        """Keep a commit, in place of the one with its hash."""
        others = [known for known in self.commits if known.digest != commit.digest]
        self.commits = (*others, commit)
        self._save()

    def drop(self, commit: Commit) -> None:
        """Forget a commit that came to nothing."""
        self.commits = tuple(known for known in self.commits if known.digest != commit.digest)
        self._save()

    def open(self, commit: Commit) -> None:
        """Note that the weights are known to all; older commits can no longer be revealed."""
        self.commits = tuple(known for known in self.commits if known.made_at > commit.made_at)
        self.shown = commit.facts
        self._save()

    def _save(self) -> None:
        state = {"format": FORMAT, "commits": [asdict(commit) for commit in self.commits], "shown": self.shown}
        write_file(self._path, orjson.dumps(state))


def load_vault(path: Path) -> Vault:
    """The vault in ``path``, empty where there is none.

    Raises: CorruptCheckpoint.
    """
    if not path.exists():
        return Vault(path)
    try:
        state = orjson.loads(path.read_bytes())
        if state["format"] != FORMAT:
            raise CorruptCheckpoint(path, f"it has format {state['format']}")
        return Vault(path, [_decode(entry) for entry in state["commits"]], state["shown"])
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptCheckpoint(path, repr(error)) from error


def _decode(entry: Mapping[str, Any]) -> Commit:
    lists = {name: tuple(map(int, entry[name])) for name in ("uids", "values", "salt")}
    return Commit(**{**entry, **lists})

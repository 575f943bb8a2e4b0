"""The lock that the market finds keys for: where audit items come from, and what a validator's gate and anchor are.

Every objective asks for distributions over outcomes, so one proper rule scores them all: the logarithm of the
probability of what came. Nothing else knows whether the outcomes are tokens of a text or classes of an image.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[np.float32]
Question = Sequence[int] | Tensor
"""What is shown to experts at once: tokens, or a tensor."""


@dataclass(frozen=True, eq=False)
class AuditItem:
    """Something hidden of one domain: the ``question`` goes out at once, outcomes one by one after each answer.

    Whatever of it is asked in one session is of one domain, so the domain must not tell the outcomes.
    """

    domain: str
    question: Question
    outcomes: tuple[int, ...]

    def content(self) -> bytes:
        """Everything that is hidden, for a name that only those can guess who know it."""
        shown = np.asarray(self.question)
        kind = "<u4" if shown.dtype.kind in "iu" else "<f4"
        return shown.astype(kind).tobytes() + np.array(self.outcomes, dtype="<u4").tobytes()


class Eyes(Protocol):
    """What the gate sees of a question; learnt from a validator's own items."""

    @property
    def dimension(self) -> int:
        """Length of the vectors."""

    def encode(self, question: Question) -> NDArray[np.float64]:
        """Unit vector of a question, [dimension]."""

    def save(self, path: Path) -> str:
        """Write atomically; the SHA-256 of the state."""


class Source(Protocol):
    """Where hidden items come from."""

    def draw(self, seed: bytes, count: int) -> Sequence[AuditItem]:
        """``count`` items that follow from the seed alone."""


class Objective(Source, Protocol):
    """What a validator wants to be good at."""

    @property
    def outcomes(self) -> int:
        """Number of different outcomes of a step."""

    @property
    def language(self) -> str:
        """Hash that names the outcomes: experts with another one foretell something else."""

    def fit_eyes(self, items: Sequence[AuditItem], dimension: int) -> Eyes:
        """Eyes for questions like those of ``items``; of at most ``dimension`` numbers."""

    def load_eyes(self, path: Path) -> Eyes:
        """Eyes as they were saved. Raises: FileNotFoundError, CorruptCheckpoint."""

    def describe(self, groups: Sequence[Sequence[AuditItem]]) -> list[tuple[str, ...]]:
        """For each group a few words that tell it from the others and may be told to anyone; none when nothing may."""


def commit(secret: bytes) -> bytes:
    """What is published before the audits: the hash that binds a validator to its secret."""
    return hashlib.sha256(b"hivegate audit secret" + secret).digest()


def audit_seed(secret: bytes, block_hash: bytes) -> bytes:
    """Seed of the audits after a block, unknown to all before it and to others until the secret is shown."""
    return hashlib.sha256(b"hivegate audit seed" + hashlib.sha256(secret).digest() + block_hash).digest()


def uniform_integers(seed: bytes) -> Iterator[int]:
    """Endless uniform 64-bit integers that follow from the seed alone, the same on every machine."""
    counter = 0
    while True:
        yield int.from_bytes(hashlib.sha256(seed + counter.to_bytes(8, "little")).digest()[:8], "little")
        counter += 1

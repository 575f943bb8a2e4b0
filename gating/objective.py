"""The lock that the market finds keys for: where audit items come from and when an answer is good."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class AuditItem:
    """Hidden text of one domain: ``prefix`` goes out at once, ``continuation`` token by token after each answer.

    ``context`` is the prefix as text, for the gate.
    """

    domain: str
    prefix: tuple[int, ...]
    continuation: tuple[int, ...]
    context: str


class Objective(Protocol):
    """What a validator wants to be good at."""

    def draw(self, seed: bytes, count: int) -> Sequence[AuditItem]:
        """``count`` items that follow from the seed alone."""

    def gains(self, logprobs: NDArray[np.float64]) -> tuple[float, ...]:
        """Each expert's gain over the anchor by a proper scoring rule; row 0 is the anchor."""

    def describe(self, items: Sequence[AuditItem], others: Sequence[AuditItem]) -> tuple[str, ...]:
        """A few words that tell ``items`` from ``others`` and may be told to anyone; none when nothing may."""


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

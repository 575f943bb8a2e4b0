"""What the gate sees of a tensor: the directions in which a validator's own tensors differ most."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gating.checkpoint import CorruptCheckpoint, load_arrays, save_arrays
from gating.features import Vector
from gating.objective import Question

_SPREAD = 2.0
"""Typical length of all components together; the constant is one."""


@dataclass(frozen=True, eq=False)
class TensorFeatures:
    """Encodes tensors as unit vectors of a constant and their principal components, [numbers, D - 1]."""

    centre: Vector
    components: Vector

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return int(self.components.shape[1]) + 1

    def encode(self, question: Question) -> Vector:
        """Unit vector of a tensor, float64 [dimension]."""
        short = (np.asarray(question, dtype=np.float64).ravel() - self.centre) @ self.components
        found = np.concatenate([np.ones(1), short])
        result: Vector = found / np.sqrt((found * found).sum())
        return result

    def save(self, path: Path) -> str:
        """Write atomically; the SHA-256 of the state."""
        return save_arrays(path, {"centre": self.centre, "components": self.components}, {})


def fit_tensors(tensors: Sequence[Question], dimension: int) -> TensorFeatures:
    """The components of some tensors of one shape; the least of the wanted dimension and what there is.

    Raises: ValueError for fewer than two tensors.
    """
    if len(tensors) < 2:
        raise ValueError(f"{len(tensors)} tensors do not differ")
    rows = np.stack([np.asarray(tensor, dtype=np.float64).ravel() for tensor in tensors])
    centre = rows.mean(axis=0)
    _, spreads, directions = np.linalg.svd(rows - centre, full_matrices=False)
    kept = directions[: min(dimension - 1, int((spreads > 1e-9).sum()))]
    length = np.sqrt((((rows - centre) @ kept.T) ** 2).sum(axis=1).mean())
    return TensorFeatures(centre, kept.T * (_SPREAD / length))


def load_tensor_features(path: Path) -> TensorFeatures:
    """What ``save`` wrote.

    Raises: FileNotFoundError, CorruptCheckpoint.
    """
    arrays, _ = load_arrays(path)
    if set(arrays) != {"centre", "components"} or len(arrays["centre"]) != len(arrays["components"]):
        raise CorruptCheckpoint(path, "it holds no features of tensors")
    return TensorFeatures(arrays["centre"].astype(np.float64), arrays["components"].astype(np.float64))

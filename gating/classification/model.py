"""A classifier small enough for an anchor: one linear layer and a softmax.

Shape suffixes: B tensors, P their numbers, C classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gating.checkpoint import CorruptCheckpoint, load_arrays, save_arrays
from gating.classification.digits import Images
from gating.features import Vector
from gating.objective import Tensor

_DECAY = 1e-3
_SPEED = 2.0


@dataclass(frozen=True, eq=False)
class LinearClassifier:
    """Scores of the classes are ``layer`` times the tensor's numbers and a one."""

    layer: Vector

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.layer.shape[1])

    def logprobs(self, tensors: Tensor | Sequence[Tensor]) -> Vector:
        """Log-probability of each class, [B, C]."""
        return _log_softmax(_flat(np.asarray(tensors)) @ self.layer)

    def save(self, path: Path) -> str:
        """Write atomically; the SHA-256 of the state."""
        return save_arrays(path, {"layer": self.layer}, {})


def train_linear(images: Images, classes: int, steps: int = 300) -> LinearClassifier:
    """The classifier that fits some images, by gradient steps over all of them; the same on every run."""
    inputs_BP = _flat(images.pixels)
    wanted_BC = np.eye(classes)[images.labels]
    layer = np.zeros((inputs_BP.shape[1], classes))
    for _ in range(steps):
        error_BC = np.exp(_log_softmax(inputs_BP @ layer)) - wanted_BC
        layer -= _SPEED * (inputs_BP.T @ error_BC / len(images) + _DECAY * layer)
    return LinearClassifier(layer)


def load_linear(path: Path) -> LinearClassifier:
    """What ``save`` wrote.

    Raises: FileNotFoundError, CorruptCheckpoint.
    """
    arrays, _ = load_arrays(path)
    if "layer" not in arrays or arrays["layer"].ndim != 2:
        raise CorruptCheckpoint(path, "it holds no classifier")
    return LinearClassifier(arrays["layer"].astype(np.float64))


def _flat(tensors: Tensor) -> Vector:
    """Numbers of each tensor in a row, and a one, [B, P]."""
    numbers_BP = tensors.reshape(len(tensors), -1).astype(np.float64)
    return np.concatenate([numbers_BP, np.ones((len(numbers_BP), 1))], axis=1)


def _log_softmax(scores_BC: Vector) -> Vector:
    shifted_BC = scores_BC - scores_BC.max(axis=1, keepdims=True)
    result: Vector = shifted_BC - np.log(np.exp(shifted_BC).sum(axis=1, keepdims=True))
    return result

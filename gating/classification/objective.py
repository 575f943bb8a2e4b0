"""Audits by images: each is shown once, with noise of its own, and its class is never told."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from gating.classification.digits import CLASSES, Images
from gating.classification.features import TensorFeatures, fit_tensors, load_tensor_features
from gating.objective import AuditItem, uniform_integers

_NOISE = 0.05
_TOLD_SHARE = 0.2


class ClassificationObjective:
    """Draws images that this validator keeps to itself; an item has one step, whose outcome is the class.

    All items are of one domain: what belongs together in a session must not tell the answer.
    """

    def __init__(self, images: Images, name: str = "digits", classes: Sequence[str] = CLASSES) -> None:
        if not len(images):
            raise ValueError("no images to audit with")
        self._images = images
        self._name = name
        self._classes = tuple(classes)

    @property
    def outcomes(self) -> int:
        """Number of classes."""
        return len(self._classes)

    @property
    def language(self) -> str:
        """SHA-256 of the names of the classes: experts of another list foretell something else."""
        return hashlib.sha256("\n".join(self._classes).encode()).hexdigest()

    def draw(self, seed: bytes, count: int) -> list[AuditItem]:
        """``count`` items that follow from the seed alone."""
        integers = uniform_integers(seed)
        return [self._item(integers) for _ in range(count)]

    def fit_eyes(self, items: Sequence[AuditItem], dimension: int) -> TensorFeatures:
        """Principal components of the images of some items."""
        return fit_tensors([item.question for item in items], dimension)

    def load_eyes(self, path: Path) -> TensorFeatures:
        """Components as they were saved."""
        return load_tensor_features(path)

    def describe(self, groups: Sequence[Sequence[AuditItem]]) -> list[tuple[str, ...]]:
        """The classes that most of each group belong to; that tells no image."""
        return [self._name_classes(group) for group in groups]

    def _name_classes(self, items: Sequence[AuditItem]) -> tuple[str, ...]:
        counts = Counter(item.outcomes[0] for item in items).most_common()
        return tuple(self._classes[label] for label, count in counts if count >= _TOLD_SHARE * len(items))

    def _item(self, integers: Iterator[int]) -> AuditItem:
        place = next(integers) % len(self._images)
        clear = self._images.pixels[place]
        noise = np.random.Generator(np.random.PCG64(next(integers))).normal(0.0, _NOISE, clear.shape)
        image = np.clip(clear + noise, 0.0, 1.0).astype(np.float32)
        return AuditItem(self._name, image, (int(self._images.labels[place]),))

"""Handwritten digits: the 1,797 images of 8 by 8 pixels that scikit-learn brings with it. Nothing is downloaded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gating.objective import Tensor

CLASSES = tuple(str(digit) for digit in range(10))
_WHITEST = 16.0


class MissingImages(Exception):
    """The library that holds the images is not installed."""


@dataclass(frozen=True, eq=False)
class Images:
    """Grey images, [N, 8, 8] from 0 to 1, and the class of each, [N]."""

    pixels: Tensor
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def pick(self, places: NDArray[np.int64]) -> "Images":
        """Some of them."""
        return Images(self.pixels[places], self.labels[places])

    def split(self, parts: int, seed: int) -> list["Images"]:
        """All of them dealt out at random into parts of like size, none twice."""
        order = np.random.default_rng(seed).permutation(len(self))
        return [self.pick(order[part::parts]) for part in range(parts)]


def load_digits() -> Images:
    """All images.

    Raises: MissingImages.
    """
    try:
        from sklearn.datasets import load_digits as load  # noqa: PLC0415  (an extra, and slow to import)
    except ImportError as error:
        raise MissingImages("the digits come with scikit-learn (pip install 'hivegate[digits]')") from error
    found = load()
    return Images((found.images / _WHITEST).astype(np.float32), found.target.astype(np.int64))

"""Short features: the directions in which a validator's own texts differ most.

Latent semantic analysis of hashed character n-grams, rare ones counting more. Telling eight domains apart from 24 to 64
tokens, 64 such numbers do better than 256 of the fixed projection, and the gate needs a sixteenth of the work.

Shape suffixes: N texts, G n-gram buckets, D features.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gating.checkpoint import Arrays, CorruptCheckpoint, load_arrays, save_arrays
from gating.features import BUCKETS, GRAM_LENGTHS, Features, Vector

Float32 = NDArray[np.float32]

_KEPT_SPREAD = 0.5
"""Power of each component's spread that stays: one keeps all distances, zero makes all components alike."""
_COMPONENT_SIZE = 2.0
"""Typical length of all components together; the constant is one."""


@dataclass(frozen=True, eq=False)
class PrincipalFeatures:
    """Encodes texts as unit vectors of a constant and their principal components.

    ``rarity`` is [G], ``components`` [G, D - 1]. Two validators with different texts see differently: what is logged
    is the choice and its weights.
    """

    base: Features
    rarity: Float32
    centre: Vector
    components: Float32

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return len(self.centre) + 1

    def encode(self, text: str) -> Vector:
        """Unit vector of the newest part of a text, float64 [dimension]."""
        seen, weights = self.base.grams(text)
        scaled = weights * self.rarity[seen]
        length = max(float(np.sqrt((scaled * scaled).sum())), 1e-9)
        short = (scaled @ self.components[seen]).astype(np.float64) / length - self.centre
        found = np.concatenate([np.ones(1), short])
        result: Vector = found / np.sqrt((found * found).sum())
        return result

    def save(self, path: Path) -> str:
        """Write atomically; the SHA-256 of the state."""
        arrays: Arrays = {"rarity": self.rarity, "centre": self.centre, "components": self.components}
        return save_arrays(path, arrays, {"seed": self.base.seed, "grams": list(GRAM_LENGTHS)})


def fit_principal(texts: Sequence[str], dimension: int = 64, base: Features | None = None) -> PrincipalFeatures:
    """The components of some texts; about a thousand of the length that will be encoded are enough.

    Few texts give fewer components than asked for; the others are zero.

    Raises: ValueError for fewer than two texts.
    """
    if len(texts) < 2:
        raise ValueError(f"{len(texts)} texts do not differ")
    base = base or Features()
    counts_NG = _count(texts, base)
    rarity_G = np.log((len(texts) + 1) / ((counts_NG > 0).sum(axis=0) + 1)).astype(np.float32)
    counts_NG *= rarity_G
    counts_NG /= np.maximum(np.sqrt((counts_NG * counts_NG).sum(axis=1, keepdims=True)), 1e-9)
    mean_G = counts_NG.mean(axis=0)
    counts_NG -= mean_G
    components_GD = _components(counts_NG, dimension - 1)
    centre = mean_G.astype(np.float64) @ components_GD.astype(np.float64)
    return PrincipalFeatures(base, rarity_G, centre, components_GD)


def load_principal(path: Path) -> PrincipalFeatures:
    """What ``save`` wrote.

    Raises: FileNotFoundError, CorruptCheckpoint.
    """
    arrays, meta = load_arrays(path)
    try:
        rarity, components = arrays["rarity"].astype(np.float32), arrays["components"].astype(np.float32)
        centre, seed = arrays["centre"].astype(np.float64), meta["seed"]
    except KeyError as error:
        raise CorruptCheckpoint(path, f"it lacks {error}") from error
    if meta.get("grams") != list(GRAM_LENGTHS):
        raise CorruptCheckpoint(path, "it was fitted to n-grams of other lengths")
    if rarity.shape != (BUCKETS,) or components.shape != (BUCKETS, len(centre)) or not isinstance(seed, int):
        raise CorruptCheckpoint(path, f"components of shape {components.shape} do not fit")
    return PrincipalFeatures(Features(seed=seed), rarity, centre, components)


def _count(texts: Sequence[str], base: Features) -> Float32:
    counts_NG = np.zeros((len(texts), BUCKETS), dtype=np.float32)
    for row, text in zip(counts_NG, texts, strict=True):
        seen, weights = base.grams(text)
        row[seen] = weights
    return counts_NG


def _components(centred_NG: Float32, wanted: int) -> Float32:
    """Directions of most spread, [G, wanted], scaled so that typical texts have the component size."""
    values, vectors = np.linalg.eigh(centred_NG @ centred_NG.T)
    order = np.argsort(-values, kind="stable")[: min(wanted, len(values) - 1)]
    spreads = np.maximum(values[order] / len(values), 1e-12)
    directions = centred_NG.T @ (vectors[:, order] / np.sqrt(spreads * len(values))).astype(np.float32)
    kept = spreads ** (_KEPT_SPREAD / 2.0)
    components = np.zeros((centred_NG.shape[1], wanted), dtype=np.float32)
    components[:, : len(order)] = directions * (
        _COMPONENT_SIZE * kept / np.sqrt((kept * kept).sum()) / np.sqrt(spreads)
    )
    return components

"""Short features: what tells the kinds of a validator's own texts apart, and the directions in which they differ most.

Hashed character n-grams, rare ones counting more. Whoever owns texts knows their kinds, so a few numbers are fitted
to tell them apart (ridge regression on the kinds); the others are latent semantic analysis. The gate learns from few
audits what each expert is worth, and need not find out from them which n-grams matter.

Shape suffixes: N texts, G n-gram buckets, D features, K kinds.
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
"""Typical length of all components together, and of all that tell kinds apart; the constant is one."""
_KIND_RIDGE = 1.0
_MOST_FOR_KINDS = 0.5
"""Largest part of the numbers that is for telling kinds apart."""


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


def fit_principal(texts: Sequence[str], dimension: int = 64, kinds: Sequence[str] = ()) -> PrincipalFeatures:
    """The components of some texts; about a thousand of the length that will be encoded are enough.

    ``kinds`` names the kind of each, if that is known. Few texts give fewer components than asked for; the others are
    zero.

    Raises: ValueError for fewer than two texts.
    """
    if len(texts) < 2:
        raise ValueError(f"{len(texts)} texts do not differ")
    base = Features()
    counts_NG = _count(texts, base)
    rarity_G = np.log((len(texts) + 1) / ((counts_NG > 0).sum(axis=0) + 1)).astype(np.float32)
    counts_NG *= rarity_G
    counts_NG /= np.maximum(np.sqrt((counts_NG * counts_NG).sum(axis=1, keepdims=True)), 1e-9)
    mean_G = counts_NG.mean(axis=0)
    counts_NG -= mean_G
    values, vectors = np.linalg.eigh((counts_NG @ counts_NG.T).astype(np.float64))
    telling_NK = _tell_apart(values, vectors, kinds)[:, : int(_MOST_FOR_KINDS * (dimension - 1))]
    telling_GK = counts_NG.T @ telling_NK.astype(np.float32)
    principal_GD = _components(counts_NG, values, vectors, dimension - 1 - telling_GK.shape[1])
    components_GD = np.concatenate([telling_GK, principal_GD], axis=1)
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


def _tell_apart(values: Vector, vectors: Vector, kinds: Sequence[str]) -> Vector:
    """For each direction that tells kinds apart how much each text adds to it, [N, K - 1], most telling first.

    A direction's size is what it has on a text that it was not fitted to. ``values`` and ``vectors`` are those of the
    texts' products with each other.
    """
    names = sorted(set(kinds))
    if len(names) < 2:
        return np.zeros((len(values), 0))
    wanted_NK = np.array([[float(kind == name) for name in names] for kind in kinds])
    wanted_NK -= wanted_NK.mean(axis=0)
    values = np.maximum(values, 0.0)
    parts_NK = vectors @ ((vectors.T @ wanted_NK) / (values + _KIND_RIDGE)[:, None])
    own_N1 = (vectors * vectors) @ (values / (values + _KIND_RIDGE))[:, None]
    fitted_NK = vectors @ (values[:, None] * (vectors.T @ parts_NK))
    unseen_NK = (fitted_NK - own_N1 * wanted_NK) / np.maximum(1.0 - own_N1, 1e-3)
    turn = np.linalg.svd(unseen_NK - unseen_NK.mean(axis=0), full_matrices=False)[2][:-1].T
    spread = max(1e-9, float(np.sqrt(((unseen_NK @ turn) ** 2).sum() / len(values))))
    result: Vector = parts_NK @ turn * (_COMPONENT_SIZE / spread)
    return result


def _components(centred_NG: Float32, values: Vector, vectors: Vector, wanted: int) -> Float32:
    """Directions of most spread, [G, wanted], scaled so that typical texts have the component size."""
    order = np.argsort(-values, kind="stable")[: min(wanted, len(values) - 1)]
    spreads = np.maximum(values[order] / len(values), 1e-12)
    directions = centred_NG.T @ (vectors[:, order] / np.sqrt(spreads * len(values))).astype(np.float32)
    kept = spreads ** (_KEPT_SPREAD / 2.0)
    components = np.zeros((centred_NG.shape[1], wanted), dtype=np.float32)
    components[:, : len(order)] = directions * (
        _COMPONENT_SIZE * kept / np.sqrt((kept * kept).sum()) / np.sqrt(spreads)
    )
    return components

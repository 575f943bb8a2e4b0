"""Kinds of texts: clusters of what the gate sees, found once in a validator's own texts.

Shape suffixes: N texts, D features, C contexts.
"""

from dataclasses import dataclass

import numpy as np

from gating.features import Vector

_ROUNDS = 30


@dataclass(frozen=True, eq=False)
class Contexts:
    """Centres of the clusters, unit vectors, [C, D]."""

    centres: Vector

    @property
    def count(self) -> int:
        """Number of contexts."""
        return len(self.centres)

    def find(self, features: Vector) -> int:
        """Number of the context that a text belongs to."""
        return int(np.argmax(self.centres @ features))


def fit_contexts(features_ND: Vector, wanted: int, seed: int = 0) -> Contexts:
    """Cluster unit vectors by their angles; fewer contexts when there are fewer different texts.

    Source: spherical k-means (Dhillon and Modha 2001), begun as in Arthur and Vassilvitskii 2007.

    Raises: ValueError for no texts.
    """
    if len(features_ND) == 0:
        raise ValueError("no texts to find contexts in")
    centres_CD = _spread(features_ND, wanted, np.random.default_rng(seed))
    for _ in range(_ROUNDS):
        nearest_N = np.argmax(features_ND @ centres_CD.T, axis=1)
        sums_CD = np.zeros_like(centres_CD)
        np.add.at(sums_CD, nearest_N, features_ND)
        lengths_C = np.sqrt((sums_CD * sums_CD).sum(axis=1, keepdims=True))
        moved_CD = np.where(lengths_C > 0, sums_CD / np.maximum(lengths_C, 1e-12), centres_CD)
        if np.array_equal(moved_CD, centres_CD):
            break
        centres_CD = moved_CD
    return Contexts(centres_CD)


def _spread(features_ND: Vector, wanted: int, random: np.random.Generator) -> Vector:
    """First centres far from each other."""
    chosen = [int(random.integers(len(features_ND)))]
    while len(chosen) < wanted:
        nearest_N = (features_ND @ features_ND[chosen].T).max(axis=1)
        apart_N = np.maximum(1.0 - nearest_N, 0.0)
        apart_N[apart_N < 1e-9] = 0.0
        if apart_N.sum() == 0:
            break
        chosen.append(int(random.choice(len(features_ND), p=apart_N / apart_N.sum())))
    return features_ND[chosen].copy()

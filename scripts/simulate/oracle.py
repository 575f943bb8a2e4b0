"""A router that knows what each expert will gain: the ceiling for those that must foretell it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from gating.checkpoint import save_arrays
from gating.lottery import Lottery
from gating.router import Choice
from simulate.experts import ANCHOR
from simulate.recording import Float64
from simulate.serving import HeldOut


class OracleRouter:
    """Asks those who will gain most over the anchor on the tokens until the next choice.

    ``truth`` gives the gains for what the gate sees. Best alone is not best together: a mixture may do better.
    """

    kind = "oracle"

    def __init__(self, truth: Mapping[bytes, Mapping[str, float]]) -> None:
        self._truth = truth

    def predict(self, features: Float64, candidates: Sequence[str]) -> Float64:
        """What each candidate will gain.

        Raises: KeyError for a text that it was not told of.
        """
        gains = self._truth[features.tobytes()]
        return np.array([gains[name] for name in candidates])

    def choose(self, features: Float64, candidates: Sequence[str], k: int, *, explore: bool = False) -> Choice:
        """The ``k`` candidates that will gain most; there is nothing to explore.

        Raises: KeyError for a text that it was not told of.
        """
        gains = self._truth[features.tobytes()]
        best = tuple(sorted(candidates, key=lambda name: (-gains[name], name))[:k])
        sure = (1.0,) * len(best)
        scores = tuple(gains[name] for name in best)
        return Choice(best, scores, sure, (True,) * len(best), False, Lottery(best, pool=len(candidates)))

    def update(self, hotkey: str, features: Float64, gain: float, propensity: float = 1.0) -> None:
        """It knew."""

    def weaken(self, hotkey: str) -> None:
        """What it knows is true of any model."""

    def forget(self, hotkey: str) -> None:
        """It has no memory."""

    def save(self, path: Path) -> str:
        """Write that there is nothing to save; the SHA-256 of that."""
        return save_arrays(path, {}, {"kind": self.kind})

    def load(self, path: Path) -> None:
        """Nothing was saved."""


def know(held_out: HeldOut, experts: Sequence[str]) -> OracleRouter:
    """The oracle of some held-out texts."""
    answers, length = held_out.recording.answers, held_out.segment_tokens
    gains = {name: _segments(answers[name] - answers[ANCHOR], length) for name in experts}
    texts, segments = held_out.features.shape[:2]
    truth = {
        sight.tobytes(): {name: float(rows[text, segment]) for name, rows in gains.items()}
        for text in range(texts)
        for segment in range(segments)
        for sight in held_out.features[text, segment]
    }
    return OracleRouter(truth)


def _segments(gains_NT: Float64, length: int) -> Float64:
    """Mean over the tokens of each segment, [N, S]."""
    starts = range(0, gains_NT.shape[1], length)
    return np.stack([gains_NT[:, start : start + length].mean(axis=1) for start in starts], axis=1)

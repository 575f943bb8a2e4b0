"""Whom to ask next about a text that is being revealed, in the light of how those asked so far have done.

Only for *given* text, of which every answer was committed before the token was seen; what is generated carries no
evidence. Three things are believed. The gate's foresight of an expert's gain on this text errs by some doubt, which the
expert's own tokens soon settle. The text may have turned to something else a few words ago: then what the gate sees in
its newest words foretells the answers better than what it sees in all of it. And of experts that may each be good or
bad here, the best few together are not always those that are best alone.

Shape suffixes: V views of the text, N candidates, K experts asked, T tokens, D draws.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gating.mixture import gate_weights
from gating.router import GAIN_BOUND, Choice, Router, Vector

Array = NDArray[np.float64]

VIEWS = (160, 12)
"""Lengths of the newest text, in tokens, that the gate looks at: what it is about, and what it may have turned to."""

_VIEW_PRIOR = (0.7, 0.3)
_DRAWS = 128
_CONTENDERS = 32


@dataclass(frozen=True)
class PursuitSettings:
    """Beliefs about a text, nats per token.

    ``doubt`` is the variance of an expert's gain over a text around what the gate foretells, ``noise`` that of a single
    token's gain. What was seen fades by ``memory`` with each token. Weights of the mixture are a soft maximum with
    ``temperature``.
    """

    doubt: float = 1.2
    noise: float = 6.0
    memory: float = 0.9
    temperature: float = 1.0


class Pursuit:
    """One text, from its first token to its last."""

    def __init__(self, router: Router, settings: PursuitSettings | None = None) -> None:
        self.settings = settings or PursuitSettings()
        self._router = router
        self._seen: dict[str, tuple[float, float]] = {}
        """Of each expert that was asked: tokens that still count, and the sum of its gains over them."""
        self._misfits: Array = np.zeros(len(VIEWS))
        """Of each view, the squared errors of what it foretold, fading."""
        self._asked: tuple[str, ...] = ()
        self._foretold_VK: Array = np.zeros((len(VIEWS), 0))

    def choose(self, sights: Sequence[Vector], candidates: Sequence[str], k: int) -> Choice:
        """The ``k`` candidates to ask until the next choice; ``sights`` is what the gate sees, one for each view."""
        foretold_VN = np.stack([self._router.predict(sight, candidates) for sight in sights])
        expected, doubt = self._believe(foretold_VN, candidates)
        places = pick_team(expected, doubt, min(k, len(candidates)))
        self._asked = tuple(candidates[place] for place in places)
        self._foretold_VK = foretold_VN[:, places]
        sure = (1.0,) * len(places)
        scores = tuple(float(expected[place]) for place in places)
        return Choice(self._asked, scores, sure, (True,) * len(places), explored=False)

    def weigh(self, choice: Choice) -> Vector:
        """Weights with which the anchor, first, and the chosen experts enter the mixture."""
        return gate_weights(np.array(choice.scores, dtype=np.float64), self.settings.temperature)

    def observe(self, logprobs: Array) -> None:
        """Take in what the anchor and those chosen last gave the tokens revealed since, [1 + K, T]; NaN for absent."""
        gains_KT = np.clip(logprobs[1:] - logprobs[:1], -GAIN_BOUND, GAIN_BOUND)
        tokens = gains_KT.shape[1]
        fading_T = self.settings.memory ** np.arange(tokens - 1, -1, -1)
        kept = self.settings.memory**tokens
        self._seen = {hotkey: (kept * count, kept * total) for hotkey, (count, total) in self._seen.items()}
        heard_KT = np.where(np.isnan(gains_KT), 0.0, fading_T)
        for hotkey, heard, gains in zip(self._asked, heard_KT, np.nan_to_num(gains_KT), strict=True):
            count, total = self._seen.get(hotkey, (0.0, 0.0))
            self._seen[hotkey] = count + float(heard.sum()), total + float(heard @ gains)
        errors_VKT = np.nan_to_num(gains_KT - self._foretold_VK[:, :, None])
        self._misfits = kept * self._misfits + (heard_KT * errors_VKT * errors_VKT).sum(axis=(1, 2))

    def _believe(self, foretold_VN: Array, candidates: Sequence[str]) -> tuple[Vector, Vector]:
        """Expected gain of each candidate on what comes next, and its standard deviation."""
        expected: Vector = self._credence() @ foretold_VN
        variance = np.full(len(candidates), self.settings.doubt)
        for place, hotkey in enumerate(candidates):
            if hotkey in self._seen:
                count, total = self._seen[hotkey]
                settled = count + self.settings.noise / self.settings.doubt
                expected[place] += (total - count * expected[place]) / settled
                variance[place] *= 1.0 - count / settled
        return expected, np.sqrt(variance)

    def _credence(self) -> Vector:
        """How far each view is believed, given the answers that it foretold."""
        likely = np.log(_VIEW_PRIOR) - self._misfits / (2.0 * self.settings.noise)
        credence = np.exp(likely - likely.max())
        result: Vector = credence / credence.sum()
        return result


def pick_team(expected: Vector, deviation: Vector, k: int) -> list[int]:
    """Places of the ``k`` that, one added after another, raise most what the best of them and the anchor will gain.

    Gains are taken for independent and normal, the anchor's for zero. The same draws serve every call.
    """
    hopes = expected + 2.0 * deviation
    contenders = np.argsort(-hopes, kind="stable")[: max(_CONTENDERS, k)]
    gains_DN = expected[contenders] + deviation[contenders] * _normal_draws(len(contenders))
    best_D, free = np.zeros(len(gains_DN)), 1e-6 * expected[contenders]
    team: list[int] = []
    for _ in range(k):
        place = int((np.maximum(best_D[:, None], gains_DN).mean(axis=0) + free).argmax())
        best_D = np.maximum(best_D, gains_DN[:, place])
        free[place] = -np.inf
        team.append(int(contenders[place]))
    return team


@functools.cache
def _normal_draws(count: int) -> Array:
    return np.random.default_rng(0).standard_normal((_DRAWS, count))

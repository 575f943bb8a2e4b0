"""Whom to ask next about a text that is being revealed, in the light of how those asked so far have done.

Only for *given* text, of which every answer was committed before the token was seen; what is generated carries no
evidence. Two things are believed. At any token the anchor or one of the candidates is the one to follow; who it is
changes rarely, and then to whom the gate sees fit: a fixed share among sleeping experts, in which those that were not
asked count as barely better than the anchor. So whoever does better than that keeps its place, and whoever does worse
makes room for others. And the text may have turned to something else a few words ago: then what the gate sees in its
newest words foretells the answers better than what it sees in all of it.

Sources: Herbster and Warmuth 1998 (fixed share); Freund, Schapire, Singer and Warmuth 1997 (sleeping experts).

Shape suffixes: V views of the text, N candidates, K experts asked, T tokens, M members with the anchor as number 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gating.mixture import FixedShare, gate_weights
from gating.router import GAIN_BOUND, Choice, Router, Vector

Array = NDArray[np.float64]

VIEWS = (160, 12)
"""Lengths of the newest text, in tokens, that the gate looks at: what it is about, and what it may have turned to."""

_VIEW_PRIOR = (0.7, 0.3)


@dataclass(frozen=True)
class PursuitSettings:
    """Beliefs about a text, nats per token.

    Whom to follow changes at a token with probability ``change``; one that was not asked is taken to gain ``hope`` over
    the anchor. For the weights of the mixture, ``doubt`` is the variance of an expert's gain over a text around what
    the gate foretells, ``noise`` that of a single token's gain. What was seen fades by ``memory`` with each token.
    Weights are a soft maximum with ``temperature``.
    """

    change: float = 0.02
    hope: float = 0.1
    doubt: float = 1.2
    noise: float = 6.0
    memory: float = 0.9
    temperature: float = 1.0


class Pursuit:
    """One text, from its first token to its last."""

    def __init__(self, router: Router, settings: PursuitSettings | None = None) -> None:
        self.settings = settings or PursuitSettings()
        self._router = router
        self._candidates: tuple[str, ...] = ()
        self._standing: FixedShare | None = None
        """How likely the anchor and each candidate is the one to follow, [1, M]; None before the first choice."""
        self._places: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        """Those asked since the last choice, among the candidates."""
        self._foretold_VK: Array = np.zeros((len(VIEWS), 0))
        self._seen: dict[str, tuple[float, float]] = {}
        """Of each expert that was asked: tokens that still count, and the sum of its gains over them."""
        self._misfits: Array = np.zeros(len(VIEWS))
        """Of each view, the squared errors of what it foretold, fading."""

    def choose(self, sights: Sequence[Vector], candidates: Sequence[str], k: int) -> Choice:
        """The ``k`` candidates to ask until the next choice; ``sights`` is what the gate sees, one for each view."""
        foretold_VN = np.stack([self._router.predict(sight, candidates) for sight in sights])
        foreseen: Vector = self._credence() @ foretold_VN
        standing = self._meet(tuple(candidates), gate_weights(foreseen, self.settings.temperature, anchor_share=0.0))
        self._places = np.argsort(-standing.weights[0, 1:], kind="stable")[:k]
        self._foretold_VK = foretold_VN[:, self._places]
        asked = tuple(candidates[place] for place in self._places)
        scores = tuple(self._expect(candidates[place], float(foreseen[place])) for place in self._places)
        return Choice(asked, scores, (1.0,) * len(asked), (True,) * len(asked), explored=False)

    def weigh(self, choice: Choice) -> Vector:
        """Weights with which the anchor, first, and the chosen experts enter the mixture."""
        return gate_weights(np.array(choice.scores, dtype=np.float64), self.settings.temperature)

    def observe(self, logprobs: Array) -> None:
        """Take in what the anchor and those chosen last gave the tokens revealed since, [1 + K, T]; NaN for absent."""
        known_KT = np.clip(logprobs[1:] - logprobs[:1], -GAIN_BOUND, GAIN_BOUND)
        gains_KT = np.nan_to_num(known_KT)
        self._follow(gains_KT)
        tokens = gains_KT.shape[1]
        fading_T = self.settings.memory ** np.arange(tokens - 1, -1, -1)
        kept = self.settings.memory**tokens
        self._seen = {hotkey: (kept * count, kept * total) for hotkey, (count, total) in self._seen.items()}
        heard_KT = np.where(np.isnan(known_KT), 0.0, fading_T)
        for place, heard, gains in zip(self._places, heard_KT, gains_KT, strict=True):
            count, total = self._seen.get(self._candidates[place], (0.0, 0.0))
            self._seen[self._candidates[place]] = count + float(heard.sum()), total + float(heard @ gains)
        errors_VKT = gains_KT - self._foretold_VK[:, :, None]
        self._misfits = kept * self._misfits + (heard_KT * errors_VKT * errors_VKT).sum(axis=(1, 2))

    def _meet(self, candidates: tuple[str, ...], prior_M: Vector) -> FixedShare:
        """Go on with these candidates; one that is new stands where the gate sees it."""
        if self._standing is None:
            self._standing = FixedShare(prior_M[np.newaxis], self.settings.change)
        elif candidates == self._candidates:
            self._standing.replace(prior_M[np.newaxis], np.arange(len(prior_M))[np.newaxis])
        else:
            before = {name: place for place, name in enumerate(self._candidates, start=1)}
            stays = np.array([0, *(before.get(name, -1) for name in candidates)])
            self._standing.replace(prior_M[np.newaxis], stays[np.newaxis])
        self._candidates = candidates
        return self._standing

    def _follow(self, gains_KT: Array) -> None:
        """Judge everybody by the gains of those asked; an absent one gained nothing."""
        assert self._standing is not None, "choose somebody first"
        gains_M = np.full(1 + len(self._candidates), self.settings.hope)
        gains_M[0] = 0.0
        for gains_K in gains_KT.T:
            gains_M[1 + self._places] = gains_K
            self._standing.update(gains_M[np.newaxis])

    def _expect(self, hotkey: str, foreseen: float) -> float:
        """Expected gain of an expert on what comes next, given its own gains so far."""
        count, total = self._seen.get(hotkey, (0.0, 0.0))
        return foreseen + (total - count * foreseen) / (count + self.settings.noise / self.settings.doubt)

    def _credence(self) -> Vector:
        """How far each view is believed, given the answers that it foretold."""
        likely = np.log(_VIEW_PRIOR) - self._misfits / (2.0 * self.settings.noise)
        credence = np.exp(likely - likely.max())
        result: Vector = credence / credence.sum()
        return result

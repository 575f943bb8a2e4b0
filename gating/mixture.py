"""Linear mixtures of experts with an anchor, and the rules by which their weights may move.

Shape suffixes: B sequences, E experts with the anchor as number 0, V vocabulary. An expert that gave no
answer has NaN as its log-probability.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ANCHOR_SHARE = 0.1
_FORGIVEN_NATS = 2.0


def gate_weights(gains: Array, temperature: float = 0.25, anchor_share: float = ANCHOR_SHARE) -> Array:
    """Prior weights, anchor first, of experts whose predicted gains over the anchor are ``gains``, nats per token.

    A soft maximum in which the anchor competes with gain zero; the anchor never gets less than its share.
    ``gains`` is [..., E - 1], the result [..., E] and sums to one.
    """
    scores = np.concatenate([np.zeros((*gains.shape[:-1], 1)), gains], axis=-1) / temperature
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    experts = weights[..., 1:]
    total = experts.sum(axis=-1, keepdims=True)
    experts = experts * np.minimum(1.0, (1.0 - anchor_share) / np.maximum(total, 1e-300))
    return np.concatenate([1.0 - experts.sum(axis=-1, keepdims=True), experts], axis=-1)


def mix(dense: Array, weights: Array) -> Array:
    """Mixture of distributions [..., E, V] by weights [..., E]; [..., V]. Weights sum to one, so does the result."""
    result: Array = np.einsum("...e,...ev->...v", weights, dense)
    return result


class FixedShare:
    """Weights on *given* text: experts that foresaw the revealed tokens gain, and nobody is ever lost.

    Against any sequence the mixture loses at most ln(1 / prior of the anchor) - T ln(1 - alpha) nats more
    than the anchor. Source: Herbster and Warmuth 1998, sharing towards the prior.
    Only for tokens that the experts could not choose: generated text carries no evidence.
    """

    def __init__(self, prior_BE: Array, alpha: float = 0.02) -> None:
        self._prior = prior_BE / prior_BE.sum(axis=-1, keepdims=True)
        self._alpha = alpha
        self.weights = self._prior.copy()

    def update(self, logprobs_BE: Array) -> Array:
        """Learn from the log-probabilities of the revealed tokens; the mixture's own, nats, [B].

        An expert without an answer is left out of this token and keeps its standing: it scores as the
        mixture of the others.
        """
        answered = ~np.isnan(logprobs_BE)
        if not answered[..., 0].all():
            raise ValueError("the anchor must always answer")
        logprobs = np.where(answered, logprobs_BE, -np.inf)
        present = np.where(answered, self.weights, 0.0)
        top = logprobs.max(axis=-1, keepdims=True)
        joint = present * np.exp(logprobs - top)
        mixed = joint.sum(axis=-1, keepdims=True) / present.sum(axis=-1, keepdims=True)
        posterior = np.where(answered, joint / mixed, self.weights)
        posterior /= posterior.sum(axis=-1, keepdims=True)
        self.weights = (1.0 - self._alpha) * posterior + self._alpha * self._prior
        result: Array = (np.log(mixed) + top)[..., 0]
        return result

    def replace(self, prior_BE: Array, stays_BE: NDArray[np.int64]) -> None:
        """Go on with other members: ``stays_BE`` is each new member's old number, -1 for one that joins.

        Members that stay keep their standing, those that join begin at their prior weight.
        """
        self._prior = prior_BE / prior_BE.sum(axis=-1, keepdims=True)
        kept = np.take_along_axis(self.weights, np.maximum(stays_BE, 0), axis=-1)
        weights = np.where(stays_BE >= 0, kept, self._prior)
        self.weights = weights / weights.sum(axis=-1, keepdims=True)


class Generation:
    """Weights while the mixture writes: an expert's weight may only fall, and the anchor takes what is lost.

    The tokens come from the mixture itself, so an expert that foresees them proves nothing. One that
    finds them far less likely than the anchor does is at odds with the text and fades.
    """

    def __init__(self, prior_BE: Array) -> None:
        self._prior = prior_BE / prior_BE.sum(axis=-1, keepdims=True)
        self._standing = np.zeros_like(self._prior[..., 1:])
        self._lowest = np.zeros_like(self._standing)
        self._missing = np.zeros(self._standing.shape, dtype=bool)
        self.weights = self._prior.copy()

    def update(self, logprobs_BE: Array) -> None:
        """Take note of the drawn tokens; an expert without an answer is out for good."""
        self._missing |= np.isnan(logprobs_BE[..., 1:])
        advantage = np.clip(np.nan_to_num(logprobs_BE[..., 1:] - logprobs_BE[..., :1], nan=0.0), -20.0, 20.0)
        self._standing += advantage
        self._lowest = np.minimum(self._lowest, self._standing)
        factor = np.where(self._missing, 0.0, np.exp(np.minimum(0.0, self._lowest + _FORGIVEN_NATS)))
        experts = self._prior[..., 1:] * factor
        self.weights = np.concatenate([1.0 - experts.sum(axis=-1, keepdims=True), experts], axis=-1)

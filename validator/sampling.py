"""Drawing tokens from a mixture."""

from dataclasses import dataclass

import numpy as np

from validator.seats import Float64
from wire.drawing import Drawing


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn; temperature zero takes the likeliest."""

    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None


class Sampler:
    """Draws the tokens of one choice, reproducibly if the request has a seed."""

    def __init__(self, sampling: Sampling, choice: int = 0) -> None:
        self._sampling = sampling
        entropy = None if sampling.seed is None else [sampling.seed, choice]
        self._random = np.random.default_rng(entropy)

    @property
    def greedy(self) -> bool:
        """Whether the likeliest is wanted rather than a draw."""
        return self._sampling.temperature == 0

    @property
    def drawing(self) -> Drawing:
        """How an expert is to draw for this choice."""
        return Drawing(self._sampling.temperature, self._sampling.top_p)

    def numbers(self, count: int) -> Float64:
        """The next numbers in [0, 1), for draws elsewhere."""
        return self._random.random(count)

    def draw(self, probabilities: Float64) -> int:
        """Token drawn from ``probabilities``, [vocabulary]."""
        if self._sampling.temperature == 0:
            return int(probabilities.argmax())
        tempered = sharpen(probabilities, self._sampling.temperature)
        kept = keep_nucleus(tempered, self._sampling.top_p)
        return int(
            np.searchsorted(np.cumsum(kept), self._random.random() * kept.sum(), side="right").clip(0, len(kept) - 1)
        )


def sharpen(probabilities: Float64, temperature: float) -> Float64:
    """``probabilities`` to the power of one over ``temperature``, normalised."""
    if temperature == 1:
        return probabilities
    with np.errstate(divide="ignore"):
        logits = np.log(probabilities) / temperature
    powered = np.exp(logits - logits.max())
    return np.asarray(powered / powered.sum())


def keep_nucleus(probabilities: Float64, top_p: float) -> Float64:
    """``probabilities`` with all but the smallest set that holds ``top_p`` of the mass put to zero."""
    if top_p >= 1:
        return probabilities
    order = np.argsort(-probabilities, kind="stable")
    before = np.cumsum(probabilities[order]) - probabilities[order]
    kept = np.zeros_like(probabilities)
    chosen = order[before < top_p * probabilities.sum()]
    chosen = chosen if len(chosen) else order[:1]
    kept[chosen] = probabilities[chosen]
    return kept

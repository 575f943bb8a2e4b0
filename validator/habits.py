"""How apps have had tokens drawn lately, so that audits can ask for drafts in the same way."""

from collections import deque

import numpy as np

from validator.sampling import Sampling

REMEMBERED = 64


class Habits:
    """The latest ways; drafts at temperature one until somebody has asked."""

    def __init__(self) -> None:
        self._ways: deque[tuple[float, float]] = deque([(1.0, 1.0)], maxlen=REMEMBERED)

    def note(self, sampling: Sampling) -> None:
        """An app asked for this."""
        self._ways.append((sampling.temperature, sampling.top_p))

    def pick(self, random: np.random.Generator) -> Sampling:
        """One of the latest ways, with a seed of its own."""
        temperature, top_p = self._ways[int(random.integers(len(self._ways)))]
        return Sampling(temperature, top_p, int(random.integers(2**63)))

"""Whether an expert changed just when somebody else came: then it is the copy, however long it was there."""

import math
from collections.abc import Sequence
from dataclasses import field

from chain.record import record

LEAST_TEXTS = 8
MOST_TEXTS = 24
_ERRORS = 4.0
_TIMES_THE_DRIFT = 3.0


@record
class Before:
    """Number of texts of an expert's past, its mean gain there, the variance of that mean, and how far it drifted."""

    texts: int = 0
    mean: float = 0.0
    doubt: float = 0.0
    drift: float = 0.0

    @classmethod
    def of(cls, gains: Sequence[float]) -> "Before":
        """From an expert's gain on each text, nats per token."""
        count = len(gains)
        if count == 0:
            return cls()
        mean, half = math.fsum(gains) / count, max(1, count // 2)
        drift = (math.fsum(gains[-half:]) - math.fsum(gains[:half])) / half
        return cls(count, mean, math.fsum([(gain - mean) ** 2 for gain in gains]) / count**2, abs(drift))


@record
class Surge:
    """An expert's gains before and on the first texts after a moment."""

    before: Before = field(default_factory=Before)
    texts: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, gain: float) -> "Surge":
        """With one more text, as long as it is among the first."""
        if self.texts >= MOST_TEXTS:
            return self
        return Surge(self.before, self.texts + 1, self.total + gain, self.squares + gain * gain)

    @property
    def is_sudden(self) -> bool:
        """Whether the expert has a past in which it was clearly not what it was next, nor on the way there."""
        if min(self.before.texts, self.texts) < LEAST_TEXTS:
            return False
        mean = self.total / self.texts
        doubt = max(0.0, self.squares / self.texts - mean * mean) / self.texts
        step = abs(mean - self.before.mean)
        return step > _ERRORS * math.sqrt(doubt + self.before.doubt) and step > _TIMES_THE_DRIFT * self.before.drift

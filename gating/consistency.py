"""Organic consistency: whether an expert says of an app's text what it says of the same text in an audit.

An app's prefix is asked again, later, as an audit. Both answers were given before the next token was known, and to
the expert they look alike; one that serves apps a cheaper model than audits gives the true tokens less there.
Being better now than then is no fault, experts learn. Arithmetic is the same on every machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from gating.arithmetic import exact_exp, sum_rows
from gating.coalitions import Array, bounded


@dataclass(frozen=True)
class ConsistencySettings:
    """Shortfall that is forgiven, nats per token, how steeply pay falls beyond it, and the memory per text.

    ``trust`` is how many texts a newcomer is taken to have been honest about.
    """

    forgiven: float = 0.15
    steepness: float = 2.0
    discount: float = 0.95
    trust: float = 4.0


@dataclass(frozen=True)
class _Record:
    """Discounted number of texts that were asked again, and the sum of their shortfalls."""

    texts: float = 0.0
    shortfall: float = 0.0


class Consistency:
    """What is known of each hotkey's answers to apps beside its answers to audits of the same texts."""

    def __init__(self, settings: ConsistencySettings | None = None) -> None:
        self.settings = settings or ConsistencySettings()
        self._records: dict[str, _Record] = {}

    def observe(self, hotkeys: Sequence[str], then: Array, now: Array) -> None:
        """Take in one text: log-probabilities of its tokens [hotkeys, T] when an app asked, and in the audit.

        Tokens that were answered in only one of the two count as no shortfall: being absent is judged elsewhere. Being
        worse now than then makes up for no more than what is forgiven anyway, so no credit can be saved up.
        """
        both = ~(np.isnan(then) | np.isnan(now))
        lost = np.where(both, bounded(now) - bounded(then), 0.0)
        total, tokens = sum_rows(lost.T), sum_rows(both.T.astype(np.float64))
        for hotkey, nats, count in zip(hotkeys, total.tolist(), tokens.tolist(), strict=True):
            if count:
                known = self._records.get(hotkey, _Record())
                kept = self.settings.discount
                lacking = max(-self.settings.forgiven, nats / count)
                self._records[hotkey] = _Record(kept * known.texts + 1.0, kept * known.shortfall + lacking)

    def factor(self, hotkey: str) -> float:
        """By what a hotkey's pay is multiplied, between zero and one."""
        known, settings = self._records.get(hotkey, _Record()), self.settings
        excess = known.shortfall / (known.texts + settings.trust) - settings.forgiven
        return 1.0 if excess <= 0 else float(exact_exp(np.array(-settings.steepness * excess)))

    def texts(self, hotkey: str) -> float:
        """Discounted number of texts that a hotkey was asked about again."""
        return self._records.get(hotkey, _Record()).texts

    def forget(self, hotkey: str) -> None:
        """Drop what is known of a hotkey, as when its owner has changed."""
        self._records.pop(hotkey, None)

    def encode(self) -> dict[str, object]:
        """Everything that is known, for JSON."""
        return {hotkey: list(astuple(known)) for hotkey, known in sorted(self._records.items())}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from an encoded state.

        Raises: TypeError, ValueError when it is not one.
        """
        self._records = {str(hotkey): _Record(*map(float, sums)) for hotkey, sums in state.items()}

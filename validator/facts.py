"""What tells a validator's weights before the chain does: scores, counts of audits, gains by domain.

While weights are secret, outsiders see the facts of the newest ones that are known to all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from validator.scoring import Standing


@dataclass(frozen=True)
class Facts:
    """Nats per audited text, and number of audited texts, by hotkey; nats per token by domain and hotkey."""

    scores: Mapping[str, float] = field(default_factory=dict)
    audited: Mapping[str, int] = field(default_factory=dict)
    gains: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def encode(self) -> dict[str, object]:
        """As JSON."""
        return {"scores": self.scores, "audited": self.audited, "gains": self.gains}

    @classmethod
    def decode(cls, saved: Mapping[str, Any]) -> "Facts":
        """From JSON; nothing where it is empty."""
        return cls(saved.get("scores", {}), saved.get("audited", {}), saved.get("gains", {}))


def read_facts(standing: Standing) -> Facts:
    """The facts of this moment."""
    scores = standing.scores()
    return Facts(scores, {hotkey: standing.audited(hotkey) for hotkey in scores}, standing.gains.table())

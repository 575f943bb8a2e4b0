"""Mean audited gain of each expert in each domain, for people to look at; the gate does not use it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MEMORY = 0.95


@dataclass(frozen=True)
class Mean:
    """A discounted mean."""

    weight: float = 0.0
    value: float = 0.0

    def add(self, value: float) -> "Mean":
        """With one more value."""
        weight = MEMORY * self.weight + 1.0
        return Mean(weight, self.value + (value - self.value) / weight)


@dataclass
class DomainGains:
    """Gains over the anchor, nats per token, by domain and hotkey."""

    means: dict[str, dict[str, Mean]] = field(default_factory=dict)

    def add(self, domain: str, hotkey: str, gain: float) -> None:
        """Note one text."""
        row = self.means.setdefault(domain, {})
        row[hotkey] = row.get(hotkey, Mean()).add(gain)

    def forget(self, hotkey: str) -> None:
        """Drop what is known of a hotkey."""
        for row in self.means.values():
            row.pop(hotkey, None)

    def table(self) -> dict[str, dict[str, float]]:
        """Mean gains."""
        return {domain: {hotkey: mean.value for hotkey, mean in row.items()} for domain, row in self.means.items()}

    def encode(self) -> dict[str, dict[str, list[float]]]:
        """As JSON."""
        return {
            domain: {hotkey: [mean.weight, mean.value] for hotkey, mean in row.items()}
            for domain, row in self.means.items()
        }

    @classmethod
    def decode(cls, saved: Mapping[str, Mapping[str, Any]]) -> "DomainGains":
        """From JSON; raises TypeError or ValueError when it is something else."""
        return cls({domain: {hotkey: Mean(*pair) for hotkey, pair in row.items()} for domain, row in saved.items()})

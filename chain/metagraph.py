"""Who takes part in a subnet, and what the last epoch gave them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

_U16_MAX: Final = 65535


@dataclass(frozen=True, slots=True)
class Neuron:
    """One registered hotkey; stake and emission in rao, scores from 0 to 1.

    ``trust`` is zero on chains that no longer compute it.
    """

    uid: int
    hotkey: str
    coldkey: str
    stake: int
    validator_permit: bool
    active: bool
    axon: tuple[str, int] | None
    incentive: float
    dividends: float
    consensus: float
    trust: float
    emission: int
    last_update: int
    block_at_registration: int


@dataclass(frozen=True)
class Metagraph:
    """A subnet at one block."""

    netuid: int
    block: int
    block_hash: str
    tempo: int
    blocks_since_last_step: int
    owner_hotkey: str
    neurons: tuple[Neuron, ...]

    def by_hotkey(self) -> dict[str, Neuron]:
        """Neurons by their hotkeys."""
        return self._by_hotkey

    def uid_of(self, hotkey: str) -> int | None:
        """Uid of a hotkey, None where it is not registered."""
        neuron = self._by_hotkey.get(hotkey)
        return None if neuron is None else neuron.uid

    @cached_property
    def _by_hotkey(self) -> dict[str, Neuron]:
        return {neuron.hotkey: neuron for neuron in self.neurons}


def from_u16(value: int) -> float:
    """Share that a 16-bit score stands for, from 0 to 1."""
    return value / _U16_MAX

"""A pool of stake on one hotkey: one value, divided by shares (64 fraction bits) among coldkeys.

Dividends raise the value, so that everybody's part grows in proportion. The pool's value is the money; what
rounding takes from one holder stays in it for the others.
"""

from dataclasses import dataclass

_FRACTION = 64


@dataclass(frozen=True)
class SharePool:
    """Total value in rao and the sum of all shares."""

    value: int
    shares: int

    def value_of(self, share: int) -> int:
        """Rao that ``share`` is worth, rounded down."""
        return self.value * share // self.shares if self.shares else 0

    def shares_for(self, amount: int) -> int:
        """Shares that a deposit buys, rounded down in favour of those already in the pool."""
        if not self.shares:
            return amount << _FRACTION
        return amount * self.shares // self.value

    def shares_against(self, amount: int, held: int) -> int:
        """Shares that a withdrawal costs, rounded up in favour of those who stay; all of them for everything held."""
        if amount >= self.value_of(held):
            return held
        return min(held, -(-amount * self.shares // self.value))

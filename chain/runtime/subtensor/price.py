"""The registration price: raised by each registration, halved over a half-life of quiet blocks."""

from functools import lru_cache

_ONE = 1 << 32
_HALF = 1 << 31


def _power(factor: int, exponent: int) -> int:
    """``factor ** exponent`` with 32 fraction bits, rounded down at every product."""
    result, base = _ONE, factor
    while exponent:
        if exponent & 1:
            result = (result * base) >> 32
        exponent >>= 1
        if exponent:
            base = (base * base) >> 32
    return result


@lru_cache(maxsize=256)
def compute_decay_factor(half_life: int) -> int:
    """Largest per-block factor (32 fraction bits) that loses at least half over ``half_life`` blocks."""
    low, high = 0, _ONE
    while low < high:
        middle = (low + high + 1) >> 1
        if _power(middle, half_life) <= _HALF:
            low = middle
        else:
            high = middle - 1
    return low


def compute_decayed(price: int, half_life: int) -> int:
    """Price of the next block, rounded down; unchanged when there is no half-life."""
    return (price * compute_decay_factor(half_life)) >> 32 if half_life else price


def compute_raised(price: int, multiplier_u64f64: int) -> int:
    """Price after one registration, rounded down; it never falls."""
    return (price * max(multiplier_u64f64, 1 << 64)) >> 64

"""Fixed-point arithmetic of the chain, on plain integers.

A value of a type with ``f`` fraction bits is the integer ``value * 2**f`` (its *bits*). ``Fixed`` means I32F32 bits
unless a name says otherwise. Multiplication rounds towards minus infinity, division towards zero, narrowing drops
low bits.
"""

Fixed = int

ONE: Fixed = 1 << 32
HALF: Fixed = ONE >> 1
MAX: Fixed = (1 << 63) - 1
MIN: Fixed = -(1 << 63)
U16_MAX = 65535
U64_MAX = (1 << 64) - 1

# Euler's number as the chain knows it: 23 fraction bits, widened.
E: Fixed = 22_802_600 << 9
_EXP_TERMS = 32
_EXP_BOUND: Fixed = 20 * ONE


def saturate(bits: int) -> Fixed:
    """Clamp to the range of I32F32."""
    return MAX if bits > MAX else max(bits, MIN)


def multiply(left: Fixed, right: Fixed) -> Fixed:
    """Product, rounded down, saturating."""
    return saturate((left * right) >> 32)


def divide(left: Fixed, right: Fixed) -> Fixed:
    """Quotient, rounded towards zero; zero when the divisor is zero or the result does not fit."""
    if right == 0:
        return 0
    quotient = truncated(left << 32, right)
    return quotient if MIN <= quotient <= MAX else 0


def truncated(numerator: int, denominator: int) -> int:
    """Integer quotient towards zero, as the chain's division rounds."""
    quotient = abs(numerator) // abs(denominator)
    return -quotient if (numerator < 0) != (denominator < 0) else quotient


def from_u16(value: int) -> Fixed:
    """``value / 65535``, rounded down."""
    return divide(value << 32, U16_MAX << 32)


def to_u16(proportion: Fixed) -> int:
    """``floor(proportion * 65535)``, clamped to u16."""
    return min(max(multiply(proportion, U16_MAX << 32) >> 32, 0), U16_MAX)


def clamp_unit(value: Fixed) -> Fixed:
    """Clamp to [0, 1]."""
    return min(max(value, 0), ONE)


def exponential(value: Fixed) -> Fixed:
    """e**value by the chain's 31-term series; the argument is first clamped to [-20, 20]."""
    value = min(max(value, -_EXP_BOUND), _EXP_BOUND)
    if value == 0:
        return ONE
    if value == ONE:
        return E
    magnitude = abs(value)
    total, term = magnitude + ONE, magnitude
    for index in range(2, _EXP_TERMS):
        term = ((term * magnitude) >> 32) // index
        total += term
        if total > MAX:
            return MAX if value > 0 else 0
    return total if value > 0 else ONE * ONE // total


def upscale_to_u16(values: list[int]) -> list[int]:
    """Scale u16 values so that the largest becomes 65535, rounding half away from zero.

    Above 32768 the factor itself is truncated to 32 fraction bits first, as on the chain.
    """
    largest = max(values, default=0)
    if largest == 0:
        return list(values)
    if largest > 32768:
        factor = (U16_MAX << 32) // largest
        return [(value * factor + HALF) >> 32 for value in values]
    return [((((value * U16_MAX) << 32) // largest) + HALF) >> 32 for value in values]

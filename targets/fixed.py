"""Fixed-point primitives, written once over an array namespace `xp` (numpy or jax.numpy).

All take and return integer arrays; `bits` counts the sign bit.
"""

from __future__ import annotations

from .arrays import Namespace, V


def wrap(xp: Namespace[V], value: V, bits: int) -> V:
    """Wrap in two's complement into [-2**(bits-1), 2**(bits-1)), `bits` < 32; exact for any int32 or int64 value."""
    half = 1 << (bits - 1)
    return xp.bitwise_and(value + half, (1 << bits) - 1) - half


def saturate(xp: Namespace[V], value: V, low: V | int, high: V | int) -> V:
    """Clip into [low, high]."""
    return xp.minimum(xp.maximum(value, low), high)


def decay_toward_zero(value: V, factor: V) -> V:
    """Multiply by factor / 4096, rounding toward zero. sgn(x) * ((|x| * factor) >> 12), for |x| < 2**24 and 0 <=
    factor <= 4096, without leaving int32.

    x * factor may need 37 bits; with x = h * 4096 + l, 0 <= l < 4096, x * factor / 4096 rounded down is h * factor +
    ((l * factor) >> 12) exactly, and both terms fit 25 bits. Of a negative x it is rounded up: 4095 more, before the
    shift."""
    high, low = value >> 12, value & 4095
    return high * factor + ((low * factor + ((value >> 31) & 4095)) >> 12)

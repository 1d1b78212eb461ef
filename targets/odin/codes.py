"""Encodes ODIN's input events: operations to 17-bit codes and back."""

from __future__ import annotations

import numpy as np

from ..layout import DecodeError, require_range
from ..machines.crossbar_events import (
    ADDS_NOTHING,
    LEAK,
    LEAK_ALL,
    LEAKS,
    SETTLE,
    SETTLE_ALL,
    SINGLE,
    SPIKE,
    VIRTUAL,
)

CODE_BITS, ADDRESSED_ALONE = 17, 256
IMAGE = "stimulus"
_SINGLE = 1 << 16
# the low byte
_SPIKE, _LEAK, _LEAK_ALL, _SETTLE, _SETTLE_ALL, _VIRTUAL = 0x07, 0xFF, 0x7F, 0x80, 0x00, 0b001
_MINUS, _LEAKS = 1 << 4, 1 << 3


def encode(kind: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(M,) int64 codes of operations (see targets/events.py). Raises ValueError for a neuron or row past 255, and a
    virtual event of another weight than -7..7, ADDS_NOTHING or LEAKS."""
    require_range("operation", first, 0, 255)
    virtual, single = kind == VIRTUAL, kind == SINGLE
    plain = virtual & ~np.isin(second, (ADDS_NOTHING, LEAKS))
    require_range("virtual weight", second[plain], -7, 7)
    require_range("neuron", second[single], 0, 255)
    bits = np.abs(second) << 5 | np.where(second < 0, _MINUS, 0)
    bits = np.select([second == ADDS_NOTHING, second == LEAKS], [_MINUS, _LEAKS], bits)
    low = np.select(
        [kind == k for k in (SPIKE, LEAK, LEAK_ALL, SETTLE, SETTLE_ALL)],
        [_SPIKE, _LEAK, _LEAK_ALL, _SETTLE, _SETTLE_ALL],
        bits | _VIRTUAL,
    )
    return np.where(single, _SINGLE | first << 8 | second, first << 8 | low)


def decode(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """kind, first, second, (M,) int64 each. A virtual event without weight, sign and leak bit is what the chip takes
    it for, a spike on the row of its neuron's number.

    Raises DecodeError for codes past 17 bits and for those that the chip has no name for."""
    codes = codes.astype(np.int64)
    wide = np.flatnonzero((codes < 0) | (codes >> CODE_BITS != 0))
    if wide.size:
        raise DecodeError(IMAGE, int(wide[0]), f"more than {CODE_BITS} bits")
    low, high = codes & 255, codes >> 8 & 255
    single, virtual = codes >= _SINGLE, low & 7 == _VIRTUAL
    conditions = [single, low == _SPIKE, low == _LEAK, low == _LEAK_ALL, low == _SETTLE, low == _SETTLE_ALL]
    kind = np.select([*conditions, virtual], [SINGLE, SPIKE, LEAK, LEAK_ALL, SETTLE, SETTLE_ALL, VIRTUAL], -1)
    unnamed = np.flatnonzero(kind < 0)
    if unnamed.size:
        raise DecodeError(IMAGE, int(unnamed[0]), f"{int(codes[unnamed[0]]):#x} is no event")
    weight = (low >> 5) * np.where(low & _MINUS != 0, -1, 1)
    weight = np.where((weight == 0) & (low & _MINUS != 0), ADDS_NOTHING, weight)
    weight = np.where(low & _LEAKS != 0, LEAKS, weight)
    first = np.where(np.isin(kind, (LEAK_ALL, SETTLE_ALL)), 0, high)
    return kind, first, np.select([single, kind == VIRTUAL], [low, weight], 0)

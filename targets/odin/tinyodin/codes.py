"""Encodes tinyODIN's input events: operations to 10-bit codes and back."""

from __future__ import annotations

import numpy as np

from ...layout import DecodeError, require_range
from ...machines.crossbar_events import LEAK, LEAK_ALL, SPIKE, VIRTUAL

CODE_BITS, ADDRESSED_ALONE = 10, 16
IMAGE = "stimulus"
_ALL, _LEAK, _VIRTUAL = 255, 1 << 8, 1 << 9


def encode(kind: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(M,) int64 codes of operations (see targets/events.py). Raises ValueError for what has no code: another kind, a
    neuron or row past 255, leak of neuron 255 alone, virtual events past neuron 15 or of another weight than -8..7.
    """
    for chosen, most in ((kind == SPIKE, 255), (kind == LEAK, 254), (kind == VIRTUAL, ADDRESSED_ALONE - 1)):
        require_range("operation", first[chosen], 0, most)
    require_range("virtual weight", second[kind == VIRTUAL], -8, 7)
    if not np.isin(kind, (SPIKE, LEAK, LEAK_ALL, VIRTUAL)).all():
        raise ValueError("an operation that the chip has no code for")
    virtual = _VIRTUAL | (second & 15) << 4 | first
    return np.select(
        [kind == SPIKE, kind == LEAK, kind == LEAK_ALL], [first, _LEAK | first, _LEAK | _ALL], virtual
    )


def decode(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """kind, first, second, (M,) int64 each, as the chip reads any code. A virtual event of weight 0 is what the chip
    takes it for, a spike on the row of its whole low byte's number, which is its neuron's.

    Raises DecodeError for codes past 10 bits."""
    codes = codes.astype(np.int64)
    wide = np.flatnonzero((codes < 0) | (codes >> CODE_BITS != 0))
    if wide.size:
        raise DecodeError(IMAGE, int(wide[0]), f"more than {CODE_BITS} bits")
    low = codes & 255
    leaks, virtual = codes & _LEAK != 0, codes & _VIRTUAL != 0
    weight = ((low >> 4) + 8 & 15) - 8
    kind = np.select([leaks & (low == _ALL), leaks, virtual], [LEAK_ALL, LEAK, VIRTUAL], SPIKE)
    first = np.select([kind == LEAK_ALL, kind == VIRTUAL], [0, low & 15], low)
    return kind, first, np.where(kind == VIRTUAL, weight, 0)

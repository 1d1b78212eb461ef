"""Looks outputs up in a table of ascending thresholds, as cores do whose neurons have values in place of spikes."""

from __future__ import annotations

import numpy as np


def looked_up(table: np.ndarray, bits: int, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find outputs of `bits` bits for potentials u, integers of any shape: the output, and where that is not 0 the
    threshold at which the search ended, else 0.

    table: (256, 2) int64 of thresholds and values. The search halves the table once for each bit."""
    at = np.zeros(u.shape, dtype=np.int64)
    for bit in reversed(range(bits)):
        step = 1 << bit
        at += step * (u >= table[(at + step) & 255, 0])
    out = table[at & 255, 1]
    return out, table[at & 255, 0] * (out != 0)

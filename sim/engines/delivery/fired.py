"""Adds up rows of weights, those of the sources that fired: in 32-bit integers, on one thread."""

from __future__ import annotations

import numpy as np


def fired_sum(row: np.ndarray, source: np.ndarray, rows: int, weights: np.ndarray) -> np.ndarray:
    """(rows, n) int32: in each row the sum of weights[source], over the pairs of `row` and `source`, rows ascending.

    weights: (sources, n) int32; sums past 32 bits wrap. The cost is that of what fired. A product of float32
    matrices would be shared out to all processors, which costs small ones more than it saves."""
    from scipy.sparse import csr_array

    first = np.searchsorted(row, np.arange(rows + 1))
    ones = np.ones(source.size, dtype=np.int32)
    return csr_array((ones, source, first), shape=(rows, len(weights))) @ weights

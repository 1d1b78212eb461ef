"""Finds the step of which numbers are whole multiples: what lies on such a grid already need not be rounded."""

from __future__ import annotations

import numpy as np

NEAR = 1e-6
"""By how much a multiple may be off, in parts of itself: numbers of a file have 24 bits."""
_NONE = np.zeros(0)
_FIRST = 1 << 16
"""Values of so many that are looked at first: where these are too many different ones, so are all."""


def count_of_steps(values: np.ndarray, most: int, others: np.ndarray = _NONE) -> int:
    """Find the least k <= most such that all `values` and `others` are multiples of the largest of `values` / k; 0
    where there is none. Signs do not count; `others` may be larger."""
    if values.size > _FIRST and np.unique(np.abs(values[:_FIRST])).size > most + 1:
        return 0
    different = np.unique(np.abs(values))
    if different.size == 0 or different.size > most + 1 or different[-1] == 0:
        return 0
    counts = np.arange(1, most + 1)
    parts = np.concatenate((different, np.abs(others))) / different[-1]
    fitting = whole(np.outer(counts, parts), counts[:, None] * np.maximum(parts, 1.0)).all(axis=1)
    return int(counts[fitting][0]) if fitting.any() else 0


def whole(multiples: np.ndarray, sizes: np.ndarray | None = None) -> np.ndarray:
    """Mark what is a whole number, but for the bits of a file. sizes: of what the multiples were rounded from, where
    those are larger."""
    allowed = NEAR * np.maximum(np.abs(multiples) if sizes is None else sizes, 1.0)
    return np.abs(multiples - np.rint(multiples)) <= allowed

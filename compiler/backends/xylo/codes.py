"""Rounds float weights to 8-bit codes times 2**shift: to the nearest, but with the sum of each neuron kept."""

from __future__ import annotations

import numpy as np

from ....targets.chip import Range


def nearest_in_sum(exact: np.ndarray, rows: np.ndarray, limits: Range) -> np.ndarray:
    """Round weights to whole steps within `limits`, so that the sum of each neuron is right to half a step: (k,)
    int64.

    exact: (k,) weights in grid steps. rows: (k,) the neuron of each. Where the errors of a neuron's weights add up
    to a step or more, as many of those closest to a tie go the other way: errors of single weights average out over
    a raster, their sum acts in every step."""
    low, high = limits
    codes = np.clip(np.rint(exact), low, high).astype(np.int64)
    if not codes.size:
        return codes
    gap = exact - codes
    missing = np.rint(np.bincount(rows, gap))
    direction = np.sign(missing).astype(np.int64)[rows]
    inside = (codes + direction >= low) & (codes + direction <= high)
    # A weight of nothing stays none: it is no synapse. One that would be off by a step or more is not moved.
    movable = (direction * gap > 0) & inside & (codes != 0)
    order = np.lexsort((-direction * gap, ~movable, rows))
    first = np.searchsorted(rows[order], np.arange(missing.size))
    rank = np.empty(rows.size, dtype=np.int64)
    rank[order] = np.arange(rows.size) - first[rows[order]]
    return codes + np.where(movable & (rank < np.abs(missing)[rows]), direction, 0)

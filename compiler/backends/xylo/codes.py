"""Rounds float weights to 8-bit codes times 2**shift: to the nearest, but with the sum of each neuron kept."""

from __future__ import annotations

import numpy as np

from ....targets.chip import Range


def count_of_steps(weights: np.ndarray, most: int) -> int:
    """Find the least k <= most such that every weight is a multiple of the largest one / k; 0 where there is none."""
    different = np.unique(np.abs(weights))
    if different.size == 0 or different.size > most + 1 or different[-1] == 0:
        return 0
    counts = np.arange(1, most + 1)
    steps = np.outer(counts, different / different[-1])
    # float32 weights are within 1e-7 of their multiple; a step is 1/127 of the largest at the least.
    exact = (np.abs(steps - np.rint(steps)) <= 1e-6 * counts[:, None]).all(axis=1)
    return int(counts[exact][0]) if exact.any() else 0


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

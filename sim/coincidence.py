"""Compares spikes of two runs where the exact step does not matter: pairs within a few steps, and rates of neurons."""

from __future__ import annotations

import numpy as np


def f1_within(reference: np.ndarray, other: np.ndarray, steps: int) -> float | None:
    """Compute the F1 of two rasters where a spike of one neuron may come up to so many steps earlier or later.

    reference, other: (T, B, ...) counts of one shape. Each spike is paired once, the earliest first, which pairs as
    many as can be. 2 pairs / (spikes of both), 0..1; None where neither has any: of nothing there is no F1."""
    a, b = (raster.reshape(len(raster), -1).astype(np.float64) for raster in (reference, other))
    total = float(a.sum() + b.sum())
    if not total:
        return None
    pairs, waiting = 0.0, [np.zeros((steps, a.shape[1])) for _ in range(2)]
    for now_a, now_b in zip(a, b, strict=True):
        now = [now_a.copy(), now_b.copy()]
        for earlier, new in ((waiting[0], now[1]), (waiting[1], now[0])):
            for row in earlier:
                pairs += _pair(row, new)
        pairs += _pair(now[0], now[1])
        waiting = (
            [np.vstack([rows[1:], new]) for rows, new in zip(waiting, now, strict=True)] if steps else waiting
        )
    return 2.0 * pairs / total


def _pair(a: np.ndarray, b: np.ndarray) -> float:
    """Take the spikes that both have off both, and count them."""
    both = np.minimum(a, b)
    a -= both
    b -= both
    return float(both.sum())


def one_step_off(reference: np.ndarray, other: np.ndarray) -> tuple[float, float] | None:
    """Compute which part of the spikes that are missed come a step later, and which a step earlier.

    reference, other: (T, B, ...) counts of one shape. Missed are those of `reference` that `other` does not have in
    their step; a part of them, 0..1 each, has a spike too many of the same neuron in the next step, or in the one
    before. A spike too many between two missed ones counts for both. None where nothing is missed."""
    a, b = (raster.reshape(len(raster), -1).astype(np.float64) for raster in (reference, other))
    missed, extra = np.maximum(a - b, 0), np.maximum(b - a, 0)
    total = float(missed.sum())
    if not total:
        return None
    late = float(np.minimum(missed[:-1], extra[1:]).sum())
    early = float(np.minimum(missed[1:], extra[:-1]).sum())
    return late / total, early / total


def rate_distance(reference: np.ndarray, other: np.ndarray) -> float:
    """Compute the earth mover's distance between the rates of a population's neurons in two runs, in spikes a step.

    reference, other: (T, B, ...) counts of one shape. What moves are neurons along the axis of rates, whichever they
    are: the mean difference of rates in ascending order. 0 where there is no step or no neuron."""
    if not reference.size:
        return 0.0
    a, b = (
        np.sort(raster.reshape(*raster.shape[:2], -1).mean(axis=(0, 1), dtype=np.float64))
        for raster in (reference, other)
    )
    return float(np.abs(a - b).mean())


def wilson(right: int, of: int) -> tuple[float, float]:
    """Compute the interval that holds the true share of right decisions with 95 %, from a count of them.

    right of `of` samples, at least one. Source: Wilson, 1927, with z = 1.96."""
    z = 1.959964
    share, spread = right / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z * np.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))

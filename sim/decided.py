"""Finds when a run has decided: the step from which on its decision stays."""

from __future__ import annotations

import numpy as np


def steps_to_decision(output: np.ndarray) -> float | None:
    """Average the steps after which the decision of a sample no longer changes, over samples that have one.

    output: (T, B, ...) spikes or values. A decision at a step is the argmax over neurons of the sum so far, the lowest
    index of equals; there is none before the first value that is not 0. 1 is the first step. None where there is
    nothing to choose between, and where no sample has any value."""
    values = output.reshape(*output.shape[:2], -1)
    if values.shape[2] < 2 or not values.size:
        return None
    summed = np.cumsum(values, axis=0, dtype=np.float64)
    begun = np.logical_or.accumulate((values != 0).any(axis=2), axis=0)
    decided = np.where(begun, np.argmax(summed, axis=2), -1)
    settled = decided == decided[-1]
    steps = len(values) - np.argmin(settled[::-1], axis=0)
    steps = np.where(settled.all(axis=0), 0, steps) + 1
    known = begun[-1]
    return float(steps[known].mean()) if known.any() else None

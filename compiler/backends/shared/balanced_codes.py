"""Rounds weights so that the errors of a neuron's weights cancel: the mean of what its sources bring stays."""

from __future__ import annotations

import numpy as np

from ....targets.chip import Range

SAME = 9
"""Decimals, in steps of the chip, to which weights are equal: equal ones are rounded alike, so that sources that a
network pools still have the same weights onto everybody."""


def balanced_codes(exact: np.ndarray, neurons: np.ndarray, limits: Range) -> np.ndarray:
    """Round weights to integers within limits: to the nearest, but for those that are rounded the other way so that the
    sum of a neuron's errors comes nearer to 0, the ones nearest to the middle of two integers first.

    exact: (k,) float64 in steps of the chip. neurons: (k,) int64, onto which each is. Returns (k,) int64. No weight is
    off by a whole step that was not clipped; whole numbers stay."""
    codes = np.clip(np.rint(exact), *limits).astype(np.int64)
    order = np.argsort(neurons, kind="stable")
    ends = np.flatnonzero(np.diff(neurons[order], append=-1))
    known: dict[bytes, np.ndarray] = {}
    first = 0
    for end in (ends + 1).tolist():
        mine = order[first:end]
        row, first = np.round(exact[mine], SAME), end
        key = row.tobytes()
        if key not in known:
            known[key] = _of_a_neuron(row, limits)
        codes[mine] = known[key]
    return codes


def _of_a_neuron(row: np.ndarray, limits: Range) -> np.ndarray:
    """(k,) int64 codes of the weights onto one neuron."""
    values, place, counts = np.unique(row, return_inverse=True, return_counts=True)
    codes = np.clip(np.rint(values), *limits).astype(np.int64)
    wrong = codes - values
    total = float((wrong * counts).sum())
    towards = 1 if total > 0 else -1
    for k in np.argsort(-towards * wrong, kind="stable").tolist():
        if towards * wrong[k] <= 0:
            break
        moved = codes[k] - towards
        less = abs(total - towards * counts[k]) < abs(total)
        if abs(wrong[k]) < 1 and less and limits[0] <= moved <= limits[1]:
            codes[k], total = moved, total - towards * float(counts[k])
    return codes[place.reshape(-1)]

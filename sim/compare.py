"""Compares two runs: spike F1 on counts, site agreement, first divergence, task accuracy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """f1: 2 TP / (spikes a + spikes b) with TP = sum of min(a, b); None for membranes, and where neither spikes: of
    nothing there is no F1. agreement: fraction of equal sites (spikes), or of equal argmax over neurons of the summed
    output (membranes). first: (step, batch, neuron) of the first difference in time, or None.
    rms: for membranes, RMS difference over RMS of the reference; None for spikes."""

    f1: float | None
    agreement: float
    first: tuple[int, int, int] | None
    rms: float | None = None


def spikes_alike(reference: np.ndarray, other: np.ndarray) -> Likeness:
    """Compare spike counts, both (T, B, ...) of one shape."""
    a, b = (raster.reshape(*raster.shape[:2], -1) for raster in (reference, other))
    total = _total(a) + _total(b)
    f1 = 2.0 * _total(np.minimum(a, b)) / total if total else None
    different = a != b
    return Likeness(f1=f1, agreement=1.0 - float(different.mean()), first=first_place(different))


def _total(counts: np.ndarray) -> float:
    return float(counts.sum(dtype=np.float64))


def membranes_alike(reference: np.ndarray, other: np.ndarray) -> Likeness:
    """Compare membranes, both (T, B, ...) of one shape."""
    a = reference.reshape(*reference.shape[:2], -1).astype(np.float64)
    b = other.reshape(*other.shape[:2], -1).astype(np.float64)
    same = decisions(a) == decisions(b)
    size = float(np.sqrt((a**2).mean()))
    rms = float(np.sqrt(((a - b) ** 2).mean())) / size if size else 0.0
    return Likeness(f1=None, agreement=float(same.mean()), first=None, rms=rms)


def first_place(different: np.ndarray) -> tuple[int, int, int] | None:
    """Find the first True of a (T, B, N) array, in time order."""
    if not different.any():
        return None
    t, b, n = np.unravel_index(int(np.argmax(different)), different.shape)
    return int(t), int(b), int(n)


def decisions(output: np.ndarray) -> np.ndarray:
    """Decide by the argmax over neurons of the sum over time, (B,); the lowest index wins a tie."""
    summed = output.reshape(*output.shape[:2], -1).sum(axis=0, dtype=np.float64)
    return np.argmax(summed, axis=1)


def correct(output: np.ndarray, labels: np.ndarray) -> int:
    """Count the decisions that equal the labels."""
    return int((decisions(output) == labels.ravel()).sum())

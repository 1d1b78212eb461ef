"""Chooses a constant leak in the place of an exponential one: the integer that is nearest over the states that
matter.
"""

from __future__ import annotations

import numpy as np

STATES = 64


def between_rest_and_threshold() -> np.ndarray:
    """List membrane states, (STATES,) in parts of the threshold, where nothing more is known of them."""
    return (np.arange(STATES) + 0.5) / STATES


def fit(beta: np.ndarray, threshold: np.ndarray, occupied: np.ndarray, most: int) -> np.ndarray:
    """Choose the leaks (n,) int64 in 0 .. most with the least `error`; of equals the smallest."""
    # A leak of thrice what is lost at the threshold is too much for any state within a few thresholds.
    top = float(np.abs(occupied).max(initial=0.0))
    wide = np.ceil(np.minimum(3 * (1 - np.clip(beta, 0.0, 1.0)), top) * threshold)
    highest = min(int(wide.max(initial=0)), most)
    best = np.zeros(threshold.size, dtype=np.int64)
    least = error(beta, threshold, occupied, best)
    for leak in range(1, highest + 1):
        wrong = error(beta, threshold, occupied, np.full_like(best, leak))
        better = wrong < least
        best, least = np.where(better, leak, best), np.where(better, wrong, least)
    return best


def error(beta: np.ndarray, threshold: np.ndarray, occupied: np.ndarray, leak: np.ndarray) -> np.ndarray:
    """Compute the error of a constant leak. (n,) root mean square error of a step in parts of the threshold.

    Of a state v a step keeps beta (n,), and the chip takes `leak` (n,) off it, down to 0: the error is that of
    max(|v| - leak, 0), over states `occupied`, (S,) or (S, n) in parts of the `threshold` (n,)."""
    states = np.abs(occupied.reshape(occupied.shape[0], -1) * threshold)
    wrong = beta * states - np.maximum(states - leak, 0)
    return np.sqrt((wrong**2).mean(axis=0)) / threshold

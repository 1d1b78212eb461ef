"""Rounds what a step keeps of a membrane to the chip's codes."""

from __future__ import annotations

import numpy as np

from ....targets.reckon.model import ReckonChip
from ....targets.reckon.neuron import ONE


def nearest_alpha(beta: np.ndarray, chip: ReckonChip, ticks: int = 1) -> np.ndarray:
    """(n,) int64 codes of 15 fraction bits, within the chip's range; what forgets nothing on the chip forgets nothing
    in the network. beta: (n,) what a step of so many ticks keeps."""
    low, high = chip.ranges.alpha
    each = np.maximum(beta, 0.0) ** (1.0 / ticks)
    code = np.clip(np.rint(each * ONE), low, high).astype(np.int64)
    return np.where((beta < 1.0) & (code >= ONE), np.maximum(low, ONE - 1), code)

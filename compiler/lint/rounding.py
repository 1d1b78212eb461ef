"""What weights become in so many bits, at one scale for the layer."""

from __future__ import annotations

import numpy as np


def least_stored(largest: float, bits: int) -> float:
    """The smallest weight that is stored where `largest` is the largest: a step of a signed integer of `bits` bits."""
    return largest / ((1 << (bits - 1)) - 1)


def rounded_away(sizes: np.ndarray, largest: float, bits: int) -> int:
    """Count the sizes, none 0, that round to 0 where `largest` is the largest that is kept."""
    return int((sizes < least_stored(largest, bits) / 2).sum())

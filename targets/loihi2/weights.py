"""What Lava makes of the weights of a connection before it adds them up."""

from __future__ import annotations

import numpy as np

from .content import EXCITATORY, INHIBITORY, MIXED

MANTISSA_BITS = 8
LIMITS = {MIXED: (-256, 255), EXCITATORY: (0, 255), INHIBITORY: (-255, 0)}


def held(mantissa: np.ndarray, weight_bits: int, sign_mode: int) -> np.ndarray:
    """Clip (k,) int64 mantissas to the range of their sign mode, and cut off the bits that their width has no room for:
    of mixed signs downwards, else toward 0."""
    low, high = LIMITS[sign_mode]
    places = MANTISSA_BITS - weight_bits + (sign_mode == MIXED)
    clipped = np.clip(mantissa, low, high)
    if sign_mode == INHIBITORY:
        return -(-clipped >> places << places)
    return clipped >> places << places


def sign_mode_of(mantissa: np.ndarray) -> int:
    """The sign mode that Lava gives weights of which it is told none."""
    if int(mantissa.min(initial=0)) >= 0:
        return EXCITATORY
    return INHIBITORY if int(mantissa.max(initial=0)) <= 0 else MIXED

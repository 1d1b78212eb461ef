"""Sums that a chip adds up apart, and shifts down before a neuron takes them.

A shift of each weight would lose more; a shift up loses nothing, so that it is done beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class ShiftedSums:
    """K sums beside those of the N neurons: sum N + k is taken by neuron[k] as sum >> shift[k], rounded down.

    neuron, shift: (K,) int64; shift 1 .. 31."""

    neuron: np.ndarray
    shift: np.ndarray

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.neuron.size)


NO_SUMS = ShiftedSums(neuron=np.zeros(0, dtype=np.int64), shift=np.zeros(0, dtype=np.int64))

"""Calibrates the scale of each population on a stimulus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from ...ir.calibration import Tuning
from ..shared.calibrate import Moves, Score, coordinate_search

if TYPE_CHECKING:
    from ...ir.stages import Prepared
    from .quantize import Quantized

GAINS = (0.8, 0.86, 0.93, 1.08, 1.16, 1.25, 1.35, 1.47, 1.6)
"""Above 1 the largest weights are cut off, and the others are finer."""


def calibrated(prepared: Prepared[Quantized], score: Score) -> Tuning:
    """Choose the scale of each population that scores best. prepared: without calibration."""
    return coordinate_search(score, Tuning(), [_gains(name) for name in prepared.quantized.stages])


def _gains(name: str) -> Moves:
    """Scales of one population, of the one that fills the weights."""

    def moves(best: Tuning) -> Iterator[Tuning]:
        for gain in GAINS:
            if gain != best.gain.get(name, 1.0):
                yield msgspec.structs.replace(best, gain={**best.gain, name: gain})

    return moves

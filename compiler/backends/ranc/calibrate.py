"""Calibrates thresholds and leaks on a stimulus, with --calibrate. The rule's choice stands unless another is
clearly better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ir.calibration import Tuning
from ..shared.calibrate import Score, coordinate_search, leaks, thresholds

if TYPE_CHECKING:
    from ...ir.stages import Prepared
    from .quantize import Quantized

DIGITS = 4


def calibrated(prepared: Prepared[Quantized], score: Score) -> Tuning:
    """Choose thresholds and leaks that score best. prepared: without calibration."""
    neurons = prepared.quantized.neurons
    names = sorted(prepared.network.populations)
    start = Tuning(
        leak={
            name: [round(-float(part), DIGITS) for part in neurons[name].leak]
            for name in names
            if neurons[name].leak.any()
        }
    )
    moves = [move(name) for name in names for move in (thresholds, leaks)]
    return coordinate_search(score, start, moves)

"""Calibrates scales on a stimulus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ir.calibration import Tuning
from ..shared.calibrate import Moves, Score, coordinate_search, gains

if TYPE_CHECKING:
    from ...ir.stages import Prepared
    from .assemble import Quantized


def calibrated(prepared: Prepared[Quantized], score: Score) -> Tuning:
    """Choose the scale of each population that scores best. prepared: without calibration."""
    moves: list[Moves] = [gains(name) for name in prepared.quantized.names]
    return coordinate_search(score, Tuning(), moves)

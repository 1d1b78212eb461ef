"""Calibrates shifts and scales on a stimulus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from ....targets.reckon.model import ReckonChip
from ...ir.calibration import Tuning
from ..shared.calibrate import Moves, Score, coordinate_search, gains
from .scale import MOST_APART

if TYPE_CHECKING:
    from ...ir.stages import Prepared
    from .assemble import Quantized

NEAR = 2
"""How far shifts are searched from where they are."""


def calibrated(prepared: Prepared[Quantized], chip: ReckonChip, score: Score) -> Tuning:
    """Choose the shifts, and the scale of each population, that score best. prepared: without calibration."""
    quantized = prepared.quantized
    found = quantized.numbers.shifts
    start = Tuning(shifts={"inputs": found.of_inputs, "neurons": found.of_neurons})
    moves: list[Moves] = [lambda best: _shifts(best, chip), *(gains(name) for name in quantized.back)]
    return coordinate_search(score, start, moves)


def _shifts(best: Tuning, chip: ReckonChip) -> Iterator[Tuning]:
    low, high = chip.ranges.weight_shift
    inputs, neurons = best.shifts["inputs"], best.shifts["neurons"]
    for of_inputs in range(max(low, inputs - NEAR), min(high, inputs + NEAR) + 1):
        for of_neurons in range(max(low, neurons - NEAR), min(high, neurons + NEAR) + 1):
            if abs(of_inputs - of_neurons) <= MOST_APART and (of_inputs, of_neurons) != (inputs, neurons):
                yield msgspec.structs.replace(best, shifts={"inputs": of_inputs, "neurons": of_neurons})

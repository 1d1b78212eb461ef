"""Calibrates scales, thresholds, leaks and the order of rows on a stimulus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, get_args

import msgspec

from ....sim.stimulus import Stimulus
from ....targets.odin.model import OdinChip
from ...ir.calibration import Order, Tuning
from ..shared.calibrate import Moves, Score, coordinate_search, gains, leaks, thresholds
from .membrane_histogram import fitted_leaks
from .rows import usual_order

if TYPE_CHECKING:
    from ...ir.stages import Prepared
    from .quantize import Quantized


def calibrated(prepared: Prepared[Quantized], target: OdinChip, stimulus: Stimulus, score: Score) -> Tuning:
    """Choose gains, thresholds, leaks and the order of rows that score best. prepared: without calibration."""
    assembled = prepared.quantized.assembled
    names = [p.name for p in prepared.quantized.network.populations if p.name in assembled.scales]
    occupied, usual = fitted_leaks(prepared, stimulus), usual_order(target)
    moves: list[Moves] = [lambda best: _orders(best, usual)]
    for name in names:
        moves += [_occupied(name, occupied), *(move(name) for move in (thresholds, leaks, gains))]
    return coordinate_search(score, Tuning(leak=assembled.leak_parts), moves)


def _occupied(name: str, fitted: Mapping[str, list[float]]) -> Moves:
    def moves(best: Tuning) -> Iterator[Tuning]:
        if name in fitted:
            yield msgspec.structs.replace(best, leak={**best.leak, name: fitted[name]})

    return moves


def _orders(best: Tuning, usual: Order) -> Iterator[Tuning]:
    orders: tuple[Order, ...] = get_args(Order)
    for order in orders:
        if order != (best.order or usual):
            yield msgspec.structs.replace(best, order=order)

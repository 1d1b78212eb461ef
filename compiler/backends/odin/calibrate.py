"""Calibrates scales, thresholds, leaks and the order of rows on a stimulus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import msgspec

from ....sim.stimulus import Stimulus
from ....targets.odin.model import Revision
from ...ir.calibration import Order, Tuning
from ...options import Options
from ...prepare import prepare
from ..shared.calibrate import Moves, Search, coordinate_search, gains, leaks, thresholds
from .membrane_histogram import fitted_leaks
from .rows import usual_order

if TYPE_CHECKING:
    from ...ir.stages import Front, Prepared


def tuned(front: Front, target: Revision, options: Options, stimulus: Stimulus) -> Options:
    """Calibrate on `stimulus`, if the options ask for it; returns options that hold the result. Raises as `prepare`."""
    if not options.calibrate:
        return options
    options.say("search scales, leaks and order")
    quiet = replace(options, progress=None)
    prepared: Prepared = prepare(front, quiet, target, stimulus)
    search = Search.of(front, target, quiet, prepared, stimulus)
    scales = prepared.quantized.assembled.scales
    names = [p.name for p in prepared.quantized.network.populations if p.name in scales]
    occupied, usual = fitted_leaks(prepared, stimulus), usual_order(target)
    moves: list[Moves] = [lambda best: _orders(best, usual)]
    for name in names:
        moves += [_occupied(name, occupied), *(move(name) for move in (thresholds, leaks, gains))]
    start = Tuning(leak=prepared.quantized.assembled.leak_parts)
    return replace(options, tuning=coordinate_search(search, start, moves))


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

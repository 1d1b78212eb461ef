"""Scales, thresholds, leaks and the order of rows that a stimulus decides. The rule's choice stands unless another is
clearly better."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import msgspec

from ...sim.stimulus import Stimulus
from ...targets.event_model import Revision
from ..options import Options
from ..prepare import prepare
from ..search import Search, gains, leaks, searched, thresholds
from ..tuning import Order, Tuning
from .occupancy import fitted_leaks
from .rows import usual_order

if TYPE_CHECKING:
    from ..prepare import Front, Prepared


def tuned(front: Front, target: Revision, options: Options, stimulus: Stimulus) -> Options:
    """Options with what `stimulus` decides: leaks, and with --calibrate all else. Raises as `prepare`."""
    quiet = replace(options, progress=None)
    made: Prepared = prepare(front, quiet, target, stimulus)
    tuning = Tuning(leak=fitted_leaks(made, stimulus))
    if options.calibrate:
        options.say("search scales, leaks and order")
        search = Search.of(front, target, quiet, made, stimulus)
        scales = made.quantized.assembled.scales
        names = [p.name for p in made.quantized.network.populations if p.name in scales]
        usual = usual_order(target)
        moves = [move(name) for name in names for move in (thresholds, leaks, gains)]
        tuning = searched(search, tuning, [lambda best: _orders(best, usual), *moves])
    return options if tuning == Tuning() else replace(options, tuning=tuning)


def _orders(best: Tuning, usual: Order) -> Iterator[Tuning]:
    orders: tuple[Order, ...] = get_args(Order)
    for order in orders:
        if order != (best.order or usual):
            yield msgspec.structs.replace(best, order=order)

"""Calibrates thresholds and leaks on a stimulus, with --calibrate. The rule's choice stands unless another is
clearly better.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ....sim.stimulus import Stimulus
from ....targets.ranc.model import Revision
from ...ir.calibration import Tuning
from ...options import Options
from ...prepare import prepare
from ..shared.calibrate import Search, coordinate_search, leaks, thresholds

if TYPE_CHECKING:
    from ...ir.stages import Front, Prepared

DIGITS = 4


def tuned(front: Front, target: Revision, options: Options, stimulus: Stimulus) -> Options:
    """Calibrate on `stimulus`, if the options ask for it; returns options that hold the result. Raises as `prepare`."""
    if not options.calibrate:
        return options
    quiet = replace(options, progress=None)
    prepared: Prepared = prepare(front, quiet, target, stimulus)
    options.say("search thresholds and leaks")
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
    return replace(
        options, tuning=coordinate_search(Search.of(front, target, quiet, prepared, stimulus), start, moves)
    )

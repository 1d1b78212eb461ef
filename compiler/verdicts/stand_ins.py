"""Decides how many neurons stand for one: as many as count its spikes, and mirrors of its floor where outputs feel it.

All of them together are kept below `MOST_NEURONS`: a network whose neurons send many spikes a step would otherwise
become one that takes most of a board and minutes to place. What is left out is a row of the fidelity table, with its
effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec
import numpy as np

from ...sim.reference.reference import reference
from ...sim.trace import Trace
from ..ir.calibration import Tuning
from ..ir.stages import Front
from ..options import Options
from ..timed.constructs.mirrors import MIRRORS
from .fidelity import outputs_alike

ENOUGH = 0.9
"""Output F1 of the float network without its floors, from which on they are left out."""
MOST_NEURONS = 1 << 14
"""Neurons of a network with all that stand for them; more than that only if it has them itself."""


def with_levels(front: Front, options: Options, floats: Trace) -> Options:
    """Measure the most spikes that a neuron sends in a step, of nodes that may send several and that a construct makes;
    the options hold how many are to be counted, in `tuning`. What they bring along already is kept."""
    tuning = options.tuning or Tuning()
    kinds = {path: front.flat.node(path).kind for path in sorted(front.constructs)}
    sent = {
        path: max(1, int(floats.layers[path].max(initial=0)))
        for path, kind in kinds.items()
        if path not in tuning.levels and front.dialect.for_node(path, kind).multi != 1
    }
    if not sent:
        return options
    cap = max(sent.values())
    while cap > 1 and neurons(front, {path: min(cap, count) for path, count in sent.items()}) > MOST_NEURONS:
        cap -= 1
    levels = {path: min(cap, count) for path, count in sent.items()}
    return replace(options, tuning=msgspec.structs.replace(tuning, levels={**tuning.levels, **levels}))


def neurons(front: Front, levels: Mapping[str, int]) -> int:
    """Count the neurons of a network with those that stand for one. levels: NIR path -> neurons for each of its own."""
    populations = front.network.populations.items()
    return sum(p.size * levels.get(name, 1) for name, p in populations)


def with_floors(front: Front, options: Options, floats: Trace, inputs: Mapping[str, np.ndarray]) -> Options:
    """Run the network without its floors, and decide; the options hold it, in `tuning`. floats: the float run of the
    file on the inputs. Where the options bring floors along already, nothing is decided."""
    tuning = options.tuning or Tuning()
    kinds = {path: front.flat.node(path).kind for path in sorted(front.constructs)}
    floored = [path for path, kind in kinds.items() if front.dialect.for_node(path, kind).v_min is not None]
    if not floored or tuning.floors or options.max_levels == 1:
        return options
    if neurons(front, {path: tuning.levels.get(path, 1) + MIRRORS for path in floored}) > MOST_NEURONS:
        return options
    options.say("without floors")
    without = reference(front.clipped, front.chip_dialect, stimulus=inputs)
    f1 = outputs_alike(front.network, floats.outputs, without.outputs).f1
    if f1 is None or f1 >= ENOUGH:
        return options
    return replace(options, tuning=msgspec.structs.replace(tuning, floors=floored))

"""Measures where membranes are on a stimulus, and fits constant leaks to the source's leaks there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....sim.stimulus import Stimulus
from . import leak

if TYPE_CHECKING:
    from ...ir.stages import Prepared

STEPS_OF_A_THRESHOLD = 200
MOST_STATES = 200
MOST_VALUES = 20_000_000
DIGITS = 4


def fitted_leaks(prepared: Prepared, stimulus: Stimulus) -> dict[str, list[float]]:
    """Fit the leaks of the populations that leak: population -> of each neuron what a step takes off its membrane,
    in parts of its threshold.

    The states are those of the float run of the file, after each step, of as many samples as are kept at once."""
    leaky = [f for f in prepared.quantized.assembled.floats if bool((f.neuron.beta != 1).any())]
    if not leaky:
        return {}
    states = _states(prepared, stimulus)
    leaks: dict[str, list[float]] = {}
    for f in leaky:
        origin = 0.0 if f.neuron.v_reset is None else f.neuron.v_reset
        path = prepared.network.populations[f.name].paths[0]
        membranes = (states[path].reshape(-1, f.size) - origin) / f.thresholds
        some = membranes[:: max(1, len(membranes) // MOST_STATES)]
        grid = np.full(f.size, STEPS_OF_A_THRESHOLD)
        best = leak.fit(f.neuron.beta, grid, some, 4 * STEPS_OF_A_THRESHOLD)
        leaks[f.name] = [round(float(part), DIGITS) for part in best / STEPS_OF_A_THRESHOLD]
    return leaks


def _states(prepared: Prepared, stimulus: Stimulus) -> dict[str, np.ndarray]:
    from ....sim.reference.reference import reference

    front = prepared.front
    neurons = sum(p.size for p in front.network.populations.values())
    samples = max(1, MOST_VALUES // max(1, stimulus.steps * neurons))
    some = {name: values[:, :samples] for name, values in stimulus.inputs.items()}
    trace = reference(front.raw, front.dialect, stimulus=some, return_all_states=True)
    return {
        path: np.asarray(states["v"], dtype=np.float64)
        for path, states in trace.states.items()
        if "v" in states
    }

"""Counts the clocks of a step, as the Verilog sources take them."""

from __future__ import annotations

import numpy as np

from .configuration import ReckonConfiguration
from .model import Cycles

MODEL = "clock by clock as the RTL; the bytes of the read-outs come on top, as fast as the host answers them"


def step_clocks(
    c: ReckonConfiguration, model: Cycles, events: np.ndarray, spikes: np.ndarray, *, first: int = 0
) -> np.ndarray:
    """(T, B) int64 clocks between the ticks and the end of their work, without what is sent. events: (T, B, rows).
    spikes: (T, B, neurons ..) of the step before each. first: number of the first of these steps; step 0 of a sample
    has nothing to leak before it."""
    sources = c.last_source + 1
    active = np.zeros((*events.shape[:2], sources), dtype=np.bool_)
    active[..., : c.inputs] |= events > 0
    fired = spikes[..., : min(sources, c.neurons)] > 0
    active[..., : fired.shape[-1]] |= fired
    sweep = np.full((len(events), 1), model.swept * (c.last + 1) + model.step)
    sweep[: max(0, 1 - first)] = 0
    return sweep + model.source * sources + model.pair * active.sum(axis=-1) * (c.reached // 2)


def closing_clocks(c: ReckonConfiguration, model: Cycles) -> int:
    """Of the tick that ends a sample, without what is sent."""
    return model.swept * (c.last + 1) + model.step


def most_clocks(c: ReckonConfiguration, model: Cycles) -> int:
    """Of a step in which every row has an event and every neuron fired."""
    events, spikes = np.ones((1, 1, c.inputs)), np.ones((1, 1, c.neurons))
    return int(step_clocks(c, model, events, spikes, first=1)[0, 0])

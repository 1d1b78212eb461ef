"""Counts clock cycles of an event-driven chip: of its events, and how long a host waits until it is idle."""

from __future__ import annotations

import numpy as np

from ..machines.crossbar_events import EventCore, EventMachine
from .model import OdinChip


def scanned(core: EventCore) -> int:
    """Count the neurons that a spike or a leak of all visits."""
    return core.last_neuron + 1


def clocks(
    chip: OdinChip,
    core: EventCore,
    inputs: np.ndarray,
    spikes: np.ndarray,
    leaks: np.ndarray,
    singles: np.ndarray,
    outputs: np.ndarray,
) -> np.ndarray:
    """Count clocks. Clocks, at most, of some spikes and single events taken from a host, spikes taken from the queue,
    leaks of all neurons, events of one neuron, and outputs, if the host answers at once; arrays of any one shape."""
    c, n = chip.cycles, scanned(core)
    return (
        inputs * c.input
        + spikes * (c.spike + c.neuron * n)
        + leaks * (c.leak + c.neuron * n)
        + singles * (c.single + c.neuron)
        + outputs * c.output
    )


def step_clocks(
    machine: EventMachine,
    chip: OdinChip,
    input_events: np.ndarray,
    row_events: np.ndarray,
    leak_events: np.ndarray,
    single_events: np.ndarray,
    spikes: np.ndarray,
) -> np.ndarray:
    """Count the clocks of each step. (T, B) clocks of each step: the chips work one after the other, as the host
    feeds one with what the one before said. The events (T, B, chips) are those of an engine's run, spikes (T, B, N)
    its spikes."""
    total = np.zeros(row_events.shape[:2], dtype=np.int64)
    for k, core in enumerate(machine.cores):
        low, high = machine.first_neuron[k : k + 2]
        out = spikes[:, :, low:high].sum(axis=2, dtype=np.int64)
        inputs, rows = input_events[..., k], row_events[..., k]
        total += clocks(chip, core, inputs, rows, leak_events[..., k], single_events[..., k], out)
    return total

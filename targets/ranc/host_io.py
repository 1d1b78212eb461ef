"""How the host talks to a grid: the packets of each input element, and the lines of the output bus."""

from __future__ import annotations

import numpy as np

from ..host_io import ELEMENT, LINE, HostIO, table
from ..machines.crossbar_grid import GridMachine
from .model import RancChip
from .words import bits_of


def host_io(machine: GridMachine, chip: RancChip) -> HostIO:
    """Read off the axons of the inputs and the neurons that drive the output bus."""
    element, x, y, axon, delay = machine.inputs.T
    bits = bits_of(chip.packet(), {"x": x, "y": y, "axon": axon, "delay": delay})
    word = bits.astype(np.int64) @ (1 << np.arange(bits.shape[1] - 1, -1, -1, dtype=np.int64))
    neuron = machine.exports.neuron
    core = np.searchsorted(machine.first, neuron, side="right") - 1
    places = np.array([(each.x, each.y) for each in machine.cores], dtype=np.int64).reshape(-1, 2)
    return HostIO(
        inputs=table(
            ELEMENT,
            element,
            {
                "x": ("column of the core, counted from the west", x),
                "y": ("row of the core, counted from the south", y),
                "axon": ("axon of the core", axon),
                "delay_ticks": ("ticks that the core's scheduler holds the spike back", delay),
                "packet": ("the packet as it is sent, a number", word),
            },
        ),
        outputs=table(
            LINE,
            machine.exports.line,
            {
                "x": ("column of the core of the neuron that drives the line", places[core, 0]),
                "y": ("row of the core of the neuron that drives the line", places[core, 1]),
                "neuron": ("neuron of that core", neuron - machine.first[core]),
            },
        ),
    )

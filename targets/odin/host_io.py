"""How the host talks to chips of the family: the input event of each element, and the address of each output."""

from __future__ import annotations

import numpy as np

from ..host_io import ELEMENT, LINE, HostIO, table
from ..machines.crossbar_events import SPIKE, EventMachine
from .arithmetics import modules_of
from .model import OdinChip


def host_io(machine: EventMachine, chip: OdinChip) -> HostIO:
    """Read off the routes of the host and the neurons that it listens to."""
    r = machine.routes
    mine = r.source >= machine.n_neurons
    core, row = r.core[mine], r.row[mine]
    code = modules_of(chip).codes.encode(np.full_like(row, SPIKE), row, np.zeros_like(row))
    rank = np.zeros_like(row)
    for number, order in enumerate(machine.row_order):
        place = np.empty_like(order)
        place[order] = np.arange(order.size)
        rank[core == number] = place[row[core == number]]
    exports = machine.exports
    at = np.searchsorted(machine.first_neuron, exports.neuron, side="right") - 1
    address = exports.neuron - np.array(machine.first_neuron)[at]
    return HostIO(
        inputs=table(
            ELEMENT,
            r.source[mine] - machine.n_neurons,
            {
                "chip": ("number of the chip", core),
                "row": ("row of the chip's crossbar", row),
                "delay_steps": ("steps after its own step in which the event is sent", r.delay[mine]),
                "event": ("what is put on AERIN_ADDR for one event", code),
                "rank": ("events of a step are sent in ascending order of this number", rank),
            },
        ),
        outputs=table(
            LINE,
            exports.line,
            {
                "chip": ("number of the chip", at),
                "address": ("neuron of the chip, as it comes on AEROUT_ADDR", address),
            },
        ),
    )

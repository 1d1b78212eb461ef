"""Makes a core on which nothing happens yet: what a network is put on."""

from __future__ import annotations

import numpy as np

from ..machines.crossbar_events import EventCore
from .arithmetics import modules_of
from .model import OdinChip


def empty_core(chip: OdinChip, *, last_neuron: int, closed_loop: bool) -> EventCore:
    """Make an empty core. All neurons as unused ones have to be, no weights. A network's neurons are then written
    over: params (threshold, leak, disable 0, ...), initial states, weights and, on a chip whose rows have a sign,
    which rows are inhibitory and which synapses are mapped. `last_neuron` counts only where a register says how far
    a scan goes."""
    neurons, rows = chip.capacity.neurons, chip.capacity.rows
    unused = {
        name: np.full(neurons, value, dtype=np.int64) for name, value in modules_of(chip).words.UNUSED.items()
    }
    signed = chip.execution.sign == "weight"
    return EventCore(
        params={name: unused[name] for name in modules_of(chip).neuron.PARAMETERS},
        initial={name: unused[name] for name in modules_of(chip).neuron.STATES},
        weights=np.zeros((rows, neurons), dtype=np.int8),
        inhibitory=np.zeros(rows, dtype=np.bool_),
        mapped=np.full((rows, neurons), signed, dtype=np.bool_),
        last_neuron=last_neuron if chip.execution.scan == "up_to_last" else neurons - 1,
        closed_loop=closed_loop,
        queue=chip.capacity.queue,
    )

"""How the host talks to a SpiNNaker 1: the key of each input element, and the neurons that are recorded."""

from __future__ import annotations

import numpy as np

from ..host_io import ELEMENT, LINE, HostIO, table
from .configuration import SpinnakerConfiguration
from .core_image import COLOUR_BITS


def host_io(configuration: SpinnakerConfiguration) -> HostIO:
    """List the keys of the inputs, and what is recorded of which neuron."""
    none = np.zeros(0, dtype=np.int64)
    keys = [block.key + (np.arange(block.size) << COLOUR_BITS) for block in configuration.inputs]
    key = np.concatenate([none, *keys])
    columns = configuration.boards.columns
    rows: list[np.ndarray] = [np.zeros((0, 5), dtype=np.int64)]
    for number, variable in configuration.outputs:
        chip, core, image = configuration.cores[number]
        place = np.array([chip % columns, chip // columns, core, 0, int(variable == "v")])
        each = np.tile(place, (image.n_neurons, 1))
        each[:, 3] = np.arange(image.n_neurons)
        rows.append(each)
    x, y, core, neuron, membrane = np.concatenate(rows).T
    return HostIO(
        inputs=table(
            ELEMENT,
            np.arange(key.size),
            {"key": ("key of the packet without its lowest four bits, which are the tick modulo 16", key)},
        ),
        outputs=table(
            LINE,
            np.arange(neuron.size),
            {
                "x": ("column of the chip", x),
                "y": ("row of the chip", y),
                "core": ("core of the chip", core),
                "neuron": ("neuron of the core", neuron),
                "membrane": ("1: its membrane is recorded before each tick; 0: its spikes are", membrane),
            },
        ),
    )

"""How the host talks to a Speck: the input event of each element, and the output event of each neuron."""

from __future__ import annotations

import numpy as np

from ..host_io import ELEMENT, LINE, HostIO, table
from .configuration import SpeckConfiguration


def host_io(configuration: SpeckConfiguration) -> HostIO:
    """List the events that go to the first cores and come from the monitored ones, as the vendor's package names
    their fields."""
    cores = {core.core: core for core in configuration.cores}
    first = np.array(configuration.input_cores, dtype=np.int64)
    shape = cores[int(first[0])].input_shape
    element = np.repeat(np.arange(int(np.prod(shape))), first.size)
    sent = np.unravel_index(element, shape)
    shown = [np.zeros((4, 0), dtype=np.int64)]
    for core in configuration.cores:
        if core.core in configuration.monitored:
            size = int(np.prod(core.neuron_shape))
            place = np.unravel_index(np.arange(size), core.neuron_shape)
            shown.append(np.stack([np.full(size, core.core), *place]))
    layer, *seen = np.concatenate(shown, axis=1)
    return HostIO(
        inputs=table(
            ELEMENT,
            element,
            {"layer": ("core that the event is for", np.tile(first, int(np.prod(shape)))), **_place(*sent)},
        ),
        outputs=table(
            LINE,
            np.arange(layer.size),
            {"layer": ("core that the event comes from", layer), **_place(*seen)},
        ),
    )


def _place(feature: np.ndarray, y: np.ndarray, x: np.ndarray) -> dict[str, tuple[str, np.ndarray]]:
    return {
        "feature": ("channel of the event", feature),
        "y": ("vertical position of the event", y),
        "x": ("horizontal position of the event", x),
    }

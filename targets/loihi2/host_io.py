"""How the host talks to Lava's processes: the ports that it sends to, and what it reads."""

from __future__ import annotations

import numpy as np

from ..host_io import ELEMENT, LINE, HostIO, table
from .content import Content


def host_io(content: Content) -> HostIO:
    """Read off ports and reads. An element of a port is sent to every connection that hears the port."""
    number = {lif.name: k for k, lif in enumerate(content.neurons)}
    none = np.zeros(0, dtype=np.int64)
    port = np.repeat(np.arange(len(content.ports)), [p.size for p in content.ports])
    within = np.concatenate([none, *(np.arange(p.size) for p in content.ports)])
    process = [np.full(read.element.size, number[read.process]) for read in content.reads]
    membrane = [np.full(read.element.size, int(read.membrane)) for read in content.reads]
    element = np.concatenate([none, *(read.element for read in content.reads)])
    return HostIO(
        inputs=table(
            ELEMENT,
            np.arange(port.size),
            {
                "port": ("number of the port", port),
                "place": ("place in the port, row-major over its shape", within),
            },
        ),
        outputs=table(
            LINE,
            np.arange(element.size),
            {
                "process": ("number of the process of neurons", np.concatenate([none, *process])),
                "neuron": ("neuron of the process", element),
                "membrane": (
                    "1: its membrane is read after each step; 0: its spikes are",
                    np.concatenate([none, *membrane]),
                ),
            },
        ),
    )

"""How the host talks to a Loihi: the input axons of each element, and the compartments that it reads."""

from __future__ import annotations

import numpy as np

from ..host_io import ELEMENT, LINE, HostIO, table
from .content import Content


def host_io(content: Content) -> HostIO:
    """Read off the host's two tables."""
    routes, reads = content.input_routes, content.output_reads
    return HostIO(
        inputs=table(
            ELEMENT,
            routes.element,
            {
                "chip": ("number of the chip", routes.chip),
                "core": ("core of the chip", routes.core),
                "axon": ("input axon of the core, to which a spike message goes", routes.axon),
            },
        ),
        outputs=table(
            LINE,
            np.arange(reads.chip.size),
            {
                "chip": ("number of the chip", reads.chip),
                "core": ("core of the chip", reads.core),
                "compartment": ("compartment of the core", reads.compartment),
                "membrane": ("1: its membrane is read after each step; 0: its spikes are", reads.membrane),
            },
        ),
    )

"""How the host talks to a Xylo: input channels, and what is read of the output neurons."""

from __future__ import annotations

import numpy as np

from ..host_io import ELEMENT, LINE, HostIO, table
from .configuration import XyloConfiguration, exports


def host_io(configuration: XyloConfiguration) -> HostIO:
    """Input element k is channel k; the lines are those of `configuration.exports`."""
    channels = np.arange(configuration.weights_in.shape[0])
    lines = exports(configuration.n_hidden, configuration.n_outputs)
    return HostIO(
        inputs=table(
            ELEMENT, channels, {"channel": ("input channel of the chip, `neuron_id` of an event", channels)}
        ),
        outputs=table(
            LINE,
            lines.line,
            {
                "neuron": ("output neuron of the chip", lines.neuron - configuration.n_hidden),
                "membrane": ("1: its membrane is read after each step; 0: its spikes are", lines.membrane),
            },
        ),
    )

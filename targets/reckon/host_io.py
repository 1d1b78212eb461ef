"""How the host talks to a ReckOn: input rows, and what is read of the read-outs."""

from __future__ import annotations

import numpy as np

from ..host_io import ELEMENT, LINE, HostIO, table
from .configuration import ReckonConfiguration, exports
from .spike_codes import CODES


def host_io(c: ReckonConfiguration) -> HostIO:
    """The rows of each input element; the lines are those of `configuration.exports`."""
    rows, lines = np.arange(c.inputs), exports(c)
    behind = np.maximum(lines.line - c.outputs, 0)
    readout = np.where(lines.membrane, lines.line, behind // CODES)
    return HostIO(
        inputs=table(
            ELEMENT,
            c.element,
            {
                "row": ("input row of the core, what is put on AERIN_ADDR", rows),
                "tick": ("time tick of the step before which the event is sent, from 0", c.tick),
            },
        ),
        outputs=table(
            LINE,
            lines.line,
            {
                "readout": ("read-out that is sent at the end of each step", readout),
                "membrane": (
                    "1: its potential is meant; 0: a bit of the code that it carries",
                    lines.membrane,
                ),
                "bit": (
                    "the bit of the code, of 8; 0 for a potential",
                    np.where(lines.membrane, 0, behind % CODES),
                ),
            },
        ),
    )

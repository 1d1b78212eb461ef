"""How the host talks to a mesh of cores: the axons of each input element, and the neurons that it reads."""

from __future__ import annotations

import numpy as np

from ..host_io import ELEMENT, LINE, HostIO, table
from ..machines.synapse_list import Machine


def host_io(machine: Machine) -> HostIO:
    """List the axons that inputs drive, and the places of the neurons behind the output lines.

    machine: decoded of its words, `core` the site of each neuron."""
    synapses = machine.synapses.flat()
    mine = synapses.source >= machine.n_neurons
    driven = np.stack(
        [
            synapses.source[mine] - machine.n_neurons,
            machine.core[synapses.post[mine]],
            synapses.axon[mine],
        ]
    )
    element, core, axon = np.unique(driven, axis=1)
    neuron = machine.exports.neuron
    return HostIO(
        inputs=table(
            ELEMENT,
            element,
            {"core": ("site of the core on the mesh", core), "axon": ("axon of the core", axon)},
        ),
        outputs=table(
            LINE,
            machine.exports.line,
            {
                "core": ("site of the core on the mesh", machine.core[neuron]),
                "neuron": ("neuron of the core", machine.slot[neuron]),
            },
        ),
    )

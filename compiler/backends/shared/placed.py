"""A machine of summed synapses with its neurons where they were placed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.synapse_list import Machine
from ....targets.machines.synapse_rows import as_rows
from ...ir.placement import Placement
from ...ir.quantized import QuantizedNetwork
from .outputs import host_reads
from .unplaced import placed_symbols


def placed_machine(
    machine: Machine, network: QuantizedNetwork, placement: Placement
) -> tuple[Machine, Symbols]:
    """The machine without limits, neurons in the order of sites and slots; `core` is the site of each neuron."""
    symbols = placed_symbols(network, placement)
    none = np.zeros(0, dtype=np.int64)
    number = np.concatenate([none, *(p.machine_index for p in symbols.populations)])
    pieces = sorted(placement.slices, key=lambda s: (placement.site(s.core), s.slot))
    synapses = machine.synapses.flat()
    source = np.concatenate([number, number.size + np.arange(machine.n_inputs)])[synapses.source]
    order = np.argsort(number)
    return replace(
        machine,
        core=np.concatenate([none, *(np.full(s.size, placement.site(s.core)) for s in pieces)]),
        slot=np.concatenate([none, *(s.slot + np.arange(s.size) for s in pieces)]),
        params={name: values[order] for name, values in machine.params.items()},
        synapses=as_rows(source, number[synapses.post], synapses.weight, synapses.delay, synapses.axon),
        exports=host_reads(network, symbols.populations),
    ), symbols

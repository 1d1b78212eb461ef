"""Numbers the output lines of a chip: the populations that Outputs read, in canonical order, neuron after neuron."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....targets.configuration import OutputSymbols, PopulationSymbols
from ....targets.machines.exports import Exports, one_each
from ...ir.quantized import QuantizedNetwork


def output_symbols(network: QuantizedNetwork) -> tuple[OutputSymbols, ...]:
    """Give each neuron of each exported population an output line, numbered from 0 through all of them."""
    outputs: list[OutputSymbols] = []
    first = 0
    for name, p in network.exported:
        line = np.arange(first, first + p.size)
        outputs.append(OutputSymbols(name=name, population=p.name, line=line, membrane=not p.spiking))
        first += p.size
    return tuple(outputs)


def host_reads(network: QuantizedNetwork, populations: Sequence[PopulationSymbols]) -> Exports:
    """Map the output lines to neurons of a machine: entry k is read by line k.

    populations: symbols that give each neuron its number in the machine."""
    index = {p.name: p.machine_index for p in populations}
    neuron = [np.zeros(0, dtype=np.int64), *(index[p.name] for _, p in network.exported)]
    membrane = [np.full(p.size, not p.spiking) for _, p in network.exported]
    return one_each(np.concatenate(neuron), np.concatenate([np.zeros(0, dtype=np.bool_), *membrane]))

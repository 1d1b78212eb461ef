"""Builds the unplaced machine of Xylo: the quantised network, each neuron and synapse once, no place and no matrix."""

from __future__ import annotations

import numpy as np

from ....targets.configuration import InputSymbols, PopulationSymbols, Symbols
from ....targets.machines.ordered import OrderedMachine
from ....targets.machines.synapse_rows import as_rows
from ....targets.xylo import neuron
from ....targets.xylo.model import XyloChip
from ..shared.outputs import host_reads, output_symbols
from .quantized_network import QuantizedNetwork


def expand(network: QuantizedNetwork, chip: XyloChip) -> tuple[OrderedMachine, Symbols]:
    """Build the unplaced machine, its neurons in the order of the network's populations: the order in which the chip
    works."""
    first: dict[str, int] = {}
    n = 0
    for p in network.populations:
        first[p.name] = n
        n += p.size
    populations = tuple(
        PopulationSymbols(
            name=p.name,
            shape=p.shape,
            machine_index=np.arange(first[p.name], first[p.name] + p.size),
            lag_steps=p.lag_steps,
            role=p.role,
            scales=p.scales,
        )
        for p in network.populations
    )
    inputs = input_symbols(network)
    first |= {port.name: n + port.first for port in inputs}
    alias = np.full(n, -1, dtype=np.int64)
    parts = [np.zeros((4, 0), dtype=np.int64)]
    for p in network.projections:
        pre, post = first[p.pre] + p.cols, first[p.post] + p.rows
        if p.alias:
            alias[pre] = post
            continue
        weight = neuron.shifted_weight(np, p.code, p.shift)
        receptor = np.full_like(pre, p.receptor)
        parts.append(np.stack([pre, post, receptor, weight]))
    source, post, receptor, weight = np.concatenate(parts, axis=1)
    machine = OrderedMachine(
        n_inputs=sum(port.size for port in network.inputs),
        core=np.zeros(n, dtype=np.int64),
        slot=np.arange(n),
        params={
            name: np.concatenate(
                [np.zeros(0, dtype=np.int64), *(p.params[name] for p in network.populations)]
            )
            for name in neuron.PARAMETERS
        },
        synapses=as_rows(source, post, weight),
        accumulator_range=chip.ranges.state,
        max_events=chip.spikes.input,
        syn_receptor=receptor,
        alias_target=alias,
        exports=host_reads(network, populations),
    )
    return machine, Symbols(populations=populations, inputs=inputs, outputs=output_symbols(network))


def input_symbols(network: QuantizedNetwork) -> tuple[InputSymbols, ...]:
    """Number the input elements in the order of ports."""
    ports: list[InputSymbols] = []
    first = 0
    for port in network.inputs:
        ports.append(
            InputSymbols(
                name=port.name,
                shape=port.shape,
                first=first,
                size=port.size,
                constant=port.constant,
                onset_step=port.onset_step,
                once=port.once,
            )
        )
        first += port.size
    return tuple(ports)

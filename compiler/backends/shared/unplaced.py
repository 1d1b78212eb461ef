"""Builds the unplaced machine: the quantised network itself, each neuron and synapse once, without a chip's limits.

It passes through no slice, core, axon, route or word, so that a placed machine can be compared with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ....targets.configuration import InputSymbols, PopulationSymbols, Symbols
from ....targets.machines.synapse_list import Machine
from ....targets.machines.synapse_rows import SynapseRows, joined
from ...ir.placement import Placement
from ...ir.quantized import QuantizedNetwork
from .outputs import host_reads, output_symbols


def unplaced_machine(
    network: QuantizedNetwork, synapses: Sequence[SynapseRows], registers: Mapping[str, np.ndarray]
) -> tuple[Machine, Symbols]:
    """Build the machine from synapses and registers: neurons in order of populations, inputs in order of ports; core k
    is population k.

    synapses: of each projection, weighed by what a spike adds. registers: name -> (n,) int64 of all neurons."""
    names = plain_symbols(network)
    sizes = [p.machine_index.size for p in names.populations]
    n = sum(sizes)
    first = {p.name: int(p.machine_index[0]) if p.machine_index.size else 0 for p in names.populations}
    first |= {port.name: n + port.first for port in names.inputs}
    machine = Machine(
        n_inputs=sum(port.size for port in names.inputs),
        core=np.repeat(np.arange(len(sizes)), sizes),
        slot=_joined([np.arange(size) for size in sizes]),
        params=registers,
        synapses=joined(
            [
                (rows, first[p.pre], first[p.post])
                for p, rows in zip(network.projections, synapses, strict=True)
            ]
        ),
        exports=host_reads(network, names.populations),
    )
    return machine, names


def registers(network: QuantizedNetwork, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Register -> (n,) int64 of all neurons, population after population; those of a core for each of its neurons."""
    return {
        name: _joined(
            [
                p.params[name] if name in p.params else np.full(p.size, p.core_params[name])
                for p in network.populations
            ]
        )
        for name in names
    }


def placed_symbols(network: QuantizedNetwork, placement: Placement) -> Symbols:
    """Neurons where they were placed: cores end to end in the order of their sites. Inputs in order of ports."""
    plain = plain_symbols(network)
    placed = tuple(
        replace(p, machine_index=placement.machine_index(p.name, p.machine_index.size))
        for p in plain.populations
    )
    return replace(plain, populations=placed)


def plain_symbols(network: QuantizedNetwork) -> Symbols:
    """Number the machine's neurons in order of populations and its input elements in order of ports."""
    populations: list[PopulationSymbols] = []
    n = 0
    for p in network.populations:
        populations.append(
            PopulationSymbols(
                name=p.name,
                shape=p.shape,
                machine_index=np.arange(n, n + p.size),
                lag_steps=p.lag_steps,
                role=p.role,
                scales=p.scales,
                counts_for=p.counts_for,
            )
        )
        n += p.size
    ports: list[InputSymbols] = []
    e = 0
    for port in network.inputs:
        ports.append(
            InputSymbols(
                name=port.name,
                shape=port.shape,
                first=e,
                size=port.size,
                constant=port.constant,
                onset_step=port.onset_step,
                once=port.once,
            )
        )
        e += port.size
    return Symbols(populations=tuple(populations), inputs=tuple(ports), outputs=output_symbols(network))


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts]).astype(np.int64)

"""Builds the unplaced machine of ReckOn: the quantised network, each neuron and synapse once, through no word."""

from __future__ import annotations

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.ordered import OrderedMachine
from ....targets.machines.synapse_rows import as_rows
from ....targets.reckon import neuron
from ....targets.reckon.model import ReckonChip
from ..shared.outputs import host_reads
from ..shared.unplaced import plain_symbols
from .quantized_network import QuantizedNetwork
from .wiring import is_readout, wiring


def expand(network: QuantizedNetwork, chip: ReckonChip) -> tuple[OrderedMachine, Symbols]:
    """Build the unplaced machine, its neurons in the order of the network's populations. A neuron's turn is its number
    on the core, that of an input row its number; read-outs have none, as they send nothing."""
    symbols, wires = plain_symbols(network), wiring(network)
    first = {p.name: int(p.machine_index[0]) if p.machine_index.size else 0 for p in symbols.populations}
    n = sum(p.size for p in network.populations)
    parts = [np.zeros((3, 0), dtype=np.int64)]
    for p in network.projections:
        pre = n + wires.row[p.pre, p.row] if (p.pre, p.row) in wires.row else first[p.pre]
        parts.append(np.stack([pre + p.cols, first[p.post] + p.rows, p.code << p.shift]))
    source, post, weight = np.concatenate(parts, axis=1)
    behind = max(wires.slots, wires.rows)
    turns = [
        behind + first[p.name] + np.arange(p.size) if is_readout(p) else p.params["turn"]
        for p in network.populations
    ]
    machine = OrderedMachine(
        n_inputs=sum(port.size for port in network.inputs),
        core=np.zeros(n, dtype=np.int64),
        slot=np.arange(n),
        params={name: _joined([p.params[name] for p in network.populations]) for name in neuron.PARAMETERS},
        synapses=as_rows(source, post, weight),
        accumulator_range=chip.ranges.state,
        max_events=1,
        syn_receptor=np.zeros(source.size, dtype=np.int64),
        alias_target=np.full(n, -1, dtype=np.int64),
        element=wires.element,
        ticks=wires.ticks,
        tick=wires.tick,
        turn=_joined([*turns, np.arange(wires.rows)]),
        start=_joined([p.params["start"] for p in network.populations]),
        exports=host_reads(network, symbols.populations),
    )
    return machine, symbols


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])

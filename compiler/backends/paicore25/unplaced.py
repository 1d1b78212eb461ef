"""Builds the unplaced machine of PAICORE 2.5: the quantised network without cores, records, addresses or words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.exports import NOTHING, Exports
from ..shared.outputs import host_reads
from ..shared.unplaced import plain_symbols
from .quantized_network import QuantizedNetwork

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class Synapses(NamedTuple):
    """Sources first .. first + size - 1, which count neurons and then input elements, by weights (n, size) int64, so
    many chip steps later."""

    first: int
    size: int
    delay: int
    weights: csr_array


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """Neurons of one stage, machine neurons first .. first + size - 1. params: register -> (n,) int64. adds: the first
    neuron of each layer whose potentials are added, neuron by neuron. sends_potential: not spikes."""

    name: str
    first: int
    size: int
    params: Mapping[str, np.ndarray]
    links: tuple[Synapses, ...]
    adds: tuple[int, ...]
    sends_potential: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class LayeredMachine:
    """Layers in an order in which each comes after those that it hears in the same chip step."""

    n_inputs: int
    n_neurons: int
    layers: tuple[Layer, ...]
    chip_steps: int
    exports: Exports = NOTHING


def expand(network: QuantizedNetwork) -> tuple[LayeredMachine, Symbols]:
    """Build the unplaced machine, its neurons in the order of the network's populations."""
    from scipy import sparse

    symbols = plain_symbols(network)
    n = sum(p.size for p in network.populations)
    first = {p.name: int(p.machine_index[0]) if p.machine_index.size else 0 for p in symbols.populations}
    first |= {port.name: n + port.first for port in symbols.inputs}
    size = {p.name: p.size for p in (*network.populations, *network.inputs)}
    sends = {p.name for p in network.populations if p.core_params["sends_potential"]}
    layers: dict[str, Layer] = {}
    before: dict[str, set[str]] = {p.name: set() for p in network.populations}
    for p in network.populations:
        links: list[Synapses] = []
        adds: list[int] = []
        for q in network.projections:
            if q.post != p.name:
                continue
            if q.pre in sends:
                adds.append(first[q.pre])
                before[p.name].add(q.pre)
                continue
            flat = q.synapses.flat()
            for delay in np.unique(flat.delay).tolist():
                mine = flat.delay == delay
                entries = flat.weight[mine].astype(np.int64), (flat.post[mine], flat.source[mine])
                matrix = sparse.csr_array(entries, shape=(p.size, size[q.pre]))
                links.append(Synapses(first[q.pre], size[q.pre], delay, matrix))
                if delay == 0 and q.pre in before:
                    before[p.name].add(q.pre)
        layers[p.name] = Layer(
            name=p.name,
            first=first[p.name],
            size=p.size,
            params=p.params,
            links=tuple(links),
            adds=tuple(adds),
            sends_potential=bool(p.core_params["sends_potential"]),
        )
    machine = LayeredMachine(
        n_inputs=sum(port.size for port in network.inputs),
        n_neurons=n,
        layers=tuple(layers[name] for name in _in_order(before)),
        chip_steps=max((p.core_params["chip_steps"] for p in network.populations), default=1),
        exports=host_reads(network, symbols.populations),
    )
    return machine, symbols


def _in_order(before: Mapping[str, set[str]]) -> list[str]:
    """Names, each after those before it; loops have been refused."""
    ordered: list[str] = []
    left = sorted(before)
    while left:
        ready = [name for name in left if before[name] <= set(ordered)]
        ordered += ready or left
        left = [name for name in left if name not in ordered]
    return ordered

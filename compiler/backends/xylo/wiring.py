"""Flattens a quantised network to arrays of the chip's two kinds of neurons: who is hidden, who feeds whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....targets.xylo.configuration import OUTPUT_SPIKES
from ...ir.quantized import QuantizedPopulation
from .quantized_network import QuantizedNetwork


def is_output(population: QuantizedPopulation) -> bool:
    """Whether its neurons are the chip's output neurons: the parameter that tells them apart is their spike limit."""
    return bool(population.size) and bool((population.params["max_spikes"] == OUTPUT_SPIKES).all())


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """A network by the chip's kinds of neurons. Hidden neurons 0..H-1 and output neurons 0..O-1 in the order of the
    network's populations, inputs 0..C-1 in the order of its ports.

    first: population or port -> its first index among its kind. Synapses: columns (4, k) int64 of source, post,
    receptor, mantissa << shift; pairs within a matrix occur once. alias: (2, a) source and target, hidden."""

    first: dict[str, int]
    hidden: tuple[QuantizedPopulation, ...]
    outputs: tuple[QuantizedPopulation, ...]
    n_inputs: int
    into_hidden: np.ndarray
    recurrent: np.ndarray
    into_outputs: np.ndarray
    alias: np.ndarray

    @property
    def n_hidden(self) -> int:
        """Number of hidden neurons."""
        return sum(p.size for p in self.hidden)

    @property
    def n_outputs(self) -> int:
        """Number of output neurons."""
        return sum(p.size for p in self.outputs)

    def hidden_name(self, index: int) -> str:
        """Name a hidden neuron by population and index: `/node[3]`."""
        for p in self.hidden:
            if self.first[p.name] <= index < self.first[p.name] + p.size:
                return f"{p.name}[{index - self.first[p.name]}]"
        return f"hidden neuron {index}"


def wiring(network: QuantizedNetwork) -> Wiring:
    """Flatten a network.

    Raises ValueError for a synapse from an input to an output neuron, which no lowering makes."""
    hidden = tuple(p for p in network.populations if not is_output(p))
    outputs = tuple(p for p in network.populations if is_output(p))
    first: dict[str, int] = {}
    for group in (hidden, outputs, network.inputs):
        total = 0
        for part in group:
            first[part.name] = total
            total += part.size
    inputs = {port.name for port in network.inputs}
    last = {p.name for p in outputs}
    parts: dict[str, list[np.ndarray]] = {"in": [], "rec": [], "out": [], "alias": []}
    for p in network.projections:
        pre, post = first[p.pre] + p.cols, first[p.post] + p.rows
        if (p.pre in inputs and p.post in last) or p.pre in last:
            raise ValueError(f"{p.pre} -> {p.post} is no connection of the chip")
        kind = "in" if p.pre in inputs else "out" if p.post in last else "rec"
        if p.alias:
            parts["alias"].append(np.stack([pre, post]))
        else:
            receptor = np.full_like(pre, p.receptor)
            parts[kind].append(np.stack([pre, post, receptor, p.code << p.shift]))
    return Wiring(
        first=first,
        hidden=hidden,
        outputs=outputs,
        n_inputs=sum(port.size for port in network.inputs),
        into_hidden=_joined(parts["in"], 4),
        recurrent=_joined(parts["rec"], 4),
        into_outputs=_joined(parts["out"], 4),
        alias=_joined(parts["alias"], 2),
    )


def _joined(parts: list[np.ndarray], width: int) -> np.ndarray:
    return np.concatenate([np.zeros((width, 0), dtype=np.int64), *parts], axis=1)

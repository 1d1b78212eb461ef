"""Counts a network against the limits of the chip, all of them together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.diagnostic import Diagnostic, error
from ....sim.nir.path import shown
from ....targets.xylo.model import XyloChip
from ...ir.made_names import place_of
from .lower import CLOCK
from .quantized_network import QuantizedNetwork
from .relays import ROLE
from .wiring import Wiring, wiring


def findings(network: QuantizedNetwork, chip: XyloChip) -> list[Diagnostic]:
    """List the limits that a network passes, as errors SPK2020 .. SPK2026; empty where it fits."""
    wires = wiring(network)
    return [*_neurons(network, wires, chip), *_connections(wires, chip), *_expansion(wires, chip)]


def _neurons(network: QuantizedNetwork, wires: Wiring, chip: XyloChip) -> Iterator[Diagnostic]:
    capacity = chip.capacity
    if wires.n_inputs > capacity.inputs:
        ports = ", ".join(f"{port.name} {port.size}" for port in network.inputs)
        yield error(
            "SPK2020",
            f"too many inputs: {wires.n_inputs} > {capacity.inputs}",
            hint=f"inputs by node: {ports}; pool or select channels, or run the first layer on the host",
        )
    if wires.n_hidden > capacity.hidden:
        relayed = sum(p.size for p in wires.hidden if p.role == ROLE)
        yield error(
            "SPK2021",
            f"too many hidden neurons: {wires.n_hidden} > {capacity.hidden}",
            hint="make the largest layer smaller" + (f"; {relayed} of them repeat spikes" if relayed else ""),
            layers=_sizes(wires),
        )
    if wires.n_hidden == 0:
        message = "no hidden neurons, at least 1 is needed: nothing reaches the outputs"
        yield error("SPK2021", message, hint="connect the inputs with the layer")
    if wires.n_outputs > capacity.outputs:
        sizes = ", ".join(f"{p.name} {p.size}" for p in wires.outputs)
        yield error(
            "SPK2022",
            f"too many outputs: {wires.n_outputs} > {capacity.outputs}",
            hint=f"{sizes}; use fewer classes, or a revision with more outputs",
        )
    if wires.n_outputs == 0:
        message = "no population can be output neurons: 0 outputs, at least 1 is needed"
        yield error("SPK2022", message, hint="let a layer of spiking neurons end in the Output")


def _sizes(wires: Wiring) -> str:
    return ", ".join(f"{p.name} {p.size}" for p in wires.hidden)


def _connections(wires: Wiring, chip: XyloChip) -> Iterator[Diagnostic]:
    """A pair of hidden neurons takes one place, whatever the number of its synapses."""
    capacity = chip.capacity
    pairs = np.unique(wires.recurrent[:2], axis=1)
    fan_out = np.bincount(pairs[0], minlength=max(wires.n_hidden, 1))
    past = int((fan_out > capacity.fan_out).sum())
    if past:
        worst = int(fan_out.argmax())
        name, more = wires.hidden_name(worst), f", and {past - 1} more" if past > 1 else ""
        yield error(
            "SPK2023",
            f"a hidden neuron reaches too many hidden neurons: {int(fan_out[worst])} > {capacity.fan_out}",
            where=place_of(name.rpartition("[")[0]),
            hint=f"{shown(name)}{more}; {_fewer(name)}",
        )
    if pairs.shape[1] > capacity.recurrent_connections:
        yield error(
            "SPK2024",
            f"too many connections between hidden neurons: {pairs.shape[1]} > {capacity.recurrent_connections}",
            hint="prune the weights between hidden layers, or make a layer smaller",
        )


def _fewer(name: str) -> str:
    """What lessens the neurons that a hidden neuron reaches."""
    if name.startswith(f"{CLOCK}["):
        return "it repeats biases: leave out those of later layers, or make these smaller"
    return "prune the weights between hidden layers"


def _expansion(wires: Wiring, chip: XyloChip) -> Iterator[Diagnostic]:
    capacity = chip.capacity
    fed = np.unique(wires.into_hidden[1]).size
    feeding = np.unique(wires.into_outputs[0]).size
    if fed > capacity.input_expansion:
        yield error(
            "SPK2025",
            f"too many hidden neurons behind inputs: {fed} > {capacity.input_expansion}",
            hint="a narrower first layer, or a layer between",
        )
    if feeding > capacity.output_expansion:
        yield error(
            "SPK2026",
            f"too many hidden neurons before outputs: {feeding} > {capacity.output_expansion}",
            hint="a narrower last hidden layer, or a layer between",
        )
    targets, sources = np.unique(wires.alias[0], return_counts=True)
    if (sources > capacity.alias_targets).any():
        worst = wires.hidden_name(int(targets[sources.argmax()]))
        message = f"{worst} is copied to {int(sources.max())} neurons > {capacity.alias_targets}"
        yield error("SPK2028", message, hint="one copy a neuron; use weights for the others")

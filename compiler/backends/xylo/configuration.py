"""Writes a quantised network into the chip's matrices, each neuron at its place, and the symbols that name them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....targets.configuration import OutputSymbols, PopulationSymbols, Symbols
from ....targets.xylo.configuration import XyloConfiguration
from ....targets.xylo.model import XyloChip
from ...ir.quantized import QuantizedPopulation
from .assign import Assignment
from .quantized_network import QuantizedNetwork
from .unplaced import input_symbols
from .wiring import Wiring, is_output, wiring

HIDDEN = ("dash_syn", "dash_syn2", "dash_mem", "bias", "threshold")
OUTPUT = ("dash_syn", "dash_mem", "bias", "threshold")


def configuration(
    network: QuantizedNetwork, assignment: Assignment, chip: XyloChip
) -> tuple[XyloConfiguration, Symbols]:
    """Fill the chip's matrices and registers.

    Machine neurons are the hidden ones by place, then the outputs, as `targets.xylo.configuration.machine` has them.
    Raises ValueError where a matrix has synapses of two shifts, which quantisation never makes."""
    wires = wiring(network)
    place, n, first_out = assignment.hidden, wires.n_hidden, wires.n_hidden - assignment.output_expansion
    shifts = _shifts(network, wires)
    weights_in = np.zeros((wires.n_inputs, assignment.input_expansion, assignment.synapses), dtype=np.int8)
    weights_rec = np.zeros((n, n, assignment.synapses), dtype=np.int8)
    weights_out = np.zeros((assignment.output_expansion, wires.n_outputs), dtype=np.int8)
    pre, post, receptor, weight = wires.into_hidden
    weights_in[pre, place[post], receptor] = weight >> shifts["in"]
    pre, post, receptor, weight = wires.recurrent
    weights_rec[place[pre], place[post], receptor] = weight >> shifts["rec"]
    pre, post, _, weight = wires.into_outputs
    weights_out[place[pre] - first_out, post] = weight >> shifts["out"]
    alias = np.full(n, -1, dtype=np.int64)
    alias[place[wires.alias[0]]] = place[wires.alias[1]]
    loaded = XyloConfiguration(
        weights_in=weights_in,
        weights_rec=weights_rec,
        weights_out=weights_out,
        shift_in=shifts["in"],
        shift_rec=shifts["rec"],
        shift_out=shifts["out"],
        hidden={name: _placed(_column(wires.hidden, name), place) for name in HIDDEN},
        output={name: _column(wires.outputs, name) for name in OUTPUT},
        alias_target=alias,
    )
    return loaded, _symbols(network, wires, place)


def _shifts(network: QuantizedNetwork, wires: Wiring) -> dict[str, int]:
    inputs = {port.name for port in network.inputs}
    outputs = {p.name for p in wires.outputs}
    shifts_of: dict[str, set[int]] = {"in": set(), "rec": set(), "out": set()}
    for p in network.projections:
        if not p.alias:
            kind = "in" if p.pre in inputs else "out" if p.post in outputs else "rec"
            shifts_of[kind].add(p.shift)
    if any(len(shifts) > 1 for shifts in shifts_of.values()):
        raise ValueError("a matrix has one shift")
    return {kind: max(shifts, default=0) for kind, shifts in shifts_of.items()}


def _column(populations: tuple[QuantizedPopulation, ...], name: str) -> np.ndarray:
    return np.concatenate([np.zeros(0, dtype=np.int64), *(p.params[name] for p in populations)])


def _placed(values: np.ndarray, place: np.ndarray) -> np.ndarray:
    moved = np.empty_like(values)
    moved[place] = values
    return moved


def _symbols(network: QuantizedNetwork, wires: Wiring, place: np.ndarray) -> Symbols:
    index: Mapping[str, np.ndarray] = {
        p.name: wires.first[p.name] + np.arange(p.size) + (wires.n_hidden if is_output(p) else 0)
        for p in network.populations
    }
    populations = tuple(
        PopulationSymbols(
            name=p.name,
            shape=p.shape,
            machine_index=index[p.name] if is_output(p) else place[index[p.name]],
            lag_steps=p.lag_steps,
            role=p.role,
            scales=p.scales,
        )
        for p in network.populations
    )
    placed = {p.name: p.machine_index for p in populations}
    outputs = tuple(
        OutputSymbols(
            name=name,
            population=p.name,
            line=placed[p.name] - wires.n_hidden + (0 if p.spiking else wires.n_outputs),
            membrane=not p.spiking,
        )
        for name, p in network.exported
    )
    return Symbols(populations=populations, inputs=input_symbols(network), outputs=outputs)

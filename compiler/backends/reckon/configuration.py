"""Writes a quantised network into the chip's matrices, each neuron at its number, and the symbols that name them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....targets.configuration import OutputSymbols, Symbols
from ....targets.reckon.configuration import ReckonConfiguration, written_neurons
from ....targets.reckon.neuron import HIGH, ONE
from ....targets.reckon.spike_codes import CODES, KAPPA, SHIFT, code_of
from ..shared.unplaced import plain_symbols
from .capacity import spikes_out
from .quantized_network import QuantizedNetwork
from .wiring import Wiring, is_readout, wiring


def configuration(network: QuantizedNetwork, readouts: int) -> tuple[ReckonConfiguration, Symbols]:
    """Fill the chip's matrices and registers. readouts: that the chip has.

    Raises ValueError for synapses of two shifts in one matrix, which quantisation never makes."""
    wires = wiring(network)
    spiking = spikes_out(network)
    outputs = wires.n_readouts or -(-spiking // shared_by(spiking, readouts))
    n = written_neurons(wires.rows, wires.slots, outputs)
    pairs = n // 2
    alpha, threshold = np.full(pairs, ONE, dtype=np.int64), np.full(pairs, HIGH, dtype=np.int64)
    v, o = np.zeros(n, dtype=np.int64), np.zeros(outputs, dtype=np.int64)
    zero = False
    for p in wires.neurons:
        slot, params = p.params["turn"], p.params
        alpha[slot // 2], threshold[slot // 2], v[slot] = (
            params["alpha"],
            params["threshold"],
            params["start"],
        )
        zero |= bool(params["to_zero"].any())
    kappa, shift_out = KAPPA, SHIFT
    for p in wires.readouts:
        o[p.params["turn"]], kappa = p.params["start"], int(p.params["alpha"][0])
    weights_in = np.zeros((wires.rows, wires.slots), dtype=np.int8)
    weights_rec = np.zeros((n, wires.slots), dtype=np.int8)
    weights_out = np.zeros((n, outputs), dtype=np.int8)
    shifts = _shifts(network, wires)
    place = {p.name: p.params["turn"] for p in network.populations}
    for p in network.projections:
        post = place[p.post][p.rows]
        if (p.pre, p.row) in wires.row:
            weights_in[wires.row[p.pre, p.row] + p.cols, post] = p.code
        elif is_readout(network.population(p.post)):
            weights_out[place[p.pre][p.cols], post] = p.code
        else:
            weights_rec[place[p.pre][p.cols], post] = p.code
    if wires.n_readouts:
        shift_out = shifts["out"]
    else:
        for number, slot in enumerate(_sent(network)):
            by = shared_by(spiking, readouts)
            weights_out[slot, number // by] = code_of(np.array([number % by]))[0]
    loaded = ReckonConfiguration(
        weights_in=weights_in,
        weights_rec=weights_rec,
        weights_out=weights_out,
        alpha=alpha,
        threshold=threshold,
        v=v,
        o=o,
        element=wires.element,
        ticks=wires.ticks,
        tick=wires.tick,
        recurrent=wires.slots,
        shift_in=shifts["in"],
        shift_rec=shifts["rec"],
        shift_out=shift_out,
        kappa=kappa,
        to_zero=zero,
    )
    return loaded, _symbols(network, loaded, readouts)


def shared_by(spiking: int, readouts: int) -> int:
    """Neurons whose spikes each read-out carries; no more than it must."""
    return max(1, min(CODES, -(-spiking // readouts)))


def _sent(network: QuantizedNetwork) -> list[int]:
    """The neurons whose spikes leave the chip, by number on the core, in order of lines."""
    return [slot for _, p in network.exported for slot in p.params["turn"].tolist()]


def _shifts(network: QuantizedNetwork, wires: Wiring) -> dict[str, int]:
    found: dict[str, set[int]] = {"in": set(), "rec": set(), "out": set()}
    for p in network.projections:
        kind = (
            "in"
            if (p.pre, p.row) in wires.row
            else "out"
            if is_readout(network.population(p.post))
            else "rec"
        )
        found[kind].add(p.shift)
    if any(len(shifts) > 1 for shifts in found.values()):
        raise ValueError("a matrix has one shift")
    return {kind: max(shifts, default=0) for kind, shifts in found.items()}


def _symbols(network: QuantizedNetwork, c: ReckonConfiguration, readouts: int) -> Symbols:
    plain = plain_symbols(network)
    populations = tuple(
        replace(s, machine_index=p.params["turn"] + (c.neurons if is_readout(p) else 0))
        for s, p in zip(plain.populations, network.populations, strict=True)
    )
    outputs: list[OutputSymbols] = []
    first, by = 0, shared_by(spikes_out(network), readouts)
    for name, p in network.exported:
        number = first + np.arange(p.size)
        line = c.outputs + CODES * (number // by) + number % by
        if is_readout(p):
            line = p.params["turn"]
        outputs.append(OutputSymbols(name=name, population=p.name, line=line, membrane=is_readout(p)))
        first += p.size
    return replace(plain, populations=populations, outputs=tuple(outputs))

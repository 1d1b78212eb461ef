"""What the compiler asks of the chip; what is not here is as `MeshBackend` has it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from spikec.compiler.backends.shared.effective import EffectiveNeuron, effective_graph
from spikec.compiler.backends.shared.headroom import up_and_down
from spikec.compiler.backends.shared.mesh_backend import MeshBackend
from spikec.compiler.backends.shared.on_chip import machine_on_chip, network_on_chip
from spikec.compiler.ir.fidelity_row import FidelityRow
from spikec.compiler.ir.network import Neuron
from spikec.compiler.ir.on_chip import ChipMembrane, OnChip
from spikec.compiler.ir.stages import Headroom, Prepared
from spikec.compiler.ir.timed_network import TimedNetwork
from spikec.compiler.options import Options
from spikec.sim.nir.raw_graph import RawGraph
from spikec.targets.configuration import Symbols
from spikec.targets.machines.synapse_list import Machine

from . import neuron
from .chip import WORDS, Mesh8
from .quantize import Quantized, neuron_rows, quantize


class Mesh8Backend(MeshBackend[Mesh8, Quantized]):
    """A mesh of cores whose neurons add up what arrives."""

    words, arithmetic = WORDS, neuron

    def quantize(self, timed: TimedNetwork, target: Mesh8, options: Options) -> Quantized:
        return quantize(timed, target)

    def neuron_rows(self, timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
        return neuron_rows(timed, quantized)

    def headroom(self, quantized: Quantized, population: str) -> Headroom:
        """Proven: what arrives never passes a threshold in a step, and the leak holds what it takes away."""
        p = quantized.network.population(population)
        up, down = up_and_down(quantized.network, population, lambda q: q.code)
        up, down = up + np.maximum(p.params["bias"], 0), down + np.maximum(-p.params["bias"], 0)
        falls = (down > 0) & ((p.params["leak"] == neuron.NO_LEAK) | (down << p.params["leak"] > neuron.HIGH))
        past = int(((up > p.params["threshold"]) | falls).sum())
        arriving = np.maximum(up, down).astype(np.float64)
        return Headroom(arriving=arriving, limit=neuron.HIGH, past_limit=past, proven=past == 0)

    def on_chip(
        self, prepared: Prepared[Quantized], machine: Machine, symbols: Symbols, target: Mesh8
    ) -> OnChip:
        network, integers = prepared.network, prepared.quantized.network.populations
        steps = {p.name: np.full(p.size, 1 / p.scales["v"].units) for p in integers}
        synapses, constants = machine_on_chip(machine, symbols, target.latency, steps)
        neurons: dict[str, Neuron] = {}
        for p in integers:
            bias, step = p.params["bias"] * steps[p.name], steps[p.name]
            neurons[p.name] = replace(
                network.populations[p.name].neuron, beta=prepared.quantized.kept[p.name], bias=bias,
                theta=p.params["threshold"] * step, v_start=p.params["initial"] * step + p.lag_steps * bias,
            )  # fmt: skip
        membranes = {name: ChipMembrane(step=step, rounded=(0.0, 1.0)) for name, step in steps.items()}
        return OnChip(network=network_on_chip(network, neurons, synapses, constants), membranes=membranes)

    def effective(self, prepared: Prepared[Quantized]) -> RawGraph:
        front, neurons = prepared.front, dict[str, EffectiveNeuron]()
        for p in prepared.quantized.network.populations:
            theta = p.params["threshold"] / p.scales["v"].units + p.scales["v"].offset
            kept = prepared.quantized.kept[p.name]
            neurons[p.name] = EffectiveNeuron(alpha=np.zeros(p.size), beta=kept, theta=theta)
        return effective_graph(front.raw, front.flat, front.chip_dialect, prepared.network, neurons)

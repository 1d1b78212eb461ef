"""What the compiler asks of the chip; what is not here is as `Defaults` has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from spikec.compiler.backends.shared.defaults import Defaults, no_node
from spikec.compiler.backends.shared.effective import EffectiveNeuron, effective_graph
from spikec.compiler.backends.shared.estimate import estimated
from spikec.compiler.backends.shared.files import read_back
from spikec.compiler.backends.shared.headroom import up_and_down
from spikec.compiler.backends.shared.packet_rates import multicast
from spikec.compiler.backends.shared.placed import placed_machine
from spikec.compiler.backends.shared.static import asked, machine_verdict
from spikec.compiler.backends.shared.unplaced import registers, unplaced_machine
from spikec.compiler.ir.fidelity_row import FidelityRow
from spikec.compiler.ir.placement import Placement
from spikec.compiler.ir.quantized import QuantizedNetwork
from spikec.compiler.ir.realised import Realised
from spikec.compiler.ir.stages import (
    Emitted,
    Headroom,
    LoadedFiles,
    Placed,
    Prepared,
    ResourceEstimate,
    StaticVerdict,
)
from spikec.compiler.ir.timed_network import TimedNetwork
from spikec.compiler.options import Options
from spikec.sim.engines.synapse_list import Run, simulate
from spikec.sim.nir.raw_graph import RawGraph
from spikec.targets.configuration import Symbols
from spikec.targets.machines.synapse_list import Machine

from . import neuron
from .chip import Mesh
from .files import REGISTERS, decode, encode
from .place import partition, placed
from .quantize import Quantized, neuron_rows, quantize

Loaded = LoadedFiles[Machine]


class MeshBackend(Defaults[Mesh, Quantized, Machine, Loaded]):
    """A mesh of cores whose neurons add up what arrives."""

    def quantize(self, timed: TimedNetwork, target: Mesh, options: Options) -> Quantized:
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

    def place(
        self,
        network: QuantizedNetwork,
        target: Mesh,
        options: Options,
        rates: Mapping[str, np.ndarray],
        tell: Callable[[str], None] | None,
    ) -> Placed:
        return placed(network, target, rates)

    def estimate(self, network: QuantizedNetwork, target: Mesh, options: Options) -> ResourceEstimate:
        found, _ = partition(network, target, {})
        many = f"{found.cores} cores; {target.title} has {target.cores}"
        return estimated(found, target.cores, many if found.cores > target.cores else "")

    def emit(self, network: QuantizedNetwork, placement: Placement, target: Mesh) -> Emitted:
        machine, symbols = placed_machine(self.unplaced(network, target)[0], network, placement)
        sites = [placement.site(core) for core in range(placement.cores)]
        return Emitted(
            files=encode(machine, target),
            symbols=symbols,
            places=[[0, site] for site in sites],
            packets=lambda spikes, events: multicast(machine, sites, spikes, events),
        )

    def read_files(self, target: Mesh, files: Mapping[str, bytes]) -> Loaded:
        return read_back(target, files, decode, encode)

    def machine(self, target: Mesh, loaded: Loaded) -> Machine:
        return loaded.configuration

    def verify_words(
        self, network: QuantizedNetwork, target: Mesh, loaded: Loaded, symbols: Symbols
    ) -> StaticVerdict:
        machine = loaded.configuration
        wanted = asked(network, [p.code for p in network.projections], registers(network, REGISTERS))
        return machine_verdict(
            network, symbols, machine, wanted, lambda k: f"core {machine.core[k]} neuron {machine.slot[k]}"
        )

    def unplaced(self, network: QuantizedNetwork, target: Mesh) -> tuple[Machine, Symbols]:
        return unplaced_machine(network, [p.code for p in network.projections], registers(network, REGISTERS))

    def simulate(self, machine: Machine, target: Mesh, events: np.ndarray, *, states: bool) -> Run:
        return simulate(machine, neuron, target.latency, events, states=states)

    def as_on_chip(self, machine: Machine, symbols: Symbols, target: Mesh) -> Realised:
        no_node(target, "neurons that reset by subtraction", "the report lists leaks and thresholds")

    def effective(self, prepared: Prepared[Quantized]) -> RawGraph:
        front, neurons = prepared.front, dict[str, EffectiveNeuron]()
        for p in prepared.quantized.network.populations:
            theta = p.params["threshold"] / p.scales["v"].units + p.scales["v"].offset
            kept = prepared.quantized.kept[p.name]
            neurons[p.name] = EffectiveNeuron(alpha=np.zeros(p.size), beta=kept, theta=theta)
        return effective_graph(front.raw, front.flat, front.chip_dialect, prepared.network, neurons)
